import { z } from 'zod';

/**
 * A part that a process of the program can run: webhooks; what we fetch or open ourselves; what falls due; cycles; the
 * API with its services; the MCP servers; the pages for people. Only the store and the queue stand between them.
 */
export const ProgramPart = z.enum(
  ['gateway', 'poller', 'scheduler', 'worker', 'api', 'mcp', 'dashboard'],
  { error: ({ input }) => `there is no part ${String(input)}` },
);
export type ProgramPart = z.infer<typeof ProgramPart>;

/** What a process runs that is told nothing else. */
export const ALL_PARTS: readonly ProgramPart[] = ProgramPart.options;
