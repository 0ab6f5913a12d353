import type { Approval, ApprovalVote } from '../../domain/approval.ts';
import { asFailure } from '../../domain/failure.ts';
import { approvalSubject } from '../../domain/own-subjects.ts';
import { iso } from '../../lib/clock.ts';
import { sha256 } from '../../lib/digest.ts';
import { findAction, moveAction } from '../../store/actions.ts';
import {
  addVote,
  findApproval,
  lockApproval,
  moveApproval,
  ruleOfEvent,
} from '../../store/approvals.ts';
import type { Action } from '../../domain/action.ts';
import type { Work } from '../../store/writer.ts';
import { digestOf } from './action-digest.ts';
import type { Ballot, DecideParts } from './ballot.ts';
import { lateFor, notAllowed, refusalOf, voterOf } from './decision.ts';
import type { Answer, Decision } from './decision.ts';
import { edited } from './edit.ts';
import { endApproval, expireApproval } from './end-approval.ts';
import { grantFault, keepGrant } from './grants.ts';
import { keepHappened } from './own-event.ts';

const TRIES = 5;

/**
 * Takes a person's answer. The first answer wins, whoever gives others at the same time and from whichever process; an
 * accepted action is carried out by the next cycle of its subject. Throws when the store is away.
 */
export async function decide(parts: DecideParts, answer: Answer): Promise<Decision> {
  const decision = await written(parts, answer);
  if ('approval' in decision) {
    const { id, subject } = decision.approval;
    parts.queue.announce(subject, parts.clock.now());
    parts.queue.announce(approvalSubject(id), parts.clock.now());
  }
  return decision;
}

/** Another process may hold the store for a moment; nothing was committed then. */
async function written(parts: DecideParts, answer: Answer): Promise<Decision> {
  for (let attempt = 1; attempt < TRIES; attempt += 1) {
    const decision = await once(parts, answer).catch(heldElsewhere);
    if (decision !== null) return decision;
  }
  return await once(parts, answer);
}

async function once(parts: DecideParts, answer: Answer): Promise<Decision> {
  return await parts.store.write((work) => decideIn(parts, work, answer));
}

function heldElsewhere(error: unknown): null {
  if (asFailure(error).kind === 'store-unavailable') return null;
  throw error;
}

async function decideIn(parts: DecideParts, work: Work, answer: Answer): Promise<Decision> {
  if (!(await lockApproval(work.db, answer.approval))) return { kind: 'not-found' };
  const approval = await findApproval(work.db, answer.approval);
  if (approval === undefined) return { kind: 'not-found' };
  const action = await findAction(work.db, approval.action);
  const constitution = parts.constitution();
  const now = parts.clock.now();
  const refusal = refusalOf(answer.by, { approval, action, constitution });
  if (refusal !== null) return refused(work, approval, { answer, decision: notAllowed(refusal) });
  const again = await sameAgain(work, approval, answer.press);
  if (again !== null) return again;
  if (approval.state !== 'open') return lateFor(approval);
  if (now >= Date.parse(approval.expiresAt)) {
    await expireApproval(work, approval, now);
    return lateFor({ ...approval, state: 'expired' });
  }
  if (action === null || !isBound(approval, action)) {
    const note = 'the action is not the one that was asked about any more';
    await endApproval(work, approval.id, { state: 'changed', note, now });
    return lateFor({ ...approval, state: 'changed', note });
  }
  const ballot = { work, parts, constitution, answer, approval, action, now };
  const decision = await counted(ballot);
  return decision.kind === 'not-allowed' ? refused(work, approval, { answer, decision }) : decision;
}

/** Whether the action still waits, for exactly the bytes that were asked about. */
function isBound(approval: Approval, action: Action): boolean {
  const digest = digestOf(action);
  const isSame = approval.digest === digest && action.digest === digest;
  return isSame && action.state === 'held' && action.operation === approval.operation;
}

async function counted(ballot: Ballot): Promise<Decision> {
  const { answer } = ballot;
  if (answer.answer === 'decline') return await decline(ballot);
  const fault = grantFault(answer, ballot.approval);
  if (fault !== null) return { kind: 'invalid-input', reason: fault };
  if (answer.answer === 'accept') return await agree(ballot);
  const edit = await edited(ballot);
  return 'kind' in edit ? edit : await agree({ ...ballot, ...edit });
}

