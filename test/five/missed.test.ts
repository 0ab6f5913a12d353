import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../emulators/http/random.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { startFive, startProgram, SYSTEMS } from '../helpers/five.ts';
import type { KeptEvent } from '../helpers/five.ts';
import { Team } from '../helpers/life.ts';

const SEED = 20_260_302;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAYS = 7;

/**
 * R14: for seven days no webhook reaches the one program, which polls; another gets them all and polls nothing, so it
 * tells what there was to find. Lists are 120 seconds behind, and our clock is five minutes off.
 */
describe.each([
  ['five minutes behind', -5 * MINUTE],
  ['five minutes ahead', 5 * MINUTE],
])('seven days without a webhook, our clock %s', (_name, skew) => {
  test('everything that polling can see is found, under the same key, once', async () => {
    const five = await startFive({ indexLagMs: 120_000 });
    const clock: Clock = { now: () => five.clock.now() + skew };
    const told = await startProgram(five, { push: true, poll: false });
    const blind = await startProgram(five, { push: false, poll: true, clock });
    five.aim(told.app.url);
    await blind.poll();
    const team = new Team(five, seededRandom(SEED));
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
    const found = await blind.events();
    for (const system of SYSTEMS) {
      const connector = blind.app.connectors.find(({ name }) => name === system);
      const sees = new Set(connector?.poll?.sees);
      const of = (events: ReadonlyMap<string, KeptEvent>) =>
        [...events.values()]
          .filter(({ source, kind }) => source === system && sees.has(kind))
          .filter(({ key }) => !seeded.has(key))
          .map(({ key }) => key)
          .sort();
      console.log(`${system}: ${of(pushed).length} facts, seed ${SEED}`);
      expect(of(pushed).length, system).toBeGreaterThan(10);
      expect(of(found), system).toEqual(of(pushed));
    }
    // Each fact has one cycle at most, and each that wakes has one.
    const taken = [...found.values()].filter(({ state }) => state === 'settled');
    expect(taken.every(({ cycle }) => cycle !== null)).toBe(true);
    expect([...found.values()].filter(({ state }) => state === 'dead')).toEqual([]);
  });
});
