import { expect, test } from 'vitest';
import { seededRandom } from '../../emulators/http/random.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { startFive, startProgram, SYSTEMS } from '../helpers/five.ts';
import type { KeptEvent, Program, System } from '../helpers/five.ts';
import { Team } from '../helpers/life.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';
import { STORES, storeSettings } from './stores.ts';
import type { StoreKind } from './stores.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAYS = scaled(3, 7);
// The life of a team is made up from it: in the gate the same one each time.
const LIFE = IS_SOAK ? SEED : 20_260_302;

/**
 * R14: for days no webhook reaches the one program, which polls; another gets them all and polls nothing, so it
 * tells what there was to find. Lists are 120 seconds behind, and our clock is five minutes off.
 */
test.each(STORES)(
  'what days without a webhook have hidden is found by polling, under the same key, once (%s)',
  async (deployment) => {
    const found = { facts: 0, missing: 0, twice: 0 };
    for (const skew of [-5 * MINUTE, 5 * MINUTE]) {
      const { wanted, seen } = await sevenDays(skew, deployment);
      found.facts += wanted.length;
      found.missing += wanted.filter((key) => !seen.includes(key)).length;
      // Found under another key it would be a second fact.
      found.twice += seen.filter((key) => !wanted.includes(key)).length;
      expect(seen.toSorted()).toEqual(wanted.toSorted());
    }
    record({
      promise: 'R14',
      deployment,
      run: `${DAYS} days without webhooks, lists 120 s behind, the clock 5 min behind and 5 min ahead`,
      counted: `${found.facts - found.missing} of ${found.facts} facts found, twice ${found.twice}`,
      holds: found.missing + found.twice === 0,
      seed: LIFE,
    });
    expect(found).toMatchObject({ missing: 0, twice: 0 });
  },
);

async function sevenDays(skew: number, store: StoreKind) {
  const five = await startFive({ indexLagMs: 120_000 });
  const clock: Clock = { now: () => five.clock.now() + skew };
  const told = await startProgram(five, { push: true, poll: false });
  const env = await storeSettings(store);
  const blind = await startProgram(five, { push: false, poll: true, clock, env });
  five.aim(told.app.url);
  await blind.poll();
  const team = new Team(five, seededRandom(LIFE));
  // What happens within the first minutes is before the clock that is ahead has begun.
  five.clock.move(2 * HOUR);
  await blind.poll();
  await blind.idle();
  const seeded = new Set((await blind.events()).keys());

  for (let hour = 0; hour < DAYS * 24; hour += 6) {
    team.work();
    five.clock.move(6 * HOUR);
    await blind.poll();
    await five.idle();
  }
  five.clock.move(2 * HOUR);
  await blind.poll();
  await Promise.all([five.idle(), told.idle(), blind.idle()]);

  const pushed = await told.events();
  const kept = await blind.events();
  const keysOf = (events: ReadonlyMap<string, KeptEvent>, system: System): readonly string[] =>
    [...events.values()]
      .filter(({ source, kind }) => source === system && seesOf(blind, system).has(kind))
      .filter(({ key }) => !seeded.has(key))
      .map(({ key }) => key);
  for (const system of SYSTEMS) expect(keysOf(pushed, system).length, system).toBeGreaterThan(DAYS);
  // Each fact has one cycle at most, and each that wakes has one.
  const taken = [...kept.values()].filter(({ state }) => state === 'settled');
  expect(taken.every(({ cycle }) => cycle !== null)).toBe(true);
  expect([...kept.values()].filter(({ state }) => state === 'dead')).toEqual([]);
  return {
    wanted: SYSTEMS.flatMap((system) => keysOf(pushed, system)),
    seen: SYSTEMS.flatMap((system) => keysOf(kept, system)),
  };
}

function seesOf({ app }: Program, system: System): ReadonlySet<string> {
  return new Set(app.connectors.find(({ name }) => name === system)?.poll?.sees);
}
