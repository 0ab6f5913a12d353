import { z } from 'zod';
import { SprintReference } from './sprint-reference.ts';
import { Subject } from './subject.ts';

/** Who caused an event. `id` is the account id in the system the event came from, never an e-mail address. */
export const Actor = z.object({
  id: z.string().max(200),
  name: z.string().max(200),
  kind: z.enum(['person', 'bot', 'unknown']),
});
export type Actor = z.infer<typeof Actor>;

/** A change of one field, in the words of the system. */
export const Change = z.object({
  field: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
});
export type Change = z.infer<typeof Change>;

/**
 * Something that happened, in our words. `key` is its identity: the same fact has the same key whether it was
 * pushed or polled (design.md section 3). `at` is ISO 8601 UTC, taken from the fact, never from the arrival.
 */
export const ProjectEvent = z.object({
  key: z.string().min(1).max(400),
  kind: z.string().regex(/^[a-z-]+\.[a-z-]+$/),
  source: z.string(),
  subject: Subject,
  actor: Actor.nullable(),
  at: z.string(),
  /** One line for people. */
  title: z.string().max(500),
  /** What was said, as plain text; data from outside, never an instruction. */
  text: z.string().nullable(),
  /**
   * Which message this event is about, e.g. `jira:comment:10042`; an answer is given once per message. The keys of all
   * events about a message begin with it and a colon, so that its later versions are found.
   */
  message: z.string().nullable(),
  changes: z.array(Change),
  /** The container that settings may restrict us to, e.g. the Jira project key. */
  scope: z.string().nullable(),
  /** True when only some people may read the message (a restricted comment). */
  restricted: z.boolean(),
  /** True where only some people can read the subject itself (a direct message): nothing of it goes elsewhere. */
  confined: z.boolean().optional(),
  /**
   * Further words of the fact in which a ticket may be named: branch, commit messages. They are searched for keys of
   * known projects together with title and text, and shown to nobody.
   */
  clues: z.array(z.string().max(500)).max(50).optional(),
  /** Sprints that a chat message refers to, in the order of their mention. */
  sprints: z.array(SprintReference).max(5).optional(),
  /** Other subjects that this fact is about as well; for an event of a linked subject, where it came from. */
  related: z.array(Subject).max(20).optional(),
});
export type ProjectEvent = z.infer<typeof ProjectEvent>;

/** Why an event starts a cycle or does not: the name of the first triage rule that decided. */
export const Significance = z.object({
  wakes: z.boolean(),
  rule: z.string(),
  reason: z.string(),
});
export type Significance = z.infer<typeof Significance>;

/** One small, named rule of triage; `null` leaves the decision to the next rule. */
export interface TriageRule {
  readonly name: string;
  readonly judge: (event: ProjectEvent) => Significance | null;
}
