import { z } from 'zod';
import { Subject } from './subject.ts';

/** An account as a system shows it. */
export const AccountRef = z.object({
  system: z.string(),
  id: z.string(),
  name: z.string(),
  bot: z.boolean(),
});
export type AccountRef = z.infer<typeof AccountRef>;

/** A step that somebody took on an item; `at` in ISO 8601 UTC. */
const Step = z.object({ at: z.string(), by: AccountRef.nullable() });

/** What counts as progress is decided by `rules/staleness.ts`; connectors list what happened. */
export const StepKind = z.enum([
  'status',
  'assignee',
  'estimate',
  'comment',
  'worklog',
  'commit',
  'push',
  'pull-request',
  'review',
  'other',
]);
export type StepKind = z.infer<typeof StepKind>;

const Shared = {
  subject: Subject,
  /** What people call it, e.g. `ECD-12` or `web#512`. */
  name: z.string(),
  title: z.string(),
  url: z.string().nullable(),
  createdAt: z.string(),
  /** SHA-256 over title and description: an approval is bound to it. */
  textDigest: z.string(),
};

/** How a ticket stands and how it came there. */
export const IssueSituation = z.object({
  ...Shared,
  kind: z.literal('issue'),
  status: z.string(),
  category: z.enum(['todo', 'in_progress', 'done']),
  priority: z.string().nullable(),
  assignee: AccountRef.nullable(),
  reporter: AccountRef.nullable(),
  flagged: z.boolean(),
  /** Changes of status and of the flag, oldest first; `field` is `status` or `flag`. */
  changes: z.array(
    Step.extend({
      field: z.enum(['status', 'flag']),
      from: z.string().nullable(),
      to: z.string().nullable(),
    }),
  ),
  /** Everything that happened, oldest first. */
  steps: z.array(Step.extend({ kind: StepKind })),
  /** Open or finished tickets that this one is blocked by, and since when (ISO), where known. */
  blockedBy: z.array(
    z.object({ subject: Subject, done: z.boolean(), since: z.string().nullable() }),
  ),
  /** Tickets that this one blocks. */
  blocks: z.array(z.object({ subject: Subject, done: z.boolean() })),
  sprint: z
    .object({
      id: z.string(),
      name: z.string(),
      state: z.enum(['active', 'future', 'closed']),
      startsAt: z.string().nullable(),
      endsAt: z.string().nullable(),
    })
    .nullable(),
  dueDate: z.string().nullable(),
});
export type IssueSituation = z.infer<typeof IssueSituation>;

/** How a pull request stands and whose turn it is. */
export const PullRequestSituation = z.object({
  ...Shared,
  kind: z.literal('pull-request'),
  state: z.enum(['open', 'merged', 'declined']),
  draft: z.boolean(),
  author: AccountRef.nullable(),
  /** Changes from draft to ready (`ready: true`) and back, oldest first. */
  draftChanges: z.array(Step.extend({ ready: z.boolean() })),
  /** Whose review is asked for now, and since when. */
  requests: z.array(z.object({ reviewer: AccountRef, at: z.string() })),
  reviews: z.array(
    Step.extend({ verdict: z.enum(['approved', 'changes_requested', 'commented', 'dismissed']) }),
  ),
  comments: z.array(Step.extend({ inline: z.boolean() })),
  pushes: z.array(Step),
  checks: z.enum(['passing', 'failing', 'pending', 'unknown']),
  /** A label or title of the repository's own words for urgent (hotfix, critical). */
  critical: z.boolean(),
  /** Added and deleted lines; `null` when not told. */
  lines: z.number().int().nullable(),
  mergedAt: z.string().nullable(),
});
export type PullRequestSituation = z.infer<typeof PullRequestSituation>;

/** How an error of the running software stands. */
export const ErrorSituation = z.object({
  ...Shared,
  kind: z.literal('error'),
  resolved: z.boolean(),
  regressed: z.boolean(),
  level: z.string(),
  /** True where an environment called production is among those that show it. */
  production: z.boolean(),
  priority: z.string().nullable(),
  users: z.number().int().nullable(),
  occurrences: z.number().int().nullable(),
  release: z.string().nullable(),
  assignee: AccountRef.nullable(),
  suspects: z.array(
    z.object({ commit: z.string(), message: z.string(), author: AccountRef.nullable() }),
  ),
});
export type ErrorSituation = z.infer<typeof ErrorSituation>;

/** A subject as its system shows it now, in a shape that rules can judge. */
export const Situation = z.discriminatedUnion('kind', [
  IssueSituation,
  PullRequestSituation,
  ErrorSituation,
]);
export type Situation = z.infer<typeof Situation>;

/** True when there is nothing left to watch. */
export function isClosed(situation: Situation): boolean {
  if (situation.kind === 'issue') return situation.category === 'done';
  if (situation.kind === 'pull-request') return situation.state !== 'open';
  return situation.resolved;
}

/** What an approval is bound to besides its bytes: when any of it changes, it is asked anew. */
export function versionOf(situation: Situation): string {
  const text = situation.textDigest.slice(0, 16);
  if (situation.kind === 'pull-request') {
    return [situation.state, situation.draft ? 'draft' : 'ready', text].join('|');
  }
  const assignee = situation.assignee?.id ?? 'nobody';
  const state = situation.kind === 'issue' ? situation.status : String(situation.resolved);
  return [state, assignee, text].join('|');
}
