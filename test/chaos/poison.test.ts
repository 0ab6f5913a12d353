import { afterEach, expect, test, vi } from 'vitest';
import { startFive, startProgram, SYSTEMS } from '../helpers/five.ts';
import type { Program } from '../helpers/five.ts';
import { askUnderFaults, endsOf } from './answers.ts';
import type { Ended } from './answers.ts';
import { drive, quiet } from './drive.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';
import type { FaultKind } from './fault-kinds.ts';
import { QUESTION } from './questions.ts';
import { STORES, storeSettings } from './stores.ts';
import type { StoreKind } from './stores.ts';

const MOST_ATTEMPTS = 5;
const SHARE = 0.95;
const SOAK_MS = 600_000;

const UNREADABLE = 'poison of the reader';
const UNPLANNABLE = 'poison of the planner';

afterEach(() => vi.restoreAllMocks());

const nothing = { kind: 'delay', ms: 0 } as const;
const plain: FaultKind = { name: 'plain', send: nothing, ends: 'done', effects: 1, sends: 1 };
const never: FaultKind = {
  name: 'an action that always fails',
  send: { kind: 'status', status: 503, times: 6 },
  ends: 'failed',
  effects: 0,
  sends: 6,
};

/** The connectors of a program throw wherever they meet our poison, as one with a fault would. */
function poison({ app }: Program): void {
  for (const { webhook, talk } of app.connectors) {
    if (webhook === undefined || talk === undefined)
      throw new Error('a connector cannot be spoken to');
    const normalise = webhook.normalise.bind(webhook);
    vi.spyOn(webhook, 'normalise').mockImplementation((body, headers) => {
      if (JSON.stringify(body).includes(UNREADABLE))
        throw new TypeError('a normaliser has a fault');
      return normalise(body, headers);
    });
    const { reply } = talk;
    vi.spyOn(talk, 'reply').mockImplementation((event, text) => {
      if (event.text?.includes(UNPLANNABLE) === true) throw new TypeError('a planner has a fault');
      return reply(event, text);
    });
  }
}

/**
 * Questions, some of them poison, by one program: how many of the plain ones are answered before the clock moves, and how
 * long the last of them waited, in seconds.
 */
async function run(store: StoreKind, poisoned: number, isHarmful = true) {
  const others = scaled(6, 100);
  const five = await startFive();
  const env = { PM_AGENT_SETTLE_SECONDS: '', ...(await storeSettings(store)) };
  const program = await startProgram(five, { push: true, poll: true, mode: 'production', env });
  if (isHarmful) poison(program);
  five.aim(program.app.url);
  const words = [UNREADABLE, UNPLANNABLE].flatMap((word) =>
    Array.from({ length: poisoned }, () => word),
  );
  const bad = askUnderFaults(
    five,
    words.map(() => plain),
    { words: (number) => `${QUESTION} ${words[number] ?? ''}` },
  );
  const failing = askUnderFaults(
    five,
    Array.from({ length: poisoned }, () => (isHarmful ? never : plain)),
  );
  const begun = performance.now();
  let last = begun;
  const good = askUnderFaults(
    five,
    Array.from({ length: others }, () => plain),
    { sent: () => void (last = performance.now()) },
  );
  await quiet(five, program);
  const seconds = (last - begun) / 1000;
  const atOnce = (await endsOf(program, good)).filter(({ effects }) => effects === 1).length;
  return { five, program, bad, failing, good, atOnce, seconds };
}

