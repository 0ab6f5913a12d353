import { expect, test } from 'vitest';
import type { FaultPlan, Struck } from '../../emulators/http/fault-plan.ts';
import { Door } from '../../src/actions/execute.ts';
import { propose } from '../../src/actions/propose.ts';
import { connectorsOf } from '../../src/app-connectors.ts';
import { readConfig } from '../../src/config.ts';
import type { Action } from '../../src/domain/action.ts';
import { neverCrash } from '../../src/lib/crash.ts';
import { actionsOfCycle, addActions } from '../../src/store/actions.ts';
import { keepEvents } from '../../src/store/events.ts';
import { claimMailboxes, wakeMailboxes } from '../../src/store/mailboxes.ts';
import { commentEvent, newEvent } from '../helpers/events.ts';
import { fiveSettings, startFive, SYSTEMS } from '../helpers/five.ts';
import type { Five, System } from '../helpers/five.ts';
import { circumstances, judgingParts } from '../helpers/judging.ts';
import { temporaryPostgres } from '../helpers/postgres.ts';
import { handClock, temporaryStore } from '../helpers/store.ts';
import { CHANGES } from './changes.ts';
import type { Change } from './changes.ts';
import { handTimer } from './drive.ts';
import { faultKinds } from './fault-kinds.ts';
import type { FaultKind } from './fault-kinds.ts';
import { record, scaled, SEED } from './figures.ts';
import { STORES } from './stores.ts';
import type { StoreKind } from './stores.ts';

const MOST_SENDS = 6;
const TIMES = scaled(2, 50);
const FOR_EVER_MS = 1e12;
// Slow calls are given up sooner than in a program, which has the same door with more patience.
const PATIENCE = { settleAfterCrashMs: 20_000, settleAfterBreakMs: 65_000, callMs: 1_500 };

/** How one change ended. */
interface End {
  readonly name: string;
  readonly state: Action['state'];
  /** How often the system did what was asked. */
  readonly applied: number;
  readonly sends: number;
}

/** The door with the connectors of a system, by a clock of its own. */
async function doorOf(five: Five, system: System, on: StoreKind) {
  const clock = handClock();
  const timer = handTimer(clock);
  const store = await (on === 'single' ? temporaryStore(clock) : temporaryPostgres(clock));
  const config = readConfig(fiveSettings(five, { push: true, poll: true, mode: 'production' }));
  const connector = (await connectorsOf(config)).find(({ name }) => name === system);
  const judging = judgingParts(connector?.operations ?? [], { mode: 'production' });
  const [claim] = await store.write(async ({ db }) => {
    await keepEvents(db, [newEvent(commentEvent('1'), clock.now())]);
    await wakeMailboxes(db, ['jira:issue:ECD-12'], clock.now());
    const request = { owner: 'w', now: clock.now(), leaseMs: FOR_EVER_MS, limit: 1 };
    return await claimMailboxes(db, { ...request, mode: 'production' });
  });
  if (claim === undefined) throw new Error('the mailbox was not to be had');
  const door = new Door({
    store,
    clock,
    crash: neverCrash,
    modeOf: () => 'production',
    reserve: () => Promise.resolve(null),
    operations: judging.operations,
    patience: PATIENCE,
    leaseMs: FOR_EVER_MS,
  });
  /** Carries out one change and moves the clock to whatever it waits for. */
  const carryOut = async ({ operation, input }: Change, ordinal: number): Promise<Action> => {
    const [judged] = await propose(store.db, judging, {
      proposals: [{ action: { operation, input: { ...input }, reason: 'asked' }, author: 'rules' }],
      about: circumstances({ cycle: claim.cycle, now: clock.now() }),
    });
    if (judged === undefined) throw new Error(`${operation} was not proposed`);
    const verdict = { answer: 'allow', rule: 'test', reason: 'a person said yes' } as const;
    const action: Action = { ...judged, ordinal, verdict, state: 'proposed' };
    await store.write(({ db }) => addActions(db, [action]));
    const current = async (): Promise<Action> => {
      const found = (await actionsOfCycle(store.db, claim.cycle)).find(
        ({ id }) => id === action.id,
      );
      return found ?? action;
    };
    for (;;) {
      const attempt = await door.carryOut(await current(), claim);
      if (attempt.kind === 'settled') return await current();
      const next = Math.min(attempt.until, timer.next());
      clock.move(Math.max(0, next - clock.now()));
      timer.release();
    }
  };
  return { carryOut, timer };
}

