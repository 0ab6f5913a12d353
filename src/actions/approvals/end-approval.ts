import type { Approval, ApprovalState } from '../../domain/approval.ts';
import { moveAction } from '../../store/actions.ts';
import { findApproval, moveApproval } from '../../store/approvals.ts';
import type { Work } from '../../store/writer.ts';
import { tellCard } from './own-event.ts';

/** How an approval ends after, or instead of, a person's answer. */
export interface ApprovalEnding {
  /** `executed` and `failed` follow a yes; the other two also end a question that nobody answered. */
  readonly state: 'executed' | 'failed' | 'changed' | 'withdrawn';
  readonly note: string | null;
  readonly now: number;
}

const ENDS_FROM: Readonly<Record<ApprovalEnding['state'], readonly ApprovalState[]>> = {
  executed: ['accepted'],
  failed: ['accepted'],
  changed: ['accepted', 'open'],
  withdrawn: ['accepted', 'open'],
};

/** Ends an approval, in the caller's commit. False when it had ended before: an ending is never replaced. */
export async function endApproval(
  work: Work,
  id: string,
  ending: ApprovalEnding,
): Promise<boolean> {
  const { state, note, now } = ending;
  const move = { from: ENDS_FROM[state], to: state, note } as const;
  if (!(await moveApproval(work.db, id, move))) return false;
  const approval = await findApproval(work.db, id);
  if (approval !== undefined) await keepEnding(work, approval, { state, now });
  return true;
}

async function keepEnding(
  work: Work,
  approval: Approval,
  ending: { readonly state: ApprovalState; readonly now: number },
): Promise<void> {
  const { id, action, digest, subject } = approval;
  const data = { approval: id, action, digest, state: ending.state };
  work.journal({ kind: 'approval.ended', subject, cycle: null, data });
  await tellCard(work, approval, ending);
}

/** What is said wherever an approval that nobody answered in time is shown. */
export const EXPIRED = 'expired, not done';

/** Nobody answered in time: the question ends, and its action with it. */
export async function expireApproval(work: Work, approval: Approval, now: number): Promise<void> {
  const move = { from: ['open'], to: 'expired', note: EXPIRED } as const;
  if (!(await moveApproval(work.db, approval.id, move))) return;
  await moveAction(work.db, approval.action, {
    from: ['held'],
    state: 'expired',
    note: EXPIRED,
    settled_at: now,
  });
  await keepEnding(work, approval, { state: 'expired', now });
}