test.each(STORES)(
  'R17: poison is set aside with a reason, the others keep their rate, and a replay brings it back (%s)',
  { timeout: SOAK_MS },
  async (deployment) => {
    const each = scaled(1, 10);
    const { atOnce: without } = await run(deployment, 0, false);
    // Seconds are measured where the machine does nothing else, and beside as many questions of which none is poison: what is
    // more to do takes its time in both.
    const plainly = IS_SOAK ? await run(deployment, each, false) : null;
    const { five, program, bad, failing, good, atOnce, seconds } = await run(deployment, each);
    const { db } = program.app.store;

    await drive(five, program, { patienceMs: SOAK_MS });

    const quarantined = await db
      .selectFrom('deliveries')
      .select(['id', 'note'])
      .where('state', '=', 'quarantined')
      .execute();
    const cycles = await db
      .selectFrom('cycles')
      .select(['id', 'attempts', 'error'])
      .where('state', '=', 'failed')
      .execute();
    const tries = await failedTries(program);
    const failed = await endsOf(program, failing);
    const rest = await endsOf(program, good);
    vi.restoreAllMocks();
    await replay(program, [
      ...quarantined.map(({ id }) => id),
      ...(await deliveriesOf(
        program,
        cycles.map(({ id }) => id),
      )),
    ]);
    await drive(five, program, { patienceMs: SOAK_MS });
    const replayed = await endsOf(program, bad);

    const wanted = each * SYSTEMS.length;
    const share = atOnce / without;
    const rate = plainly === null ? 1 : atOnce / seconds / (plainly.atOnce / plainly.seconds);
    const answered = (ends: readonly Ended[]) => ends.filter(({ effects }) => effects === 1).length;
    const holds =
      quarantined.length === wanted &&
      cycles.length === wanted &&
      share >= SHARE &&
      rate >= SHARE &&
      Math.max(...tries) <= MOST_ATTEMPTS &&
      answered(replayed) === bad.length &&
      answered(rest) === good.length;
    record({
      promise: 'R17',
      deployment,
      run: `${3 * wanted} poisoned among ${3 * wanted + good.length} questions of ${SYSTEMS.length} systems: normaliser throws, planner throws, an action always fails`,
      counted:
        `set aside ${quarantined.length} deliveries and ${cycles.length} cycles after at most ${Math.max(...tries)} attempts, ${failed.filter(({ state }) => state === 'failed').length} actions failed; ` +
        `others in the same turns ${Math.round(share * 100)} %${IS_SOAK ? `, at ${Math.round(rate * 100)} % of their rate` : ''}, replayed ${answered(replayed)} of ${bad.length}`,
      holds,
      seed: SEED,
    });
    expect(quarantined.map(({ note }) => note)).toEqual(
      Array.from({ length: wanted }, () => 'reading it failed: TypeError'),
    );
    expect(cycles.map(({ error }) => error)).toEqual(
      Array.from({ length: wanted }, () => 'internal: a planner has a fault'),
    );
    expect(Math.max(...tries)).toBeLessThanOrEqual(MOST_ATTEMPTS);
    expect(failed.map(({ state, sends }) => [state, sends])).toEqual(
      failing.map(() => ['failed', 6]),
    );
    expect(share).toBeGreaterThanOrEqual(SHARE);
    expect(answered(rest)).toBe(good.length);
    expect(answered(replayed)).toBe(bad.length);
    expect(holds).toBe(true);
  },
);

/** How often each cycle that was set aside had been tried, as the journal has it. */
async function failedTries({ app }: Program): Promise<readonly number[]> {
  const rows = await app.store.db
    .selectFrom('journal')
    .select('data')
    .where('kind', '=', 'cycle.failed')
    .execute();
  return rows.map(({ data }) => (JSON.parse(data) as { attempts: number }).attempts);
}

async function deliveriesOf(
  { app }: Program,
  cycles: readonly string[],
): Promise<readonly string[]> {
  const rows = await app.store.db
    .selectFrom('sightings')
    .innerJoin('events', 'events.key', 'sightings.event_key')
    .select('sightings.delivery')
    .distinct()
    .where('events.cycle', 'in', cycles)
    .execute();
  return rows.flatMap(({ delivery }) => (delivery === null ? [] : [delivery]));
}

async function replay(program: Program, deliveries: readonly string[]): Promise<void> {
  for (const delivery of deliveries) {
    const answer = await program.ask('/api/replay', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ delivery }),
    });
    expect(answer.status).toBe(202);
  }
}
