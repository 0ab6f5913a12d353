import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  asked,
  constitutionOf,
  decideParts,
  heldAction,
  INES,
  inSlack,
  journaled,
  mailOf,
  MIA,
  standing,
  SUBJECT,
  THEO,
  TOM,
  withToken,
  yes,
} from '../../../test/helpers/approvals.ts';
import { handClock, temporaryStore } from '../../../test/helpers/store.ts';
import type { TeamMember } from '../../domain/constitution.ts';
import { approvalSubject } from '../../domain/own-subjects.ts';
import { verifyJournal } from '../../store/journal.ts';
import { openStore } from '../../store/open.ts';
import { activeGrants, hasGrant } from '../../store/standing-grants.ts';
import { digestOf } from './action-digest.ts';
import { ApprovalClock } from './approval-clock.ts';
import type { DecideParts } from './ballot.ts';
import { decide } from './decide.ts';
import type { Answer, Decision } from './decision.ts';
import { declinedReasons } from './declined-reasons.ts';
import { endApproval } from './end-approval.ts';
import { revokeGrant } from './grants.ts';
import { silentLogger } from '../../lib/logger.ts';

const HOUR = 3_600_000;

async function setUp() {
  const clock = handClock();
  const store = await temporaryStore(clock);
  return { clock, store, parts: decideParts(store, clock) };
}

describe('a yes', () => {
  test('of the first person counts, wakes the subject, and leaves the action to its cycle', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);

    const decision = await decide(parts, yes(approval, inSlack(MIA)));

    expect(decision.kind).toBe('accepted');
    const now = await standing(store, approval);
    expect(now.approval).toMatchObject({
      state: 'accepted',
      decidedBy: 'Mia',
      decidedVia: 'slack',
    });
    expect(now.approval.votes).toEqual([
      { person: MIA.id, name: 'Mia', via: 'slack', at: '2026-03-02T09:00:00.000Z' },
    ]);
    expect(now.action.state).toBe('held');
    expect(await mailOf(store, SUBJECT)).toEqual(['approval.accepted']);
    expect(await journaled(store)).toEqual(['approval.asked', 'approval.accepted']);
    expect(await verifyJournal(store.db)).toMatchObject({ brokenAt: null });
  });

  test('that comes second is told who was first', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);
    await decide(parts, yes(approval, inSlack(MIA)));
    clock.move(1000);

    const late = await decide(parts, yes(approval, inSlack(TOM)));

    expect(late).toMatchObject({
      kind: 'already',
      who: 'Mia',
      when: '2026-03-02T09:00:00.000Z',
      how: 'accepted',
    });
  });

  test('of one press counts once, and is answered the same when the press is handled again', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);
    const press = yes(approval, inSlack(MIA), { press: 'slack:action:C1:1.1:U0MIA:2.2:accept' });

    const first = await decide(parts, press);
    const again = await decide(parts, press);
    const other = await decide(parts, { ...press, press: 'slack:action:C1:1.1:U0MIA:3.3:accept' });

    expect([first.kind, again.kind, other.kind]).toEqual(['accepted', 'accepted', 'already']);
    expect(await mailOf(store, SUBJECT)).toEqual(['approval.accepted']);
  });

  test('after its time is not done, and ends question and action', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock, { expiresAt: clock.now() + HOUR });
    clock.move(HOUR);

    const decision = await decide(parts, yes(approval, inSlack(MIA)));

    expect(decision.kind).toBe('expired');
    const now = await standing(store, approval);
    expect([now.approval.state, now.action.state]).toEqual(['expired', 'expired']);
    expect(now.action.note).toBe('expired, not done');
    expect(await mailOf(store, SUBJECT)).toEqual([]);
  });

  test('one moment before its time counts', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock, { expiresAt: clock.now() + HOUR });
    clock.move(HOUR - 1);

    expect((await decide(parts, yes(approval, inSlack(MIA)))).kind).toBe('accepted');
  });

  test('to bytes that were exchanged underneath counts for nothing', async () => {
    const { clock, store, parts } = await setUp();
    const { action, approval } = await asked(store, clock);
    const input = { issue: 'ECD-12', text: 'Revіew it, please.' };
    await store.db
      .updateTable('actions')
      .set({ input: JSON.stringify(input) })
      .where('id', '=', action.id)
      .execute();

    const sameDigestKept = await decide(parts, yes(approval, inSlack(MIA)));

    expect(sameDigestKept).toMatchObject({ kind: 'already', how: 'changed' });
    expect(digestOf({ ...action, input })).not.toBe(approval.digest);
    expect(await mailOf(store, SUBJECT)).toEqual([]);
  });

  test('to an action that waits no more counts for nothing', async () => {
    const { clock, store, parts } = await setUp();
    const { action, approval } = await asked(store, clock);
    await store.db
      .updateTable('actions')
      .set({ state: 'done' })
      .where('id', '=', action.id)
      .execute();

    expect(await decide(parts, yes(approval, inSlack(MIA)))).toMatchObject({ how: 'changed' });
  });

  test('to what nobody asked about is not found', async () => {
    const { parts, store, clock } = await setUp();
    const { approval } = await asked(store, clock);
    const unknown = { ...approval, id: '0198c0de-0000-7000-8000-000000000000' };

    expect(await decide(parts, yes(unknown, inSlack(MIA)))).toEqual({ kind: 'not-found' });
  });
});

