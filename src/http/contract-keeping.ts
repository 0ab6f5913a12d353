import { z } from 'zod';

/** How the store is kept: its backups, whether it was put back, what was removed. Instants in ISO 8601 UTC. */
export const KeepingStatus = z.object({
  backup: z.object({
    /** Whether this program takes backups by itself. */
    on: z.boolean(),
    /** The last one that was written and read back whole. */
    last: z.object({ at: z.string(), bytes: z.number(), entries: z.number() }).nullable(),
    /** The last try, when it failed after the last good one; `kind` as in failures. */
    failed: z.object({ at: z.string(), kind: z.string() }).nullable(),
  }),
  /** When the store was put back, and to which instant. */
  restored: z.object({ at: z.string(), backupAt: z.string() }).nullable(),
  /** What retention has removed since the first start. */
  removed: z.object({ bodies: z.number(), bytes: z.number(), prompts: z.number() }),
});
export type KeepingStatus = z.infer<typeof KeepingStatus>;
