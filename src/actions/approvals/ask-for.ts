import type { Action } from '../../domain/action.ts';
import type { Approval } from '../../domain/approval.ts';
import type { Operation } from '../../domain/connector.ts';
import { approvalSubject } from '../../domain/own-subjects.ts';
import type { Urgency } from '../../domain/plan.ts';
import { iso } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { addApproval } from '../../store/approvals.ts';
import type { Work } from '../../store/writer.ts';
import { exactPreview } from './exact-preview.ts';
import { keepHappened } from './own-event.ts';

/** A question about one held action. */
export interface ApprovalRequest {
  readonly action: Action;
  /** For the target in the preview; absent: the subject of the action stands there. */
  readonly operation?: Operation | undefined;
  readonly level: Urgency;
  /** The rule that asks, with its words. */
  readonly rule: string;
  readonly targetVersion: string | null;
  /** Person ids that may not answer. */
  readonly excluded: readonly string[];
  /** How many people have to agree; at least one. */
  readonly needed: number;
  readonly expiresAt: number;
  readonly now: number;
}

/** Asks for a decision, in the commit that holds the action. The caller keeps the id in the action's `approval`. */
export async function askFor(work: Work, request: ApprovalRequest): Promise<Approval> {
  const { action, now } = request;
  const approval: Approval = {
    id: newId(now),
    action: action.id,
    digest: action.digest,
    targetVersion: request.targetVersion,
    operation: action.operation,
    subject: action.subject,
    preview: exactPreview(action, request.operation),
    reason: action.reason,
    rule: request.rule,
    state: 'open',
    level: request.level,
    askedAt: iso(now),
    expiresAt: iso(request.expiresAt),
    needed: Math.max(1, request.needed),
    excluded: [...new Set(request.excluded)],
    votes: [],
    decidedBy: null,
    decidedVia: null,
    decidedAt: null,
    note: null,
  };
  await keepAsked(work, approval, { cycle: action.cycle, now });
  return approval;
}

/** Writes a question down with its journal line and wakes the mailbox that shows it. */
export async function keepAsked(
  work: Work,
  approval: Approval,
  at: { readonly cycle: string | null; readonly now: number },
): Promise<void> {
  await addApproval(work.db, approval);
  work.journal({
    kind: 'approval.asked',
    subject: approval.subject,
    cycle: at.cycle,
    data: {
      approval: approval.id,
      action: approval.action,
      operation: approval.operation,
      digest: approval.digest,
      targetVersion: approval.targetVersion,
      rule: approval.rule,
      level: approval.level,
      needed: approval.needed,
      excluded: approval.excluded,
      expiresAt: approval.expiresAt,
    },
  });
  await keepHappened(work, {
    key: `approval:${approval.id}:asked`,
    kind: 'asked',
    subject: approvalSubject(approval.id),
    title: `${approval.operation} waits for a person`,
    rule: 'approval-asked',
    now: at.now,
  });
}