/** A yes to exactly the bytes of the ballot. */
async function agree(ballot: Ballot): Promise<Decision> {
  const { work, approval, answer, constitution, now } = ballot;
  const { by } = answer;
  const voter = voterOf(by, constitution);
  const vote: ApprovalVote = { person: voter, name: by.name, via: by.via, at: iso(now) };
  if (!(await addVote(work.db, approval.id, vote))) return notAllowed('already-agreed');
  const votes = [...approval.votes, vote];
  if (votes.length < approval.needed) {
    await note(ballot, 'waiting-for-second');
    return { kind: 'waiting-for-second', approval: { ...approval, votes } };
  }
  const decided = { by: by.name, via: by.via, at: now };
  const move = { from: ['open'], to: 'accepted', digest: approval.digest, decided } as const;
  if (!(await moveApproval(work.db, approval.id, move))) return lateFor(approval);
  await note(ballot, 'accepted');
  await keepHappened(work, {
    key: `approval:${approval.id}:accepted`,
    kind: 'accepted',
    subject: approval.subject,
    title: `${by.name} approved ${approval.operation}`,
    rule: 'approval-accepted',
    now,
  });
  if (answer.allowFor !== undefined) await keepGrant(ballot);
  return { kind: 'accepted', approval: { ...ended(ballot, 'accepted'), votes } };
}

async function decline(ballot: Ballot): Promise<Decision> {
  const { work, approval, action, answer, now } = ballot;
  const reason = answer.note?.trim().slice(0, LONGEST_REASON) ?? '';
  if (reason === '') return { kind: 'invalid-input', reason: 'A decline needs its reason.' };
  const decided = { by: answer.by.name, via: answer.by.via, at: now };
  const move = { from: ['open'], to: 'declined', note: reason, decided } as const;
  if (!(await moveApproval(work.db, approval.id, move))) return lateFor(approval);
  await moveAction(work.db, action.id, {
    from: ['held'],
    state: 'declined',
    note: `${answer.by.name} declined: ${reason}`,
    settled_at: now,
  });
  await note(ballot, 'declined');
  return { kind: 'declined', approval: { ...ended(ballot, 'declined'), note: reason } };
}

const LONGEST_REASON = 1_000;

function ended({ approval, answer, now }: Ballot, state: Approval['state']): Approval {
  const { name: decidedBy, via: decidedVia } = answer.by;
  return { ...approval, state, decidedBy, decidedVia, decidedAt: iso(now) };
}

/** The journal line of an answer, and its event for the card. The answer's own press works the card already. */
async function note(ballot: Ballot, word: keyof typeof JOURNALED): Promise<void> {
  const { work, approval, action, answer, constitution, now } = ballot;
  const { by, press } = answer;
  const person = voterOf(by, constitution);
  work.journal({
    kind: JOURNALED[word],
    subject: approval.subject,
    cycle: action.cycle,
    data: {
      approval: approval.id,
      action: action.id,
      digest: approval.digest,
      person,
      via: by.via,
      token: by.token ?? null,
    },
  });
  await keepHappened(work, {
    key: answeredKey(approval.id, press ?? `${person}:${now}:${word}`),
    kind: 'answered',
    subject: approvalSubject(approval.id),
    title: `${by.name}: ${word}`,
    rule: `answer-${word}`,
    now,
    wakes: press === undefined,
  });
}

const JOURNALED = {
  accepted: 'approval.accepted',
  declined: 'approval.declined',
  'waiting-for-second': 'approval.voted',
} as const;

function answeredKey(approval: string, press: string): string {
  return `approval:${approval}:answer:${sha256(press).slice(0, 32)}`;
}

/** What this very press was told before, when it counted: a cycle that was cut off asks again. */
async function sameAgain(
  work: Work,
  approval: Approval,
  press: string | undefined,
): Promise<Decision | null> {
  if (press === undefined) return null;
  const rule = await ruleOfEvent(work.db, answeredKey(approval.id, press));
  if (rule === 'answer-accepted') return { kind: 'accepted', approval };
  if (rule === 'answer-declined') return { kind: 'declined', approval };
  return rule === null ? null : { kind: 'waiting-for-second', approval };
}

function refused(
  work: Work,
  approval: Approval,
  given: { readonly answer: Answer; readonly decision: Extract<Decision, { kind: 'not-allowed' }> },
): Decision {
  const { answer, decision } = given;
  const { by } = answer;
  const data = {
    approval: approval.id,
    answer: answer.answer,
    why: decision.why,
    person: by.person,
    via: by.via,
    token: by.token ?? null,
  };
  work.journal({ kind: 'approval.refused', subject: approval.subject, cycle: null, data });
  return decision;
}
