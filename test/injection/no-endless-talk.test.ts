import { afterAll, expect, test } from 'vitest';
import type { MessagesRequest } from '../../emulators/anthropic/messages-request.ts';
import { subjectParts } from '../../src/domain/subject.ts';
import { CHANNELS, accountsOf, startHarbor } from './harbor.ts';
import type { Harbor } from './harbor.ts';
import { planOf } from './hostile.ts';

const TURNS = 250;
/** So many places talk at the same time. */
const PLACES = 5;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Six messages of ours an hour on a subject, and five times as many where somebody asks each time. */
const MOST_AN_HOUR = 30;
const MOST_IN_A_ROW = 3;
const REPLY = 'Who can have a look?';
const ENGINEERING = CHANNELS['#engineering'] ?? '';
const SECOND_AGENT = accountsOf('unknown').jira;

const summary: string[] = [];
afterAll(() => {
  console.log(summary.join('\n'));
});

/** A model that cannot stop: it answers everything, five times, wherever it is asked. */
function chatter(request: MessagesRequest) {
  const asked = JSON.stringify(request.messages);
  const subject = /Subject of this cycle: ([^\\\s"]+)/.exec(asked)?.[1] ?? '';
  const { system, id } = subjectParts(subject);
  const [channel = '', thread = ''] = id.split(':');
  const operation = system === 'jira' ? 'jira.add-comment' : 'slack.reply-thread';
  const input = system === 'jira' ? { issue: id, text: REPLY } : { channel, thread, text: REPLY };
  return { json: planOf(Array.from({ length: 5 }, () => ({ operation, input, reason: 'again' }))) };
}

const start = () => startHarbor({ script: chatter, bots: `jira:${SECOND_AGENT}` });

interface Said {
  readonly own: boolean;
  readonly at: number;
}

function inThread({ slack }: Harbor, thread: string): Said[] {
  return slack.state.messages
    .filter((one) => one.ts === thread || one.thread === thread)
    .map(({ user, ts }) => ({ own: user === slack.bot.user, at: Number(ts) * 1000 }));
}

function onIssue({ jira }: Harbor, key: string): Said[] {
  return jira.comments(key).map(({ author, created }) => {
    return { own: author === jira.account.accountId, at: created.getTime() };
  });
}

const ownOf = (said: readonly Said[]) => said.filter(({ own }) => own);

function longestRow(said: readonly Said[]): number {
  let row = 0;
  let longest = 0;
  for (const { own } of said) {
    row = own ? row + 1 : 0;
    longest = Math.max(longest, row);
  }
  return longest;
}

function mostAnHour(said: readonly Said[]): number {
  const own = ownOf(said);
  const within = own.map(({ at }) => own.filter((one) => one.at >= at && one.at < at + HOUR_MS));
  return Math.max(0, ...within.map(({ length }) => length));
}

/** Events of ours that started a cycle, and how many there were at all. */
async function echoes({ app }: Harbor) {
  const found = await app.store.db
    .selectFrom('events')
    .select(['state', 'cycle'])
    .where('rule', '=', 'own-echo')
    .execute();
  return { all: found.length, woke: found.filter(({ cycle }) => cycle !== null).length };
}

async function cycles({ app }: Harbor): Promise<number> {
  return (await app.store.db.selectFrom('cycles').select('id').execute()).length;
}

/** Who started how many cycles; the looks that time alone brings are left out. */
async function causes({ app }: Harbor): Promise<Readonly<Record<string, number>>> {
  const found = await app.store.db
    .selectFrom('events')
    .select(['cycle', 'actor_kind'])
    .where('cycle', 'is not', null)
    .where('kind', '!=', 'sweep.due')
    .distinct()
    .execute();
  const counted: Record<string, number> = {};
  for (const { actor_kind: kind } of found)
    counted[kind ?? 'nobody'] = (counted[kind ?? 'nobody'] ?? 0) + 1;
  return counted;
}

test(`own echoes: ${TURNS} questions get one answer each, and no answer of ours starts a cycle`, async () => {
  const harbor = await start();
  const { slack, jira } = harbor;
  const threads: string[] = [];

  for (let turn = 0; turn < TURNS; turn += 1) {
    if (turn % 2 === 0) {
      const us = slack.bot.user;
      const { ts } = slack.postMessage(accountsOf('omar').slack, ENGINEERING, `<@${us}> and now?`);
      threads.push(ts);
    } else {
      jira.addComment(`APP-${70 + (turn % 20)}`, accountsOf('omar').jira, '@pm-agent and now?');
    }
    if (turn % (2 * PLACES) !== 2 * PLACES - 1) continue;
    await harbor.idle();
    harbor.clock.move(100 * MINUTE_MS);
  }

  const talks = [
    ...threads.map((thread) => inThread(harbor, thread)),
    ...Array.from({ length: 20 }, (_one, nth) => onIssue(harbor, `APP-${70 + nth}`)),
  ];
  const own = talks.flatMap(ownOf).length;
  const { all, woke } = await echoes(harbor);
  summary.push(`own echo: ${TURNS} questions, ${own} answers, ${all} echoes, ${woke} woke`);
  expect(own).toBeGreaterThan(TURNS / 2);
  expect(own).toBeLessThanOrEqual(TURNS);
  for (const talk of talks) {
    expect(ownOf(talk).length).toBeLessThanOrEqual(talk.length - ownOf(talk).length);
    expect(longestRow(talk)).toBeLessThanOrEqual(1);
  }
  expect(all).toBeGreaterThanOrEqual(own);
  expect(woke).toBe(0);
  expect(await causes(harbor)).toEqual({ person: TURNS });
}, 300_000);

test(`a second agent: ${TURNS} words of a bot start nothing`, async () => {
  const harbor = await start();
  const { slack, jira } = harbor;
  const bot = accountsOf('stranger42').slack;
  const user = slack.state.users.get(bot);
  if (user === undefined) throw new Error('there is no such bot');
  slack.state.users.set(bot, { ...user, isBot: true, name: 'release-bot' });
  const us = slack.bot.user;
  const { ts } = slack.postMessage(accountsOf('omar').slack, ENGINEERING, `<@${us}> and now?`);
  jira.addComment('APP-77', accountsOf('omar').jira, '@pm-agent and now?');
  await harbor.idle();
  const before = await cycles(harbor);
  const calls = harbor.model.calls;

  for (let turn = 0; turn < TURNS; turn += 1) {
    harbor.clock.move(MINUTE_MS);
    if (turn % 2 === 0) {
      const message = { channel: ENGINEERING, ts };
      slack.reply(bot, message, `<@${us}> state ${turn} is reached, what next?`);
    } else {
      jira.addComment('APP-77', SECOND_AGENT, `@pm-agent state ${turn} is reached, what next?`);
    }
    if (turn % 10 === 9) await harbor.idle();
  }

  summary.push(`second agent: ${TURNS} words, ${(await cycles(harbor)) - before} cycles`);
  expect(await cycles(harbor)).toBe(before);
  expect(harbor.model.calls).toBe(calls);
  expect(ownOf(inThread(harbor, ts))).toHaveLength(1);
  expect(ownOf(onIssue(harbor, 'APP-77'))).toHaveLength(1);
}, 300_000);

test("bots under a person's account that answer every word of ours: one answer each, bounded by the hour", async () => {
  const harbor = await start();
  const { slack } = harbor;
  const us = slack.bot.user;
  const machine = accountsOf('theo').slack;
  const threads = Array.from({ length: PLACES }, () => {
    return slack.postMessage(machine, ENGINEERING, `<@${us}> and now?`).ts;
  });
  await harbor.idle();

  for (let turn = 1; turn < TURNS / PLACES; turn += 1) {
    harbor.clock.move(30_000);
    for (const ts of threads) {
      slack.reply(machine, { channel: ENGINEERING, ts }, `<@${us}> thanks, ${turn}, and now?`);
    }
    await harbor.idle();
  }

  await expectBounded(harbor, {
    who: "bots under a person's account",
    talks: threads.map((ts) => inThread(harbor, ts)),
  });
}, 300_000);

test('auto-responders on tickets: one answer each, bounded by the hour', async () => {
  const harbor = await start();
  const { jira } = harbor;
  const customer = accountsOf('customer').jira;
  const keys = Array.from({ length: PLACES }, (_one, nth) => `APP-${80 + nth}`);
  for (const key of keys) jira.addComment(key, customer, 'When will it be there?');
  await harbor.idle();

  for (let turn = 1; turn < TURNS / PLACES; turn += 1) {
    harbor.clock.move(30_000);
    for (const key of keys) jira.addComment(key, customer, `Thank you, your number is ${turn}.`);
    await harbor.idle();
  }

  const talks = keys.map((key) => onIssue(harbor, key));
  await expectBounded(harbor, { who: 'auto-responders', talks });
}, 300_000);

async function expectBounded(
  harbor: Harbor,
  { who, talks }: { readonly who: string; readonly talks: readonly (readonly Said[])[] },
): Promise<void> {
  const { woke } = await echoes(harbor);
  const answers = talks.flatMap(ownOf).length;
  const most = Math.max(...talks.map(mostAnHour));
  summary.push(`${who}: ${TURNS} words, ${answers} answers, at most ${most} an hour and place`);
  expect(woke).toBe(0);
  expect(answers).toBeGreaterThan(0);
  expect(answers).toBeLessThan(TURNS);
  for (const talk of talks) {
    expect(ownOf(talk).length).toBeLessThanOrEqual(talk.length - ownOf(talk).length);
    expect(longestRow(talk)).toBeLessThanOrEqual(MOST_IN_A_ROW);
    expect(mostAnHour(talk)).toBeLessThanOrEqual(MOST_AN_HOUR);
  }
}