describe('who may not answer', () => {
  const stranger: TeamMember = { ...THEO, id: 'slack:U0STRANGER', name: 'A stranger' };

  test.each([
    ['a member who does not approve', inSlack(THEO), 'not-an-approver'],
    ['whoever the directives do not name', inSlack(stranger), 'not-an-approver'],
    ['nobody at all', { ...inSlack(MIA), person: null }, 'not-an-approver'],
    ['whoever asked for it', inSlack(MIA), 'asked-for-it'],
    ['whom it is about', inSlack(TOM), 'about-you'],
    ['whom it is about, by another account', inSlack(INES), 'about-you'],
    ['a token that only looks', withToken('board', 'viewer'), 'not-an-approver'],
    ['a token that bears the name of whoever asked', withToken('Mia', 'admin'), 'asked-for-it'],
    [
      'an admin who speaks for somebody who does not approve',
      { ...withToken('root', 'admin'), person: THEO.id },
      'not-an-approver',
    ],
  ] as const)('%s', async (...row) => {
    const [, by, why] = row;
    const { clock, store, parts } = await setUp();
    const action = heldAction(clock.now(), { text: 'Hello.', subject: SUBJECT, askedBy: MIA.id });
    const excluded = [MIA.id, TOM.id, 'jira:712020:ines'];
    const { approval } = await asked(store, clock, { action, excluded });

    for (const answer of ['accept', 'decline', 'edit'] as const) {
      const decision = await decide(parts, yes(approval, by, { answer, note: 'no' }));
      expect(decision).toMatchObject({ kind: 'not-allowed', why });
    }
    expect((await standing(store, approval)).approval.state).toBe('open');
    expect((await journaled(store)).filter((kind) => kind === 'approval.refused')).toHaveLength(3);
  });

  test('a token of an approver may, where nothing speaks against it', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock, { excluded: [MIA.id] });

    const decision = await decide(parts, yes(approval, withToken('lead', 'approver')));

    expect(decision.kind).toBe('accepted');
  });
});

