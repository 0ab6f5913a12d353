import { z } from 'zod';
import type { Action } from '../../domain/action.ts';
import type { Approval } from '../../domain/approval.ts';
import type { WriteOperation } from '../../domain/connector.ts';
import { iso } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { editHeldAction, rebindApproval } from '../../store/approvals.ts';
import { digestOf } from './action-digest.ts';
import { keepAsked } from './ask-for.ts';
import type { Ballot } from './ballot.ts';
import { isAbout, lateFor, notAllowed } from './decision.ts';
import type { Decision } from './decision.ts';
import { endApproval } from './end-approval.ts';
import { exactPreview } from './exact-preview.ts';

type Input = Readonly<Record<string, unknown>>;

interface Edited {
  readonly approval: Approval;
  readonly action: Action;
}

/**
 * Puts another input in the place of the one that was asked about; both digests are journaled. A yes to the bytes before
 * never counts for the bytes after: where two people have to agree, it is asked anew.
 */
export async function edited(ballot: Ballot): Promise<Edited | Decision> {
  const { approval, action, answer, constitution } = ballot;
  const operation = ballot.parts.operations.get(action.operation);
  const { input } = answer;
  if (operation === undefined || operation.effect === 'read' || input === undefined) {
    return { kind: 'invalid-input', reason: 'There is nothing that could be edited.' };
  }
  const fault = faultOf(operation, action.input, input);
  if (fault !== null) return { kind: 'invalid-input', reason: fault };
  const digest = digestOf({ operation: action.operation, input: { ...input } });
  if (digest === action.digest) return { approval, action };
  const changed: Action = { ...action, input: { ...input }, digest };
  const about = ballot.parts.excludedFrom(changed);
  if (isAbout(about, answer.by, constitution)) return notAllowed('about-you');
  const after: Approval = {
    ...approval,
    digest,
    preview: exactPreview(changed, operation),
    excluded: [...new Set([...approval.excluded, ...about])],
  };
  const bound = approval.needed === 1 ? await rebind(ballot, after) : await askAnew(ballot, after);
  if (bound === null) return lateFor(approval);
  const preview = operation.preview(operation.input.parse(input));
  const change = { from: action.digest, digest, input, preview, approval: bound.id };
  if (!(await editHeldAction(ballot.work.db, action.id, change))) return lateFor(approval);
  keepEdit(ballot, bound);
  return { approval: bound, action: { ...changed, approval: bound.id } };
}

/** An edit changes how, not where: another target would have to be judged from the start. */
function faultOf(operation: WriteOperation, before: Input, after: Input): string | null {
  const parsed = operation.input.safeParse(after);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const old = operation.input.safeParse(before);
  const isSame = old.success && operation.target(old.data) === operation.target(parsed.data);
  return isSame ? null : 'An edit may not change what it is about.';
}

async function rebind({ work, approval }: Ballot, after: Approval): Promise<Approval | null> {
  return (await rebindApproval(work.db, approval, after)) ? after : null;
}

/** Cards that show the bytes before must not count for the bytes after, so these get a question of their own. */
async function askAnew(ballot: Ballot, after: Approval): Promise<Approval> {
  const { work, approval, action, answer, now } = ballot;
  const note = `${answer.by.name} edited it, so it was asked anew`;
  await endApproval(work, approval.id, { state: 'changed', note, now });
  const asked = { ...after, id: newId(now), askedAt: iso(now), votes: [] };
  await keepAsked(work, asked, { cycle: action.cycle, now });
  return asked;
}

function keepEdit({ work, approval, action, answer }: Ballot, after: Approval): void {
  work.journal({
    kind: 'approval.edited',
    subject: approval.subject,
    cycle: action.cycle,
    data: {
      approval: approval.id,
      askedAs: after.id,
      action: action.id,
      before: approval.digest,
      after: after.digest,
      person: answer.by.person,
      via: answer.by.via,
    },
  });
}
