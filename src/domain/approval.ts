import { z } from 'zod';
import { Urgency } from './plan.ts';
import { Subject } from './subject.ts';

/**
 * `open → accepted → executed | changed`, or `open → declined | expired | withdrawn`. Only `open` can be answered; the first
 * answer wins. `changed`: the target was another one when it came to the deed, so it was asked anew.
 */
export const ApprovalState = z.enum([
  'open',
  'accepted',
  'declined',
  'expired',
  'withdrawn',
  'executed',
  'changed',
  'failed',
]);
export type ApprovalState = z.infer<typeof ApprovalState>;

/** One person's yes. Kinds that need two people collect two. */
export const ApprovalVote = z.object({
  person: z.string(),
  name: z.string(),
  via: z.enum(['slack', 'http', 'cli']),
  at: z.string(),
});
export type ApprovalVote = z.infer<typeof ApprovalVote>;

/** A question to a person about one exact action. */
export const Approval = z.object({
  id: z.string(),
  /** The action, and the digest of exactly its operation and input. */
  action: z.string(),
  digest: z.string(),
  /** What the target looked like when it was asked: SHA-256 of what matters, `null` where it cannot be read. */
  targetVersion: z.string().nullable(),
  operation: z.string(),
  subject: Subject,
  /** Exactly what would be done, as people read it; never shortened in the middle. */
  preview: z.string(),
  reason: z.string(),
  /** The rule that asked, with its words. */
  rule: z.string(),
  state: ApprovalState,
  level: Urgency,
  askedAt: z.string(),
  expiresAt: z.string(),
  /** How many people have to agree. */
  needed: z.number().int(),
  /** Who may not answer: whoever asked for it and whom it is about, as person ids. */
  excluded: z.array(z.string()),
  votes: z.array(ApprovalVote),
  /** Who ended it, and how. */
  decidedBy: z.string().nullable(),
  decidedVia: z.string().nullable(),
  decidedAt: z.string().nullable(),
  /** Why it was declined. */
  note: z.string().nullable(),
});
export type Approval = z.infer<typeof Approval>;

/** "Allow this kind for a while": an operation on a subject or on all, until an instant. */
export const StandingGrant = z.object({
  id: z.string(),
  operation: z.string(),
  /** `null`: every subject. */
  subject: Subject.nullable(),
  by: z.string(),
  createdAt: z.string(),
  until: z.string(),
  revokedAt: z.string().nullable(),
});
export type StandingGrant = z.infer<typeof StandingGrant>;