describe('what two people decide', () => {
  test('is accepted by the second person, and never by one alone', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock, { needed: 2 });

    const first = await decide(parts, yes(approval, inSlack(MIA)));
    const same = await decide(parts, yes(approval, inSlack(MIA)));
    const token = await decide(parts, yes(approval, withToken('mia@acme.example', 'approver')));
    const unknown = await decide(parts, yes(approval, withToken('laptop', 'admin')));
    expect(await mailOf(store, SUBJECT)).toEqual([]);
    const second = await decide(parts, yes(approval, inSlack(TOM)));

    expect(first.kind).toBe('waiting-for-second');
    expect(same).toMatchObject({ why: 'already-agreed' });
    expect(token).toMatchObject({ why: 'already-agreed' });
    expect(unknown).toMatchObject({ why: 'holder-not-known' });
    expect(second.kind).toBe('accepted');
    expect(await mailOf(store, SUBJECT)).toEqual(['approval.accepted']);
  });

  test('is over with one no', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock, { needed: 2 });
    await decide(parts, yes(approval, inSlack(MIA)));
    await decide(parts, yes(approval, inSlack(TOM), { answer: 'decline', note: 'not today' }));

    const third = await decide(parts, yes(approval, inSlack(INES)));

    expect(third).toMatchObject({ kind: 'already', how: 'declined', who: 'Tom' });
  });

  test('is asked anew when one of them edits it: a yes to other bytes does not count', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock, { needed: 2 });
    await decide(parts, yes(approval, inSlack(MIA)));
    const input = { issue: 'ECD-12', text: 'Other words.' };

    const edit = await decide(parts, yes(approval, inSlack(TOM), { answer: 'edit', input }));
    const old = await decide(parts, yes(approval, inSlack(INES)));

    if (edit.kind !== 'waiting-for-second') throw new Error(edit.kind);
    expect(edit.approval.id).not.toBe(approval.id);
    expect(old).toMatchObject({ kind: 'already', how: 'changed' });
    const anew = await standing(store, edit.approval);
    expect(anew.approval.votes.map(({ name }) => name)).toEqual(['Tom']);
    expect(anew.action).toMatchObject({ input, digest: anew.approval.digest });
    expect((await decide(parts, yes(edit.approval, inSlack(MIA)))).kind).toBe('accepted');
  });
});

describe('an edit', () => {
  const words = { issue: 'ECD-12', text: 'Please look at it today.' };

  test('is a yes to exactly the new bytes, with both digests in the journal', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);

    const edit = await decide(parts, yes(approval, inSlack(MIA), { answer: 'edit', input: words }));

    expect(edit.kind).toBe('accepted');
    const now = await standing(store, approval);
    expect(now.action).toMatchObject({ input: words, digest: now.approval.digest });
    expect(now.action.preview).toBe('Comment on ECD-12: Please look at it today.');
    expect(now.approval.digest).toBe(digestOf({ operation: 'jira.add-comment', input: words }));
    expect(now.approval.preview).toContain('text: Please look at it today.');
    const kinds = await journaled(store);
    expect(kinds).toEqual(['approval.asked', 'approval.edited', 'approval.accepted']);
  });

  test.each([
    ['what the operation does not take', { issue: 'ECD-12', text: '' }],
    ['another target', { issue: 'PRIV-1', text: 'Hello.' }],
    ['nothing', undefined],
  ])('to %s is refused and leaves the question open', async (...row) => {
    const [, input] = row;
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);

    const edit = await decide(parts, yes(approval, inSlack(MIA), { answer: 'edit', input }));

    expect(edit.kind).toBe('invalid-input');
    expect((await standing(store, approval)).approval).toEqual(approval);
  });

  test('cannot make somebody decide about themselves', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);
    const input = { issue: 'ECD-12', text: 'A task for Mia.' };

    const edit = await decide(parts, yes(approval, inSlack(MIA), { answer: 'edit', input }));

    expect(edit).toMatchObject({ kind: 'not-allowed', why: 'about-you' });
  });
});

describe('a no', () => {
  test('ends the action with its reason, which later cycles of the subject read', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);
    const note = 'Ines is on it.\nAsk her.';

    const decision = await decide(parts, yes(approval, inSlack(MIA), { answer: 'decline', note }));

    expect(decision.kind).toBe('declined');
    const { action } = await standing(store, approval);
    expect(action).toMatchObject({ state: 'declined', note: `Mia declined: ${note}` });
    expect(await declinedReasons(store.db, SUBJECT, 5)).toEqual([
      '2026-03-02: Mia declined jira.add-comment: Ines is on it. Ask her.',
    ]);
    expect(await declinedReasons(store.db, 'jira:issue:ECD-13', 5)).toEqual([]);
    expect(await mailOf(store, SUBJECT)).toEqual([]);
  });

  test('needs its reason', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);

    const decision = await decide(
      parts,
      yes(approval, inSlack(MIA), { answer: 'decline', note: '  ' }),
    );

    expect(decision.kind).toBe('invalid-input');
  });
});

