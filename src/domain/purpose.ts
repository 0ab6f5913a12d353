import { z } from 'zod';

/**
 * What an action is for. The model's own proposals are `answer` or `notice`, whatever it says; all others are made by
 * code. Directives may name a purpose: "status comments are automatic" is one.
 */
export const Purpose = z.enum([
  /** An answer to a person, where they asked. */
  'answer',
  /** Any other word or change that the planner found useful. */
  'notice',
  /** A change that a person asked for in so many words. */
  'request',
  /** The rules tell a ticket what happened to its pull request or error. */
  'status-update',
  /** A ticket follows its merged pull request. */
  'merged',
  /** The one message a person gets on a day about what waits for them. */
  'reminder',
  /** Steps 3 and 4 of the ladder: tech lead, leadership. */
  'escalation',
  /** The card that asks a person for a decision, and its later states. */
  'approval',
  /** A private word to whoever pressed a button. */
  'receipt',
  /** A report, e.g. the daily summary. */
  'summary',
  /** Trouble of the program itself, told to those who run it. */
  'operations',
]);
export type Purpose = z.infer<typeof Purpose>;

/** Whether such words hold only now: what may not be said at this moment is not said later, but found anew. */
export function isOfTheMoment(purpose: Purpose): boolean {
  return purpose === 'reminder' || purpose === 'operations';
}
