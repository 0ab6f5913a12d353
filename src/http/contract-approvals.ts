import { z } from 'zod';
import { Approval, ApprovalState, StandingGrant } from '../domain/approval.ts';

/** Approvals, newest first. */
export const Approvals = z.object({
  items: z.array(Approval),
  next: z.string().nullable(),
  total: z.number().int(),
});

/** One approval with the input that its action has now, for editing. */
export const ApprovalDetail = Approval.extend({
  input: z.record(z.string(), z.unknown()),
  /** What became of the action, and where it can be seen. */
  actionState: z.string(),
  effectUrl: z.string().nullable(),
});
export type ApprovalDetail = z.infer<typeof ApprovalDetail>;

/** Which approvals are listed. */
export const ApprovalsQuery = z.strictObject({
  state: ApprovalState.optional(),
  subject: z.string().max(300).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .uuid('It is no cursor of this list.')
    .optional()
    .describe('The `next` of an earlier page'),
});

/** A person's answer. */
export const DecisionRequest = z.strictObject({
  answer: z.enum(['accept', 'decline', 'edit']),
  /** Why it is declined. */
  note: z.string().max(1000).optional(),
  /** The whole input to be used instead, for `edit`. */
  input: z.record(z.string(), z.unknown()).optional(),
  /** Minutes for which this kind needs no question any more, on this subject or everywhere. */
  allowFor: z.number().int().min(60).max(480).optional(),
  allowEverywhere: z.boolean().optional(),
  /** The id or name of the member that the admin token speaks for. */
  as: z.string().min(1).max(200).optional(),
  via: z.enum(['http', 'cli']).default('http'),
});

/** What became of an answer that counted. */
export const DecisionMade = z.object({
  decision: z.enum(['accepted', 'waiting-for-second', 'declined']),
  approval: Approval,
});

/** What is allowed for a while, and what was. */
export const Grants = z.object({
  items: z.array(StandingGrant.extend({ active: z.boolean() })),
});
export const GrantRevoked = z.object({ revoked: z.string() });