describe('a kind that is allowed for a while', () => {
  test('holds on its subject until its end, and can be revoked', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);
    await decide(parts, yes(approval, inSlack(MIA), { allowFor: 120 }));
    const [grant] = await activeGrants(store.db, clock.now());
    const now = clock.now();
    const holds = (subject: string, at: number) =>
      hasGrant(store.db, { operation: 'jira.add-comment', subject, now: at });

    expect(grant).toMatchObject({ operation: 'jira.add-comment', subject: SUBJECT, by: 'Mia' });
    expect(await holds(SUBJECT, now + 2 * HOUR - 1)).toBe(true);
    expect(await holds(SUBJECT, now + 2 * HOUR)).toBe(false);
    expect(await holds('jira:issue:ECD-13', now)).toBe(false);
    const revoke = () => store.write((work) => revokeGrant(work, grant!.id, { by: 'Tom', now }));
    expect([await revoke(), await revoke()]).toEqual([true, false]);
    expect(await holds(SUBJECT, now)).toBe(false);
    expect((await journaled(store)).slice(-2)).toEqual(['grant.created', 'grant.revoked']);
  });

  test('may be allowed everywhere', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);
    await decide(parts, yes(approval, inSlack(MIA), { allowFor: 60, allowEverywhere: true }));

    const asking = { operation: 'jira.add-comment', subject: 'jira:issue:ECD-13' };
    expect(await hasGrant(store.db, { ...asking, now: clock.now() })).toBe(true);
    expect(await hasGrant(store.db, { ...asking, operation: 'x.y', now: clock.now() })).toBe(false);
  });

  test.each([59, 481, 90.5])('is not allowed for %s minutes', async (allowFor) => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);

    const decision = await decide(parts, yes(approval, inSlack(MIA), { allowFor }));

    expect(decision.kind).toBe('invalid-input');
    expect((await standing(store, approval)).approval.state).toBe('open');
  });

  test('is never one that two people decide', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock, { needed: 2 });

    const decision = await decide(parts, yes(approval, inSlack(MIA), { allowFor: 60 }));

    expect(decision.kind).toBe('invalid-input');
  });
});

describe('the clock of approvals', () => {
  const clockOf = ({ store, clock, parts }: { parts: DecideParts } & DecideParts) =>
    new ApprovalClock({ store, clock, queue: parts.queue, log: silentLogger, everyMs: 1000 });

  test('ends what nobody answered, once, and tells the card', async () => {
    const { clock, store, parts } = await setUp();
    const due = await asked(store, clock, { expiresAt: clock.now() + HOUR });
    const later = await asked(store, clock, { expiresAt: clock.now() + 2 * HOUR });
    const timer = clockOf({ ...parts, parts });
    expect(await timer.expireDue()).toBe(0);
    clock.move(HOUR);

    expect([await timer.expireDue(), await timer.expireDue()]).toEqual([1, 0]);

    const now = await standing(store, due.approval);
    expect([now.approval.state, now.action.state]).toEqual(['expired', 'expired']);
    expect((await standing(store, later.approval)).approval.state).toBe('open');
    const card = approvalSubject(due.approval.id);
    expect(await mailOf(store, card)).toEqual(['approval.asked', 'approval.ended']);
    expect(await decide(parts, yes(due.approval, inSlack(MIA)))).toMatchObject({ kind: 'expired' });
  });

  test('leaves alone what was answered', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock, { expiresAt: clock.now() + HOUR });
    await decide(parts, yes(approval, inSlack(MIA)));
    clock.move(2 * HOUR);

    expect(await clockOf({ ...parts, parts }).expireDue()).toBe(0);
    expect((await standing(store, approval)).approval.state).toBe('accepted');
  });
});

describe('the end of an approval', () => {
  test('comes once, tells the card, and never replaces another', async () => {
    const { clock, store, parts } = await setUp();
    const { approval } = await asked(store, clock);
    const end = (state: 'executed' | 'failed' | 'changed') =>
      store.write((work) =>
        endApproval(work, approval.id, { state, note: null, now: clock.now() }),
      );

    expect(await end('executed')).toBe(false);
    await decide(parts, yes(approval, inSlack(MIA)));
    expect([await end('executed'), await end('failed'), await end('changed')]).toEqual([
      true,
      false,
      false,
    ]);

    expect((await standing(store, approval)).approval.state).toBe('executed');
    expect(await mailOf(store, approvalSubject(approval.id))).toContain('approval.ended');
    expect((await journaled(store)).filter((kind) => kind === 'approval.ended')).toHaveLength(1);
  });
});

