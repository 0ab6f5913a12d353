import { z } from 'zod';
import { ProjectEvent } from './event.ts';
import { Fact } from './fact.ts';
import { Subject } from './subject.ts';

/** How asking one source went. */
export const SourceReport = z.object({
  source: z.string(),
  ok: z.boolean(),
  facts: z.number().int(),
  readAt: z.string(),
  durationMs: z.number().int(),
  /** The kind of the failure and its message, when `ok` is false. */
  note: z.string().nullable(),
});
export type SourceReport = z.infer<typeof SourceReport>;

/** Everything Think is given: what happened, what is known, what could not be read. */
export const Context = z.object({
  subject: Subject,
  events: z.array(ProjectEvent),
  facts: z.array(Fact),
  sources: z.array(SourceReport),
  /** What the agent did on this subject before, newest first. */
  history: z.array(z.string()),
  /** Messages of this subject that the agent has answered. */
  answered: z.array(z.string()),
  directivesVersion: z.string(),
});
export type Context = z.infer<typeof Context>;

/** A context as a cycle keeps it: its events are in their own table. */
export const KeptContext = Context.omit({ events: true });
