import { describe, expect, test } from 'vitest';
import { FakeTarget, commentOperation } from '../../test/helpers/connector.ts';
import { commentEvent, newEvent } from '../../test/helpers/events.ts';
import { circumstances, judgingParts } from '../../test/helpers/judging.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import type { Action } from '../domain/action.ts';
import type { FailureKind } from '../domain/failure.ts';
import type { Mode } from '../domain/mode.ts';
import { neverCrash } from '../lib/crash.ts';
import { actionsOfCycle, addActions } from '../store/actions.ts';
import { keepEvents } from '../store/events.ts';
import { claimMailboxes, wakeMailboxes } from '../store/mailboxes.ts';
import type { Claim } from '../store/mailboxes.ts';
import { Door } from './execute.ts';
import type { Attempt } from './attempt.ts';
import { propose } from './propose.ts';
import { reserve } from './reserve.ts';

const SETTLE = 65_000;

const LEASE = 1e9;

interface Given {
  readonly mode?: Mode;
  /** How long the process stands still between its intent and the send. */
  readonly stallMs?: number;
  /** The process ends between its first intent and the receipt. */
  readonly dies?: boolean;
}

async function setUp(
  target: FakeTarget,
  { mode = 'production', stallMs = 0, dies = false }: Given = {},
) {
  const steady = handClock();
  let skew = 0;
  /** It passes by `move`; `set` puts it elsewhere in no time. */
  const clock = {
    now: () => steady.now() + skew,
    steady: () => steady.now(),
    move: (ms: number) => {
      steady.move(ms);
    },
    set: (ms: number) => void (skew += ms),
  };
  const store = await temporaryStore(clock);
  const claims = await store.write(async ({ db }) => {
    await keepEvents(db, [newEvent(commentEvent('1'), clock.now())]);
    await wakeMailboxes(db, ['jira:issue:ECD-12'], clock.now());
    const request = { owner: 'w', now: clock.now(), leaseMs: LEASE, mode, limit: 1 };
    return await claimMailboxes(db, request);
  });
  const claim: Claim = claims[0]!;
  const operations = [commentOperation(target)];
  const judging = judgingParts(operations, { mode: 'production' });
  const input = { issue: 'ECD-12', text: 'It is in progress.' };
  const [action] = await propose(store.db, judging, {
    proposals: [
      { action: { operation: 'jira.add-comment', input, reason: 'asked' }, author: 'model' },
    ],
    about: circumstances({ cycle: claim.cycle, now: clock.now() }),
  });
  await store.write(({ db }) => addActions(db, [action!]));
  const patience = { settleAfterCrashMs: 20_000, settleAfterBreakMs: SETTLE, callMs: 1000 };
  let isAlive = !dies;
  const open = () =>
    new Door({
      store,
      clock,
      crash: (label) => {
        if (label !== 'action.sending') return;
        clock.move(stallMs);
        if (!isAlive) throw new Error('killed');
      },
      modeOf: () => mode,
      operations: judging.operations,
      reserve: (db, one) => reserve(db, judging, { action: one, now: clock.now() }),
      patience,
      leaseMs: LEASE,
    });
  let door = open();
  /** Another process over the same store. */
  const restart = (): void => {
    isAlive = true;
    door = open();
  };
  const current = async (): Promise<Action> => (await actionsOfCycle(store.db, claim.cycle))[0]!;
  const go = async (): Promise<Attempt> => await door.carryOut(await current(), claim);
  /** The target does what it was asked for only now. */
  const arrive = async (): Promise<void> => {
    const { id } = await current();
    target.effects.push({ marker: id, issue: input.issue, text: input.text });
  };
  return { clock, store, claim, current, go, restart, arrive };
}

/** Carries out until it is settled, moving the clock to every wait. */
async function untilSettled(rig: Awaited<ReturnType<typeof setUp>>): Promise<Action> {
  for (let round = 0; round < 40; round += 1) {
    const attempt = await rig.go();
    if (attempt.kind === 'settled') return await rig.current();
    rig.clock.move(Math.max(1, attempt.until - rig.clock.now()));
  }
  throw new Error('it never settled');
}