describe('many at once', () => {
  test('100 answers over two stores on one file are one decision', async () => {
    const clock = handClock();
    const store = await temporaryStore(clock);
    const second = await openStore(`sqlite:${store.file}`, clock);
    const { approval } = await asked(store, clock);
    const all = [decideParts(store, clock), decideParts(second, clock)];
    const answers = Array.from({ length: 100 }, (_, at): Answer => {
      const by = inSlack([MIA, TOM, INES][at % 3]!);
      const answer = at % 7 === 3 ? 'decline' : 'accept';
      return yes(approval, by, { answer, note: 'no', press: `press ${at}` });
    });

    const decisions = await Promise.all(
      answers.map((answer, at) => decide(all[at % 2]!, answer)),
    ).finally(() => second.close());

    const counted = decisions.filter(({ kind }) => kind === 'accepted' || kind === 'declined');
    expect(counted).toHaveLength(1);
    expect(decisions.filter(({ kind }) => kind === 'already')).toHaveLength(99);
    const kinds = await journaled(store);
    expect(kinds.filter((kind) => /accepted|declined/.test(kind))).toHaveLength(1);
    expect(await verifyJournal(store.db)).toMatchObject({ brokenAt: null });
  });

  test('whatever is answered by whom: one ending at the most, never by somebody excluded', async () => {
    const people = [MIA, TOM, INES, THEO];
    const step = fc.record({
      who: fc.nat(people.length - 1),
      answer: fc.constantFrom('accept' as const, 'decline' as const, 'edit' as const),
      text: fc.constantFrom('One.', 'Two.', 'A task for Ines.', ''),
      press: fc.nat(5),
      hours: fc.constantFrom(0, 0, 0, 1, 4),
    });
    const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
    const clock = handClock();
    const store = await temporaryStore(clock);
    const parts = decideParts(store, clock, constitutionOf());

    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.subarray(people),
        fc.constantFrom(1, 2),
        async (steps, barred, needed) => {
          const excluded = barred.map(({ id }) => id);
          const first = await asked(store, clock, { excluded, needed });
          let { approval } = first;
          const endings: [Decision['kind'], string][] = [];
          const before = (await mailOf(store, SUBJECT)).length;
          for (const { who, answer, text, press, hours } of steps) {
            clock.move(hours * HOUR);
            const decision = await decide(parts, {
              approval: approval.id,
              by: inSlack(people[who]!),
              answer,
              note: 'no',
              input: { issue: 'ECD-12', text },
              press: `${press} of ${who}`,
            });
            const isFresh = !endings.some(([, press_]) => press_ === `${press} of ${who}`);
            if (decision.kind === 'waiting-for-second') ({ approval } = decision);
            const isEnd = decision.kind === 'accepted' || decision.kind === 'declined';
            if (isEnd && isFresh) {
              endings.push([decision.kind, `${press} of ${who}`]);
              expect(excluded).not.toContain(people[who]!.id);
              expect(people[who]).not.toBe(THEO);
            }
          }
          expect(endings.length).toBeLessThanOrEqual(1);
          const now = await standing(store, approval);
          const voters = new Set(now.approval.votes.map(({ person }) => person));
          const woken = (await mailOf(store, SUBJECT)).length - before;
          if (now.approval.state === 'accepted') {
            expect(voters.size).toBe(needed);
            expect(now.action.digest).toBe(now.approval.digest);
            expect(digestOf(now.action)).toBe(now.approval.digest);
          }
          expect(woken).toBe(now.approval.state === 'accepted' ? 1 : 0);
          expect(now.action.state).toBe(
            now.approval.state === 'declined' || now.approval.state === 'expired'
              ? now.approval.state
              : 'held',
          );
        },
      ),
      { seed, numRuns: 80 },
    );
  });
});
