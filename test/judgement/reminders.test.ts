import { describe, expect, test } from 'vitest';
import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { SlackMessage } from '../../emulators/slack/slack-state.ts';
import { asFailure } from '../../src/domain/failure.ts';
import type { Program } from '../helpers/five.ts';
import { buttonsOf, latest, lookAtAll, startWorld, TEAM } from './world.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEKS_MS = 14 * DAY_MS;
const LONGEST_MS = 8 * HOUR_MS;

/** Where they live. The clocks of New York go forward on 8 March 2026, in the first of the two weeks. */
const ZONES: Readonly<Record<string, string>> = {
  [SLACK.tom]: 'Europe/Berlin',
  [SLACK.mia]: 'Europe/Berlin',
  [SLACK.ines]: 'America/New_York',
  [SLACK.jonas]: 'Australia/Sydney',
};

/** A review by Tom on GitHub, one by Ines on Bitbucket, and a ticket of Jonas that is stuck. */
async function waiting(world: World) {
  const { github, bitbucket, jira } = world.five;
  const repo = 'acme/payments';
  const pull = { title: 'Tidy the log', branch: 'tidy' };
  const place = `${repo}#${github.openPullRequest(repo, 'ines-okafor', pull)}`;
  github.requestReview(place, 'ines-okafor', 'tom-weber');
  const { id } = bitbucket.createPullRequest('web', BITBUCKET.tom.uuid, {
    title: 'Rounder buttons',
    branch: 'buttons',
    reviewers: [BITBUCKET.ines.uuid],
  });
  jira.assign('ECD-2', TEAM.jonas.jira, TEAM.jonas.jira);
  jira.assign('ECD-1', TEAM.jonas.jira, null);
  jira.transition('ECD-2', TEAM.jonas.jira, 'Blocked');
  await world.settle();
  return { place, id };
}

interface Told {
  readonly person: string;
  readonly at: number;
  readonly text: string;
}

/** Every direct message to a person of the team, as Slack has it. */
function told(world: World): Told[] {
  return Object.keys(ZONES).flatMap((person) =>
    world.directs(person).map((message) => {
      return { person, at: Number(message.ts) * 1000, text: message.versions[0]?.text ?? '' };
    }),
  );
}

/** The wall of a person's zone, told by the runtime and not by our own calendar. */
function wall({ person, at }: Told) {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: ZONES[person],
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  const [day = '', time = ''] = format.format(at).split(', ');
  const weekday = new Date(`${day}T12:00:00Z`).getUTCDay();
  return { day, isWorking: weekday > 0 && weekday < 6 && time >= '09:00' && time < '18:00' };
}

/** Reminders alone: the cards of approvals are no reminders. */
const reminders = (world: World): Told[] =>
  told(world).filter(({ text }) => text.includes('Why this message:'));

function expectPolite(world: World): void {
  const all = reminders(world);
  const days = all.map((one) => `${one.person} ${wall(one).day}`);
  expect(days.filter((day, at) => days.indexOf(day) !== at)).toEqual([]);
  expect(all.filter((one) => !wall(one).isWorking)).toEqual([]);
}

/** Lets time pass, from one thing that is due to the next; programs that share a file look at the same moment. */
async function live(world: World, ms: number, programs: readonly Program[] = [world.program]) {
  const { clock } = world.five;
  const end = clock.now() + ms;
  while (clock.now() < end) {
    const next = await nextDue(world);
    clock.move(Math.min(next, end, clock.now() + LONGEST_MS) - clock.now());
    await Promise.all(programs.map(looking));
    await world.settle();
  }
}

/** When something is due that could be said, put off or ended; sweeps are looked at on the way. */
async function nextDue(world: World): Promise<number> {
  const { db } = world.program.app.store;
  const now = world.five.clock.now();
  const [problems, actions, approvals] = await Promise.all([
    db.selectFrom('problems').select('due_at as at').where('closed_at', 'is', null).execute(),
    db.selectFrom('actions').select('due_at as at').where('state', '=', 'deferred').execute(),
    db.selectFrom('approvals').select('expires_at as at').where('state', '=', 'open').execute(),
  ]);
  const times = [...problems, ...actions, ...approvals].map(({ at }) => at ?? Infinity);
  return Math.min(...times.filter((at) => at > now));
}