describe('the door', () => {
  test('sends once, with the action as its marker, and keeps the receipt', async () => {
    const target = new FakeTarget();
    const rig = await setUp(target);

    const action = await untilSettled(rig);

    expect(action).toMatchObject({ state: 'done', effectId: 'effect-0', attempts: 1 });
    expect(target.effects).toEqual([
      { marker: action.id, issue: 'ECD-12', text: 'It is in progress.' },
    ]);
  });

  test.each<[FailureKind, boolean]>([
    ['broken-line', true],
    ['broken-line', false],
    ['timeout', true],
    ['timeout', false],
    ['unavailable', true],
    ['unavailable', false],
    ['bad-answer', true],
    ['bad-answer', false],
    ['rate-limited', true],
    ['rate-limited', false],
    ['refused', true],
    ['forbidden', true],
  ])('a report of %s (applied: %s) ends in exactly one effect', async (kind, applied) => {
    const target = new FakeTarget().failNext({ kind, applied });
    const rig = await setUp(target);

    const action = await untilSettled(rig);

    expect(action.state).toBe('done');
    expect(target.effects).toHaveLength(1);
  });

  test('a refusal that did nothing is failed and shown, not tried again', async () => {
    const target = new FakeTarget().failNext({ kind: 'refused', applied: false });
    const rig = await setUp(target);

    const action = await untilSettled(rig);

    expect(action).toMatchObject({ state: 'failed', note: 'refused: on purpose' });
    expect(target.runs).toHaveLength(1);
  });

  test('nothing is sent before Retry-After is over', async () => {
    const target = new FakeTarget().failNext({
      kind: 'rate-limited',
      applied: false,
      retryAfterMs: 30_000,
    });
    const rig = await setUp(target);

    const attempt = await rig.go();
    rig.clock.move(29_999);
    await rig.go();

    expect(attempt).toMatchObject({ kind: 'wait', until: rig.clock.now() + 1 });
    expect(target.runs).toHaveLength(1);
    rig.clock.move(1);
    expect(await rig.go()).toEqual({ kind: 'settled', state: 'done' });
  });

  test.each<FailureKind>(['rate-limited', 'unavailable'])(
    'a target that says %s and how long to wait is not even looked at before',
    async (kind) => {
      const target = new FakeTarget().failNext({ kind, applied: true, retryAfterMs: 90_000 });
      const rig = await setUp(target);

      const attempt = await rig.go();

      expect(attempt).toMatchObject({ kind: 'wait', until: rig.clock.now() + 90_000 });
      expect(target.looks).toBe(0);
      rig.clock.move(90_000);
      expect(await rig.go()).toEqual({ kind: 'settled', state: 'done' });
      expect(target.effects).toHaveLength(1);
    },
  );

  test('a look that is told to wait waits as long as it was told', async () => {
    const target = new FakeTarget()
      .failNext({ kind: 'broken-line', applied: true })
      .blindNext({ kind: 'rate-limited', retryAfterMs: 600_000 });
    const rig = await setUp(target);

    const attempt = await rig.go();

    expect(attempt).toMatchObject({ kind: 'wait', until: rig.clock.now() + 600_000 });
  });

  test('a target that acts a minute after the line broke is not written to twice', async () => {
    const target = new FakeTarget().failNext({ kind: 'broken-line', applied: false });
    const rig = await setUp(target);

    const attempt = await rig.go();
    rig.clock.move(60_000);
    await rig.arrive();
    const action = await untilSettled(rig);

    expect(attempt.kind).toBe('wait');
    expect(action.state).toBe('done');
    expect(target.runs).toHaveLength(1);
  });

  test.each([1, -1])('a clock that is set (%d) ends no wait for the target', async (way) => {
    const target = new FakeTarget().failNext({ kind: 'broken-line', applied: false });
    const rig = await setUp(target);

    await rig.go();
    rig.clock.set(way * 600_000);
    const early = await rig.go();
    rig.clock.move(60_000);
    await rig.arrive();
    const action = await untilSettled(rig);

    expect(early).toMatchObject({ kind: 'wait', note: 'settling' });
    expect(action.state).toBe('done');
    expect(target.runs).toHaveLength(1);
  });

  test('nor does one that was set while no process ran', async () => {
    const target = new FakeTarget();
    const rig = await setUp(target, { dies: true });

    await expect(rig.go()).rejects.toThrow('killed');
    rig.clock.set(600_000);
    rig.restart();
    const early = await rig.go();
    rig.clock.move(19_999);
    await rig.arrive();
    const action = await untilSettled(rig);

    expect(early).toMatchObject({ kind: 'wait', until: expect.any(Number) as number });
    expect(action.state).toBe('done');
    expect(target.runs).toEqual([]);
  });

  test('a look that failed after a crash ends no wait either', async () => {
    const target = new FakeTarget().blindNext('unavailable');
    const rig = await setUp(target, { dies: true });

    await expect(rig.go()).rejects.toThrow('killed');
    rig.restart();
    await rig.go();
    rig.clock.move(15_000);
    await rig.go();
    rig.clock.move(4999);
    await rig.arrive();
    const action = await untilSettled(rig);

    expect(action.state).toBe('done');
    expect(target.runs).toEqual([]);
  });

  test('at most six tries, then it is failed and shown', async () => {
    const failures = Array.from(
      { length: 9 },
      () => ({ kind: 'unavailable', applied: false }) as const,
    );
    const target = new FakeTarget().failNext(...failures);
    const rig = await setUp(target);

    const action = await untilSettled(rig);

    expect(action).toMatchObject({ state: 'failed', attempts: 6 });
    expect(target.runs).toHaveLength(6);
  });

  test('what cannot be looked up is unknown and never sent again', async () => {
    const target = new FakeTarget()
      .failNext({ kind: 'broken-line', applied: true })
      .blindNext('forbidden', 'forbidden');
    const rig = await setUp(target);

    const action = await untilSettled(rig);

    expect(action.state).toBe('unknown');
    expect(target.effects).toHaveLength(1);
  });

  test('a refusal is not believed while the target cannot be asked', async () => {
    const target = new FakeTarget()
      .failNext({ kind: 'forbidden', applied: true })
      .blindNext('unavailable', 'unavailable');
    const rig = await setUp(target);

    const action = await untilSettled(rig);

    expect(action.state).toBe('done');
    expect(target.effects).toHaveLength(1);
  });

  test('in simulation nothing is sent, whatever was judged before', async () => {
    const target = new FakeTarget();
    const rig = await setUp(target, { mode: 'simulation' });

    const action = await untilSettled(rig);

    expect(action.state).toBe('simulated');
    expect(target.runs).toEqual([]);
  });

  test('an intent whose way to write was closed is unknown, not simulated', async () => {
    const target = new FakeTarget().failNext({ kind: 'broken-line', applied: false });
    const rig = await setUp(target);
    await rig.go();
    const parts = { settleAfterCrashMs: 1, settleAfterBreakMs: 1, callMs: 1 };
    const closed = new Door({
      store: rig.store,
      clock: rig.clock,
      crash: neverCrash,
      modeOf: () => 'simulation',
      operations: new Map(),
      reserve: () => Promise.resolve(null),
      patience: parts,
      leaseMs: 1,
    });

    const attempt = await closed.carryOut(await rig.current(), rig.claim);

    expect(attempt).toEqual({ kind: 'settled', state: 'unknown' });
  });

  test('a worker that stood still for its whole lease sends nothing', async () => {
    const target = new FakeTarget();
    const rig = await setUp(target, { stallMs: LEASE });

    await expect(rig.go()).rejects.toMatchObject({ kind: 'lease-lost' });

    expect(target.runs).toEqual([]);
    expect(await rig.current()).toMatchObject({ state: 'sending', attempts: 1 });
  });

  test('a worker that stood still for less than its lease sends', async () => {
    const target = new FakeTarget();
    const rig = await setUp(target, { stallMs: LEASE - 1 });

    expect(await rig.go()).toEqual({ kind: 'settled', state: 'done' });
    expect(target.effects).toHaveLength(1);
  });

  test('a worker without its lease sends nothing', async () => {
    const target = new FakeTarget();
    const rig = await setUp(target);
    rig.clock.move(2e9);
    const request = {
      owner: 'v',
      now: rig.clock.now(),
      leaseMs: 1000,
      mode: 'production',
      limit: 1,
    };
    await rig.store.write(({ db }) => claimMailboxes(db, request));

    await expect(rig.go()).rejects.toMatchObject({ kind: 'lease-lost' });
    expect(target.runs).toEqual([]);
  });
});
