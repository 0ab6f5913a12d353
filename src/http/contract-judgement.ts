import { z } from 'zod';

/** How long the agent keeps still; without `minutes` until somebody resumes it. */
export const PauseRequest = z.strictObject({
  minutes: z
    .number()
    .int()
    .min(1)
    .max(60 * 24 * 31)
    .optional(),
});
export const Paused = z.object({ until: z.string() });
export const Resumed = z.object({ woken: z.number().int() });

/** One rule of policy with what it holds. */
export const PolicyRules = z.object({
  items: z.array(z.object({ name: z.string(), summary: z.string() })),
});

/** Money of one period, US dollars; `limitUsd` is `null` without a limit. */
const Period = z.object({
  spentUsd: z.number(),
  reservedUsd: z.number(),
  limitUsd: z.number().nullable(),
});

/** What judgement adds to the status page. */
export const JudgementStatus = z.object({
  /** Until when nothing leaves, or null. */
  pausedUntil: z.string().nullable(),
  /** Modes of single operations that differ from that of the program. */
  modes: z.array(z.object({ operations: z.string(), mode: z.string() })),
  directives: z.object({
    version: z.string(),
    /** Why the file on the disk is not in force, or null. */
    problem: z.string().nullable(),
  }),
  approvals: z.object({ open: z.number().int(), nextExpiry: z.string().nullable() }),
  /** Since midnight UTC. */
  today: z.object({
    sent: z.number().int(),
    deferred: z.number().int(),
    suppressed: z.number().int(),
    denied: z.number().int(),
  }),
  budget: z.object({ today: Period, month: Period }),
  sweeps: z.object({ watched: z.number().int(), next: z.string().nullable() }),
});
export type JudgementStatus = z.infer<typeof JudgementStatus>;