/** Another program may hold the file for a moment. */
async function looking(program: Program): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      await lookAtAll(program);
      return;
    } catch (error) {
      if (asFailure(error).kind !== 'store-unavailable') throw error;
    }
  }
  throw new Error('the store could not be had');
}

const toLeaders = (world: World): SlackMessage[] => world.said(CHANNELS.leads);

describe('two weeks of waiting', () => {
  test(
    'one message a day and person in their hours, up the ladder, and to leadership by a word alone',
    { timeout: 90_000 },
    async () => {
      const world = await startWorld();
      await waiting(world);

      await live(world, 3 * DAY_MS + 2 * HOUR_MS);
      await world.restart();
      await live(world, WEEKS_MS - 3 * DAY_MS);
      const asked = (await world.approvals()).filter(
        ({ operation }) => operation === 'slack.post-message',
      );
      const silent = toLeaders(world).length;

      expectPolite(world);
      const of = (person: string) => reminders(world).filter((one) => one.person === person);
      expect(of(SLACK.jonas)).toHaveLength(2);
      expect(of(SLACK.jonas)[0]?.text).toMatch(
        /^ECD-2 .* has been blocked for .*\n?.*browse\/ECD-2/,
      );
      expect(of(SLACK.jonas)[1]?.text).toContain('A way out:');
      // Whose turn it is not hears nothing of it.
      expect(of(SLACK.ines).filter(({ text }) => text.includes('payments#'))).toEqual([]);
      expect(
        of(SLACK.tom).filter(({ text }) => /has waited .* for your review.*web#/.test(text)),
      ).toEqual([]);
      expect(of(SLACK.ines).some(({ text }) => text.includes('web#1'))).toBe(true);
      expect(of(SLACK.tom).some(({ text }) => text.includes('payments#1'))).toBe(true);
      // The tech lead is told of what its owner did not answer.
      expect(
        of(SLACK.tom).some(({ text }) => /ECD-2 .*Jonas Lind was reminded on/.test(text)),
      ).toBe(true);
      expect(silent).toBe(0);
      expect(asked.map(({ state }) => state)).toContain('expired');

      expect(await world.journalHolds()).toBe(true);
    },
  );

  test('two programs on one file still write once a day', { timeout: 90_000 }, async () => {
    const world = await startWorld();
    await waiting(world);
    const twin = await world.another();

    await live(world, WEEKS_MS / 2, [world.program, twin]);

    expectPolite(world);
    expect(reminders(world).length).toBeGreaterThan(3);
    expect(await world.journalHolds()).toBe(true);
  });
});

describe('leadership', () => {
  test('hears of a blocker once, after somebody who may decide has agreed', async () => {
    const world = await startWorld();
    await waiting(world);
    const isAsked = async () =>
      (await world.approvals()).find(
        ({ operation, state }) => operation === 'slack.post-message' && state === 'open',
      );
    for (let steps = 0; steps < 60 && (await isAsked()) === undefined; steps += 1) {
      await live(world, 4 * HOUR_MS);
    }
    const approval = await isAsked();
    const before = toLeaders(world).length;

    const decided = await world.cli('approve', 'accept', approval?.id ?? '', '--as', 'Mia Berg');
    await world.settle();
    await live(world, DAY_MS);

    expect([decided.code, before, toLeaders(world).length]).toEqual([0, 0, 1]);
    const text = latest(toLeaders(world)[0]);
    for (const part of ['ECD-2', 'is blocked for', 'Holds up:', 'Tried:', 'Asked:']) {
      expect(text).toContain(part);
    }
    expect(text).toContain('Jonas Lind was told on 2026-03-');
  });
});

describe('an answer to a reminder', () => {
  async function reminded() {
    const world = await startWorld();
    const { place } = await waiting(world);
    const message = async (person: string): Promise<SlackMessage> => {
      for (let steps = 0; steps < 24 * 5; steps += 1) {
        const [first] = world.directs(person).filter((one) => latest(one).includes('Why this'));
        if (first !== undefined) return first;
        await live(world, HOUR_MS);
      }
      throw new Error('nobody was reminded');
    };
    return { world, place, message };
  }
  const count = (world: World, person: string) =>
    reminders(world).filter((one) => one.person === person).length;

  test('"On it" holds the next one for a business day and is stamped on the message', async () => {
    const { world, message } = await reminded();
    const card = await message(SLACK.tom);
    const buttons = buttonsOf(card);

    world.five.slack.pressButton(SLACK.ines, card, 'pm.reminder.onit');
    await world.settle();
    const foreign = latest(card);
    world.five.slack.pressButton(SLACK.tom, card, 'pm.reminder.onit');
    await world.settle();
    await live(world, 20 * HOUR_MS);

    expect(buttons).toEqual(['pm.reminder.onit', 'pm.reminder.snooze', 'pm.reminder.notforme']);
    expect(foreign).not.toContain('Noted');
    expect(latest(card)).toMatch(/Noted: Tom Weber is on it \(2026-03-03\)/);
    expect(buttonsOf(card)).toEqual([]);
    expect(count(world, SLACK.tom)).toBe(1);
  });

  test('"Snooze to tomorrow" puts it off to the next working day', async () => {
    const { world, message } = await reminded();
    const card = await message(SLACK.tom);

    world.five.slack.pressButton(SLACK.tom, card, 'pm.reminder.snooze');
    await world.settle();
    await live(world, 20 * HOUR_MS);
    const before = count(world, SLACK.tom);
    await live(world, 6 * HOUR_MS);

    expect(latest(card)).toContain('Snoozed by Tom Weber until 2026-03-04.');
    expect([before, count(world, SLACK.tom)]).toEqual([1, 2]);
  });

  test('"Not for me" hands it to the tech lead, who is asked who takes it', async () => {
    const { world, message } = await reminded();
    const card = await message(SLACK.ines);

    world.five.slack.pressButton(SLACK.ines, card, 'pm.reminder.notforme');
    await world.settle();
    const before = count(world, SLACK.ines);
    await live(world, 3 * DAY_MS);

    expect(latest(card)).toContain('Noted: not for Ines Okafor. Tom Weber is asked instead.');
    expect(count(world, SLACK.ines)).toBe(before);
    const handed = reminders(world).filter(
      ({ person, text }) => person === SLACK.tom && text.includes('says it is not for them'),
    );
    expect(handed).not.toEqual([]);
    expectPolite(world);
  });

  test('a thumb up, "on it" in the thread or beside it count as the button does, without a word back', async () => {
    const { world, message } = await reminded();
    const { slack } = world.five;
    const card = await message(SLACK.tom);

    slack.react(SLACK.tom, card, '+1');
    await world.settle();
    const inThread = await message(SLACK.ines);
    slack.reply(SLACK.ines, inThread, 'On it!');
    const beside = await message(SLACK.jonas);
    slack.dm(SLACK.jonas, 'snooze until Friday');
    await world.settle();

    expect(latest(card)).toContain('Noted: Tom Weber is on it');
    expect(latest(inThread)).toContain('Noted: Ines Okafor is on it');
    expect(latest(beside)).toContain('Snoozed by Jonas Lind until 2026-03-06.');
    expect(world.said().filter(({ thread }) => thread !== null)).toEqual([]);
    // Other words in the same place are a question like any other.
    slack.dm(SLACK.tom, 'what is this about?');
    await world.settle();
    expect(world.said().filter(({ thread }) => thread !== null)).toHaveLength(1);
  });

  test('what was done meanwhile is not reminded of at all', async () => {
    const { world, place } = await reminded();

    world.five.github.review(place, { by: 'tom-weber', state: 'approved' });
    await world.settle();
    await live(world, 2 * DAY_MS);

    expect(count(world, SLACK.tom)).toBe(0);
    const kept = (await world.actions()).filter(({ purpose }) => purpose === 'reminder');
    expect(kept.every(({ verdict }) => verdict !== null)).toBe(true);
  });
});
