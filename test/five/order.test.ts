import { countByState } from '../../src/store/counts.ts';
import { expect, test } from 'vitest';
import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import { startWebhookReceiver } from '../../emulators/http/start-webhook-receiver.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import { seededRandom } from '../helpers/random.ts';
import { SECRETS, startFive, startProgram, SYSTEMS } from '../helpers/five.ts';
import type { Five, System } from '../helpers/five.ts';

const SEED = Number(process.env['PM_AGENT_SEED'] ?? 20_260_302);
const MANY = 1_000;
const MIA = '712020:mia-0001';
const QUESTION = '@pm-agent how does it stand?';

/** The life of one message: said, perhaps said anew, perhaps taken back; and how many answers it may get at the end. */
interface History {
  readonly system: System;
  readonly answers: () => number;
  readonly expected: 0 | 1;
}

type Life = (
  five: Five,
  number: number,
) => Omit<History, 'expected' | 'system'> & {
  readonly edit: (text: string) => void;
  readonly remove: () => void;
};

const LIVES: Readonly<Record<System, Life>> = {
  jira: ({ jira }, number) => {
    const key = `ECD-${1000 + number}`;
    jira.seed({ issues: [{ key, summary: 'One of many' }] });
    const { id } = jira.addComment(key, MIA, QUESTION);
    return {
      edit: (text) => jira.editComment(id, MIA, text),
      remove: () => jira.deleteComment(id),
      answers: () =>
        jira.comments(key).filter((one) => one.author === jira.account.accountId).length,
    };
  },
  bitbucket: ({ bitbucket }, number) => {
    const by = BITBUCKET.mia.uuid;
    const wanted = { title: `Part ${number}`, branch: `part-${number}` };
    const { id } = bitbucket.createPullRequest('web', by, wanted);
    const on = { repo: 'web', id, by };
    const comment = bitbucket.addComment(on, QUESTION).id;
    return {
      edit: (text) => bitbucket.editComment(on, comment, text),
      remove: () => bitbucket.deleteComment(on, comment),
      answers: () => bitbucket.comments('web', id).filter((one) => one.author !== by).length,
    };
  },
  github: ({ github }, number) => {
    const repo = 'acme/payments';
    const place = `${repo}#${github.openIssue(repo, 'mia-berg', { title: `Part ${number}` })}`;
    const { id } = github.addComment(place, 'mia-berg', QUESTION);
    return {
      edit: (body) => github.editComment(repo, { id, by: 'mia-berg', body }),
      remove: () => github.deleteComment(repo, { id, by: 'mia-berg' }),
      answers: () => github.comments(place).filter((one) => one.author !== 'mia-berg').length,
    };
  },
  slack: ({ slack }) => {
    const message = slack.postMessage(
      SLACK.mia,
      CHANNELS.payments,
      `<@${slack.bot.user}> ${QUESTION}`,
    );
    return {
      edit: (text) => slack.editMessage(SLACK.mia, message, `<@${slack.bot.user}> ${text}`),
      remove: () => slack.deleteMessage(message),
      answers: () =>
        slack
          .messages(CHANNELS.payments)
          .filter((one) => one.user === slack.bot.user && one.thread === message.ts).length,
    };
  },
  sentry: ({ sentry }, number) => {
    const { id } = sentry.captureError('web', { title: `TypeError: part ${number}` }).row;
    const comment = sentry.comment(id, '101', QUESTION).id;
    return {
      edit: (text) => sentry.editComment(comment, text),
      remove: () => sentry.deleteComment(comment),
      answers: () => sentry.comments(id).filter((one) => one.user !== '101').length,
    };
  },
};

/** R13: what was said, said anew and taken back arrives in any order. */
test(
  `${MANY} histories in any order end as they would in order, and nothing is done on stale state`,
  { timeout: 240_000 },
  async () => {
    console.info(`seed of the histories: ${SEED} (PM_AGENT_SEED=${SEED} repeats them)`);
    const random = seededRandom(SEED);
    const five = await startFive();
    await using sink = await startWebhookReceiver();
    for (const system of SYSTEMS)
      five[system].aimWebhook({ url: sink.url, secret: SECRETS[system] });

    const histories: History[] = [];
    for (let number = 0; number < MANY; number += 1) {
      const system = SYSTEMS[number % SYSTEMS.length] ?? 'jira';
      five.clock.move(2_000);
      const life = LIVES[system](five, number);
      const dice = random();
      five.clock.move(2_000);
      if (dice < 0.5) life.edit(`${QUESTION} It is urgent.`);
      five.clock.move(2_000);
      if (dice < 0.25) life.remove();
      histories.push({ system, answers: life.answers, expected: dice < 0.25 ? 0 : 1 });
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

    const program = await startProgram(five, { push: true, poll: true, mode: 'production' });
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

    const stale = histories.filter(({ answers, expected }) => answers() > expected);
    const lost = histories.filter(({ answers, expected }) => answers() < expected);
    const of = (list: readonly History[]) =>
      Object.fromEntries(
        SYSTEMS.map((system) => [system, list.filter((one) => one.system === system).length]),
      );
    console.info(
      `${shuffled.length} deliveries; stale ${JSON.stringify(of(stale))}, lost ${JSON.stringify(of(lost))}`,
    );
    expect(of(stale)).toEqual(of([]));
    expect(of(lost)).toEqual(of([]));
  },
);
