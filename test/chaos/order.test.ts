import { expect, test } from 'vitest';
import { startWebhookReceiver } from '../../emulators/http/start-webhook-receiver.ts';
import { countByState } from '../../src/store/counts.ts';
import { SECRETS, startFive, startProgram, SYSTEMS } from '../helpers/five.ts';
import { seededRandom } from '../helpers/random.ts';
import { record, scaled, SEED } from './figures.ts';
import { ask, QUESTION } from './questions.ts';
import type { Question } from './questions.ts';
import { STORES, storeSettings } from './stores.ts';

const MANY = scaled(50, 1_000);

/** The life of one message: said, perhaps said anew, perhaps taken back; and how many answers it may get at the end. */
interface History {
  readonly question: Question;
  readonly expected: 0 | 1;
}

/** R13: what was said, said anew and taken back arrives in any order. */
test.each(STORES)(
  `${MANY} histories in any order end as they would in order, and nothing is done on stale state (%s)`,
  { timeout: 240_000 },
  async (deployment) => {
    const random = seededRandom(SEED);
    const five = await startFive();
    await using sink = await startWebhookReceiver();
    for (const system of SYSTEMS)
      five[system].aimWebhook({ url: sink.url, secret: SECRETS[system] });

    const histories: History[] = [];
    for (let number = 0; number < MANY; number += 1) {
      const system = SYSTEMS[number % SYSTEMS.length] ?? 'jira';
      five.clock.move(2_000);
      const question = ask(five, system, { number });
      const dice = random();
      five.clock.move(2_000);
      if (dice < 0.5) question.edit(`${QUESTION} It is urgent.`);
      five.clock.move(2_000);
      if (dice < 0.25) question.remove();
      histories.push({ question, expected: dice < 0.25 ? 0 : 1 });
    }
    await five.idle();
    const deliveries = SYSTEMS.flatMap((system) =>
      five[system].deliveries.map(({ event, body }) => ({ system, event, body })),
    );
    // The echoes of the agent's own answers must not be counted as sent by people.
    const shuffled = deliveries
      .map((delivery) => ({ delivery, place: random() }))
      .sort((left, right) => left.place - right.place)
      .map(({ delivery }) => delivery);
    five.clock.move(60_000);

    const env = await storeSettings(deployment);
    const program = await startProgram(five, { push: true, poll: true, mode: 'production', env });
    five.aim(program.app.url);
    for (const { system, event, body } of shuffled) five[system].deliverWebhook(event, body);
    const atRest = async () => {
      await five.idle();
      await program.idle();
    };
    await atRest();
    await atRest();
    // A system that is full gets a minute's rest; what waited is judged again then.
    const { store, judgement } = program.app;
    while ((await countByState(store.db, 'actions'))['deferred'] !== undefined) {
      five.clock.move(60_000);
      await judgement.timely.deferred.look();
      await atRest();
    }

    const named = (list: readonly History[]) =>
      list.map(({ question, expected }) => `${question.subject}: ${expected} wanted`);
    const stale = histories.filter(({ question, expected }) => question.answers() > expected);
    const lost = histories.filter(({ question, expected }) => question.answers() < expected);
    record({
      promise: 'R13',
      deployment,
      run: `${MANY} histories of ${SYSTEMS.length} systems, their ${shuffled.length} deliveries shuffled`,
      counted: `as in order ${MANY - stale.length - lost.length}, on stale state ${stale.length}, lost ${lost.length}`,
      holds: stale.length + lost.length === 0,
      seed: SEED,
    });
    expect(named(stale)).toEqual([]);
    expect(named(lost)).toEqual([]);
  },
);