const isChange = (system: System, { method, path }: Struck): boolean =>
  system === 'slack' ? /\/chat\.\w+$/.test(path) : method !== 'GET';

/** Pushes the faults of a case when its first change comes, and counts how often it comes. */
function strikes(faults: FaultPlan, system: System) {
  let kind: FaultKind | null = null;
  let sends = 0;
  faults.watch((request) => {
    if (!isChange(system, request)) return;
    sends += 1;
    if (kind === null) return;
    const { send, look } = kind;
    kind = null;
    faults.push({ ...send, match: { method: request.method, path: ending(request.path) } });
    if (look === undefined) return;
    const reads =
      system === 'slack' ? { path: /conversations\.(?:history|replies)$/ } : { method: 'GET' };
    faults.push({ ...look, match: reads });
  });
  return {
    begin: (next: FaultKind) => {
      kind = next;
      sends = 0;
      faults.clear();
    },
    sends: () => sends,
  };
}

const ending = (path: string): RegExp =>
  new RegExp(`${path.replace(/[.\\^$*+?()[\]{}|]/g, '\\$&')}$`);

/** Puts every kind of fault upon changes of a system, one after the other, each time another operation. */
async function changesOf(five: Five, system: System, on: StoreKind): Promise<readonly End[]> {
  const { carryOut, timer } = await doorOf(five, system, on);
  const { faults, requests } = five[system];
  const struck = strikes(faults, system);
  const cases = faultKinds(timer).flatMap((kind) => Array.from({ length: TIMES }, () => kind));
  const ends: End[] = [];
  for (const [number, kind] of cases.entries()) {
    const make = CHANGES[system][number % CHANGES[system].length];
    if (make === undefined) throw new Error(`${system} has no change`);
    const change = make(five, number);
    const before = requests.length;
    struck.begin(kind);
    const { state } = await carryOut(change, number);
    const applied = requests
      .slice(before)
      .filter((one) => isChange(system, { ...one, body: Buffer.alloc(0) }))
      .filter(({ outcome }) => outcome !== null && outcome < 300).length;
    ends.push({ name: `${change.operation}: ${kind.name}`, state, applied, sends: struck.sends() });
  }
  return ends;
}

/** What cannot be read back: a system that says no is believed. */
const UNSEEN: ReadonlySet<string> = new Set(['jira.delete-issue', 'slack.post-ephemeral']);
const LIE = 'refused, and done all the same';

const isBelieved = ({ name, state }: End): boolean =>
  state === 'failed' && [...UNSEEN].some((operation) => name === `${operation}: ${LIE}`);

/** Done means once, failed means not at all; what nobody can tell is held, and was not sent again. */
function isAsItMust(end: End): boolean {
  const { state, applied, sends } = end;
  if (sends > MOST_SENDS || applied > 1) return false;
  if (state === 'done') return applied === 1;
  if (isBelieved(end)) return sends === 1;
  if (state === 'failed') return applied === 0;
  return state === 'unknown';
}

test.each(STORES)(
  'R9: every operation that changes something ends once, failed, or held, whatever its system does (%s)',
  { timeout: 1_800_000 },
  async (on) => {
    const five = await startFive({ callsPerHour: 1_000_000_000 });

    const ends = (await Promise.all(SYSTEMS.map((system) => changesOf(five, system, on)))).flat();

    const wrong = ends.filter((end) => !isAsItMust(end));
    const count = (wanted: Action['state']) => ends.filter(({ state }) => state === wanted).length;
    const operations = new Set(ends.map(({ name }) => name.split(':')[0]));
    record({
      promise: 'R9 operations',
      // The door alone: it asks no Redis.
      deployment: on === 'single' ? 'single' : 'postgres',
      run: `22 kinds of faults x ${TIMES} changes in each of ${SYSTEMS.length} systems, ${operations.size} operations in turn`,
      counted: `done ${count('done')}, failed ${count('failed')}, held ${count('unknown')}, doubled ${ends.filter(({ applied }) => applied > 1).length}; of those failed, said to be refused and done where nothing can be read back ${ends.filter(isBelieved).length}`,
      holds: wrong.length === 0,
      seed: SEED,
    });
    expect(wrong).toEqual([]);
    expect(operations.size).toBe(Object.values(CHANGES).flat().length);
  },
);
