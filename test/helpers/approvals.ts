import { askFor } from '../../src/actions/approvals/ask-for.ts';
import { DEFAULT_LIMITS, DEFAULT_URGENCY } from '../../src/actions/directives/defaults.ts';
import type { ApprovalRequest } from '../../src/actions/approvals/ask-for.ts';
import type { DecideParts } from '../../src/actions/approvals/ballot.ts';
import type { Answer, Decider } from '../../src/actions/approvals/decision.ts';
import { digestOf } from '../../src/actions/approvals/action-digest.ts';
import type { Action } from '../../src/domain/action.ts';
import type { Approval } from '../../src/domain/approval.ts';
import type { Constitution, TeamMember } from '../../src/domain/constitution.ts';
import { localQueue } from '../../src/inbox/local-queue.ts';
import { iso } from '../../src/lib/clock.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { addActions, findAction, moveAction } from '../../src/store/actions.ts';
import { findApproval } from '../../src/store/approvals.ts';
import { journalAfter } from '../../src/store/journal.ts';
import type { Store } from '../../src/store/open.ts';
import { commentOperation, FakeTarget } from './connector.ts';

export const SUBJECT = 'jira:issue:ECD-12';
const week = { mon: [['09:00', '18:00']] } satisfies TeamMember['calendar']['week'];

function member(name: string, changes: Partial<TeamMember> = {}): TeamMember {
  const id = `member:${name.toLowerCase()}@acme.example`;
  return {
    id,
    name,
    role: 'member',
    approves: true,
    accounts: { slack: `U0${name.toUpperCase()}`, jira: `712020:${name.toLowerCase()}` },
    calendar: { tz: 'Europe/Berlin', week },
    channel: null,
    notes: null,
    ...changes,
  };
}

export const MIA = member('Mia');
export const TOM = member('Tom');
export const INES = member('Ines');
/** Belongs to the team, and approves nothing. */
export const THEO = member('Theo', { role: 'guest', approves: false });

/** Directives of a small team. */
export function constitutionOf(changes: Partial<Constitution> = {}): Constitution {
  return {
    version: 'test00000000',
    prose: '',
    names: ['pm-agent'],
    clauses: [],
    members: [MIA, TOM, INES, THEO],
    calendar: { tz: 'Europe/Berlin', week },
    channels: {},
    onCall: [],
    limits: DEFAULT_LIMITS,
    urgency: DEFAULT_URGENCY,
    budget: { perCycleUsd: null, perDayUsd: null, perMonthUsd: null, perPersonAndDayUsd: null },
    approvals: { expiryDays: 1, criticalHours: 2, twoPerson: [] },
    statuses: { blocked: ['blocked'], review: ['in review'], afterMerge: null },
    linkHosts: [],
    ...changes,
  };
}

/** What deciding needs, over a real store. Whoever an assigned comment names may not answer for it. */
export function decideParts(
  store: Store,
  clock: Clock,
  constitution: Constitution = constitutionOf(),
): DecideParts {
  const operation = commentOperation(new FakeTarget());
  return {
    store,
    clock,
    queue: localQueue(() => clock.now()),
    constitution: () => constitution,
    operations: new Map([[operation.name, operation]]),
    excludedFrom: ({ input }) => {
      const text = typeof input['text'] === 'string' ? input['text'] : '';
      const named = constitution.members.filter(({ name }) => text.includes(`for ${name}`));
      return named.map(({ id }) => id);
    },
  };
}

/** A held action with its question, written as a cycle writes them. */
export async function asked(
  store: Store,
  clock: Clock,
  changes: Partial<ApprovalRequest> & { readonly text?: string; readonly about?: string } = {},
): Promise<{ action: Action; approval: Approval }> {
  const { text = 'Review it, please.', about = SUBJECT, ...request } = changes;
  const now = clock.now();
  const action = request.action ?? heldAction(now, { text, subject: about });
  const operation = commentOperation(new FakeTarget());
  const approval = await store.write(async (work) => {
    await addActions(work.db, [action]);
    const made = await askFor(work, {
      action,
      operation,
      level: 'medium',
      rule: 'autonomy: comments of this kind need a person',
      targetVersion: null,
      excluded: [],
      needed: 1,
      expiresAt: now + 9 * 3_600_000,
      now,
      ...request,
    });
    await moveAction(work.db, action.id, { from: ['held'], state: 'held', approval: made.id });
    return made;
  });
  return { action, approval };
}

/** An action that waits for a person. */
export function heldAction(
  now: number,
  given: { readonly text: string; readonly subject: string; readonly askedBy?: string },
): Action {
  const input = { issue: 'ECD-12', text: given.text };
  return {
    id: newId(now),
    cycle: newId(now),
    subject: given.subject,
    ordinal: 0,
    operation: 'jira.add-comment',
    effect: 'write',
    input,
    digest: digestOf({ operation: 'jira.add-comment', input }),
    preview: `Comment on ECD-12: ${given.text.slice(0, 80)}`,
    reason: 'The pull request has waited for nine business hours.',
    mode: 'production',
    state: 'held',
    verdict: { answer: 'ask', rule: 'autonomy', reason: 'needs a person' },
    attempts: 0,
    answers: [],
    effectId: null,
    effectUrl: null,
    note: null,
    createdAt: iso(now),
    sentAt: null,
    resendAfter: null,
    settledAt: null,
    purpose: 'notice',
    dueAt: null,
    askedBy: given.askedBy ?? null,
    reaches: null,
    approval: null,
    directives: null,
    author: 'model',
  };
}

/** A member at a button of a card. */
export function inSlack({ id, name }: TeamMember): Decider {
  return { person: id, name, via: 'slack', role: null };
}

/** Somebody with a token. */
export function withToken(name: string, role: 'viewer' | 'approver' | 'admin'): Decider {
  return { person: `token:${name}`, name, via: 'http', role, token: name };
}

/** A yes. */
export function yes(approval: Approval, by: Decider, more: Partial<Answer> = {}): Answer {
  return { approval: approval.id, by, answer: 'accept', ...more };
}

/** How an approval and its action stand now. */
export async function standing(
  store: Store,
  approval: Approval,
): Promise<{ approval: Approval; action: Action }> {
  const now = await findApproval(store.db, approval.id);
  const action = await findAction(store.db, approval.action);
  if (now === undefined || action === null) throw new Error('the approval is gone');
  return { approval: now, action };
}

/** The kinds of the journal, oldest first. */
export async function journaled(store: Store): Promise<string[]> {
  return (await journalAfter(store.db, 0, 1000)).map(({ kind }) => kind);
}

/** Events of our own in a mailbox that wait for its next cycle. */
export async function mailOf(store: Store, subject: string): Promise<string[]> {
  const rows = await store.db
    .selectFrom('events')
    .select('kind')
    .where('subject', '=', subject)
    .where('state', '=', 'waiting')
    .orderBy('seq')
    .execute();
  return rows.map(({ kind }) => kind);
}
