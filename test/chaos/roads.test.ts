import { expect, test } from 'vitest';
import { countByState } from '../../src/store/counts.ts';
import { startFive, startProgram, SYSTEMS } from '../helpers/five.ts';
import type { Five, Program } from '../helpers/five.ts';
import { Team } from '../helpers/life.ts';
import { seededRandom } from '../helpers/random.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';
import { STORES, storeSettings } from './stores.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
// The life of a team is made up from it: in the gate the same one each time.
const LIFE = IS_SOAK ? SEED : 20_260_303;

const cyclesOf = async ({ app }: Program): Promise<number> =>
  (await countByState(app.store.db, 'cycles'))['finished'] ?? 0;

async function atRest(five: Five, program: Program): Promise<void> {
  await five.idle();
  await program.idle();
}

/** R12: the same fact by webhook, retry, new id, poll, and months later. */
test.each(STORES)(
  'however often and by whatever road a fact comes, it is one event and one cycle (%s)',
  { timeout: 120_000 },
  async (deployment) => {
    const five = await startFive();
    const env = await storeSettings(deployment);
    const program = await startProgram(five, { push: true, poll: true, env });
    five.aim(program.app.url);
    const team = new Team(five, seededRandom(LIFE));
    for (const system of SYSTEMS) {
      five[system].pushWebhookFault(
        { kind: 'drop', times: 1_000, probability: 0.2 },
        { kind: 'duplicate', times: 1_000, probability: 0.3 },
        { kind: 'duplicate-new-id', times: 1_000, probability: 0.3 },
        { kind: 'reorder', times: 1_000, probability: 0.2 },
      );
    }
    for (let round = 0; round < scaled(12, 100); round += 1) {
      team.work();
      five.clock.move(2 * HOUR);
      await program.poll();
      await atRest(five, program);
    }
    const events = await program.events();
    const cycles = await cyclesOf(program);
    const sent = SYSTEMS.flatMap((system) =>
      five[system].deliveries.map(({ event, body }) => ({ system, event, body })),
    );

    five.clock.move(60 * DAY);
    for (const { system, event, body } of sent) five[system].deliverWebhook(event, body);
    await atRest(five, program);
    await program.ask('/api/polls', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ since: '2026-03-01T00:00:00Z' }),
    });
    await program.poll();
    await atRest(five, program);

    const again = await program.events();
    // What happened before the program began is found by the second look back, and only that. Sixty days later our own
    // looks are due too.
    const more = [...again.keys()].filter((key) => !events.has(key));
    const wokenBySeed = more.filter((key) => again.get(key)?.cycle !== null).length;
    const second = Math.max(0, (await cyclesOf(program)) - cycles - wokenBySeed);
    const changed = [...events].filter(([key, event]) => !isSame(again.get(key), event)).length;
    record({
      promise: 'R12',
      deployment,
      run: `${events.size} facts of ${SYSTEMS.length} systems, ${sent.length} deliveries: lost, doubled, under new ids, shuffled, polled, and all again 60 days later`,
      counted: `facts known anew ${changed}, second cycles ${second}`,
      holds: changed + second === 0,
      seed: LIFE,
    });
    expect(more.filter((key) => !/:created$|sprint|^sweep:/.test(key))).toEqual([]);
    for (const [key, event] of events) expect(again.get(key)).toEqual(event);
    expect(events.size).toBeGreaterThan(80);
    expect(second).toBe(0);
    expect((await countByState(program.app.store.db, 'cycles'))['failed'] ?? 0).toBe(0);
  },
);

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
