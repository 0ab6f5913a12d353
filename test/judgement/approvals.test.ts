import { describe, expect, test } from 'vitest';
import { signed } from '../../emulators/slack/slack-habits.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { SlackMessage } from '../../emulators/slack/slack-state.ts';
import { SECRETS } from '../helpers/five.ts';
import { buttonsOf, latest, planOf, startWorld, TEAM } from './world.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOVE = 'please move ECD-2 to In Review';
const IN_REVIEW = '10001';

/** Mia asks on the ticket: the card goes to the channel for approvals. */
async function asked(world: World, words = MOVE) {
  const { jira } = world.five;
  jira.addComment('ECD-2', TEAM.mia.jira, `@pm-agent ${words}`);
  await world.settle();
  return cardIn(world);
}

function cardIn(world: World): SlackMessage {
  const card = world.said(CHANNELS.web).at(-1);
  if (card === undefined) throw new Error('there is no card');
  return card;
}

async function press(world: World, user: string, button: string, card = cardIn(world)) {
  world.five.slack.pressButton(user, card, `pm.approval.${button}`);
  await world.settle();
}

/** The private words that a person was shown, oldest first. */
const whispered = (world: World, user: string): string[] =>
  world.five.slack.state.messages.filter(({ onlyFor }) => onlyFor === user).map(latest);

const statusOf = (world: World, key = 'ECD-2') => world.five.jira.state.issues.get(key)?.status;

/** How often a change of the status was sent to Jira and applied there. */
const moves = (world: World): number =>
  world.five.jira.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/transitions'),
  ).length;

const states = async (world: World) => (await world.approvals()).map(({ state }) => state).sort();

/** Sends the bytes of an interaction once more, signed anew: Slack gives its presses no id of a delivery. */
async function resend(world: World, body: Buffer, now = new Date(world.five.clock.now())) {
  const headers = {
    ...signed(body, SECRETS.slack, now),
    'content-type': 'application/x-www-form-urlencoded',
  };
  const answer = await fetch(`${world.program.app.url}/webhooks/slack`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
  });
  await answer.arrayBuffer();
  await world.settle();
  return answer.status;
}

const pressBody = (world: World): Buffer => {
  const sent = world.five.slack.deliveries.findLast(({ event }) => event === 'block_actions');
  if (sent === undefined) throw new Error('nobody pressed anything');
  return sent.body;
};

describe('a request in Slack', () => {
  test('is asked of the approvers in private, done once by a press, and told on every card', async () => {
    const world = await startWorld();
    const { slack } = world.five;
    const question = slack.postMessage(
      SLACK.ines,
      CHANNELS.payments,
      `<@${slack.bot.user}> ${MOVE}`,
    );
    await world.settle();
    const cards = [world.directs(SLACK.tom)[0]!, world.directs(SLACK.mia)[0]!];
    const before = cards.map(latest);

    slack.pressButton(SLACK.tom, cards[0]!, 'pm.approval.accept');
    await world.settle();

    for (const text of before) {
      expect(text).toContain(
        'jira.transition-issue\non jira:issue:ECD-2\nissue: ECD-2\nto: In Review',
      );
      expect(text).toContain('Why: Ines Okafor asked for it');
    }
    expect(world.directs(SLACK.ines)).toEqual([]);
    expect([statusOf(world), moves(world)]).toEqual([IN_REVIEW, 1]);
    for (const card of cards) {
      expect(latest(card)).toMatch(/^Approved by Tom Weber 10:00, done: http.*\/browse\/ECD-2\n/);
      expect(buttonsOf(card)).toEqual([]);
    }
    expect(world.said(CHANNELS.payments).map(({ thread }) => thread)).toEqual([question.ts]);
    expect(await states(world)).toEqual(['executed']);
    const kinds = (await world.journal()).map(({ kind }) => kind);
    for (const kind of ['approval.asked', 'approval.accepted', 'approval.ended']) {
      expect(kinds.filter((one) => one === kind)).toHaveLength(1);
    }
    expect(await world.journalHolds()).toBe(true);
  });

  test('waits for the hours of an approver who sleeps, and is not asked in simulation at all', async () => {
    const world = await startWorld();
    const { slack } = world.five;
    slack.dm(SLACK.mia, MOVE);
    await world.settle();
    const atNight = world.directs(SLACK.ines).length;
    await world.pass(5 * HOUR_MS);
    const still = await startWorld({ mode: 'simulation' });
    still.five.slack.dm(SLACK.mia, MOVE);
    await still.settle();

    // It is four in the morning in New York when Mia asks, and nine when it is told.
    expect(world.directs(SLACK.tom)).toHaveLength(1);
    expect([atNight, world.directs(SLACK.ines).length]).toEqual([0, 1]);
    expect(await still.approvals()).toEqual([]);
    expect(new Set((await still.actions()).map(({ state }) => state))).toEqual(
      new Set(['simulated']),
    );
    expect([still.five.slack.writes, still.five.jira.writes]).toEqual([0, 0]);
  });
});

describe('a card in the channel for approvals', () => {
  test('counts neither whoever asked nor a guest nor a stranger, and tells them privately', async () => {
    const world = await startWorld();
    const card = await asked(world);

    await press(world, SLACK.mia, 'accept');
    await press(world, SLACK.jonas, 'accept');
    await press(world, 'U0STRANGER', 'accept');
    await press(world, SLACK.mia, 'decline');

    expect(whispered(world, SLACK.mia)).toEqual([
      'Not counted. You asked for it yourself: somebody else has to decide.',
      'Not counted. You asked for it yourself: somebody else has to decide.',
    ]);
    expect(whispered(world, SLACK.jonas)).toEqual([
      'Not counted. The directives do not name you among those who approve.',
    ]);
    expect([await states(world), moves(world)]).toEqual([['open'], 0]);
    expect(buttonsOf(card)).toContain('pm.approval.accept');

    await press(world, SLACK.tom, 'accept');

    expect([await states(world), moves(world)]).toEqual([['executed'], 1]);
  });

  test('is pressed a hundred times while HTTP and the command line decide too: done once', async () => {
    const world = await startWorld();
    const card = await asked(world);
    const [approval] = await world.approvals();
    const decision = `/api/approvals/${approval!.id}/decision`;

    for (let at = 0; at < 100; at += 1) {
      const user = at % 2 === 0 ? SLACK.tom : SLACK.ines;
      world.five.slack.pressButton(user, card, 'pm.approval.accept');
    }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world.post(decision, { answer: 'accept', as: 'Tom Weber' })),
    );
    await world.settle();
    const late = await world.cli('approve', 'accept', approval!.id);

    expect(answers.filter(({ status }) => status === 200).length).toBeLessThan(2);
    expect(late.code).toBe(1);
    expect([statusOf(world), moves(world), await states(world)]).toEqual([
      IN_REVIEW,
      1,
      ['executed'],
    ]);
    const accepted = (await world.journal()).filter(({ kind }) => kind === 'approval.accepted');
    expect(accepted).toHaveLength(1);
    const done = (await world.actions()).filter(
      ({ operation }) => operation === 'jira.transition-issue',
    );
    expect(done.map(({ state }) => state)).toEqual(['done']);
  });

  test('is not pressed again by the same bytes, whether they come the same or signed anew', async () => {
    const world = await startWorld();
    await asked(world);
    await press(world, SLACK.tom, 'accept');
    world.five.jira.transition('ECD-2', TEAM.tom.jira, 'To Do');
    await world.settle();
    const body = pressBody(world);
    const told = world.said().length;

    const statuses = [
      await resend(world, body),
      await resend(world, body, new Date(world.five.clock.now() + 1_000)),
    ];
    const old = await resend(world, body, new Date(world.five.clock.now() - 10 * 60_000));

    expect([...statuses, old]).toEqual([200, 200, 401]);
    expect([moves(world), await states(world)]).toEqual([1, ['executed']]);
    expect(world.said()).toHaveLength(told);
    expect(await world.journalHolds()).toBe(true);
  });

  test('says "expired, not done" after its time, and a late press does nothing', async () => {
    const world = await startWorld();
    const card = await asked(world);
    world.five.clock.move(2 * DAY_MS);

    await press(world, SLACK.tom, 'accept');
    await world.pass(0);

    expect(whispered(world, SLACK.tom)).toEqual(['Too late: expired, not done.']);
    expect([await states(world), moves(world)]).toEqual([['expired'], 0]);
    expect(latest(card)).toMatch(/^Expired, not done\n/);
    expect(buttonsOf(card)).toEqual([]);
  });

  test('is worked after a restart between the card and the press', async () => {
    const world = await startWorld();
    const card = await asked(world);

    await world.restart();
    await press(world, SLACK.tom, 'accept', card);

    expect([statusOf(world), moves(world), await states(world)]).toEqual([
      IN_REVIEW,
      1,
      ['executed'],
    ]);
    expect(latest(card)).toContain('Approved by Tom Weber');
  });

  test('is asked anew when the ticket has moved since, and says so', async () => {
    const world = await startWorld();
    const card = await asked(world);
    world.five.jira.transition('ECD-2', TEAM.tom.jira, 'In Progress');
    await world.settle();

    await press(world, SLACK.tom, 'accept', card);
    const anew = cardIn(world);

    expect([moves(world), statusOf(world)]).toEqual([0, '3']);
    expect(await states(world)).toEqual(['changed', 'open']);
    expect(latest(card)).toMatch(/^Changed since, asked again: the target changed since: To Do/);
    expect(anew.ts).not.toBe(card.ts);
    expect(latest(anew)).toMatch(/^Please decide: jira.transition-issue/);

    await press(world, SLACK.tom, 'accept', anew);

    expect([moves(world), statusOf(world)]).toEqual([1, IN_REVIEW]);
    expect(await states(world)).toEqual(['changed', 'executed']);
  });

  test('of a kind for two needs two different people', async () => {
    const world = await startWorld({
      directives: { 'two_person: []': 'two_person: [jira.transition-issue]' },
    });
    const card = await asked(world);

    await press(world, SLACK.tom, 'accept');
    world.five.clock.move(60_000);
    await press(world, SLACK.tom, 'accept');
    const between = moves(world);

    expect(whispered(world, SLACK.tom)).toEqual([
      'Not counted. You have agreed already: a second person has to.',
    ]);
    expect(between).toBe(0);
    expect(latest(card)).toContain('Tom Weber agreed 10:00\n1 of 2 people still have to agree.');

    await press(world, SLACK.ines, 'accept');

    expect([moves(world), await states(world)]).toEqual([1, ['executed']]);
    expect(latest(card)).toMatch(/^Approved by Tom Weber and Ines Okafor/);
  });

  test('does nothing while the agent is paused, and its deed once afterwards', async () => {
    const world = await startWorld();
    const card = await asked(world);
    const [approval] = await world.approvals();
    await world.cli('pause');

    await world.cli('approve', 'accept', approval!.id, '--as', 'Tom Weber');
    await world.settle();
    const held = (await world.actions()).find(({ id }) => id === approval!.action);
    const during = [moves(world), held?.state, held?.verdict?.rule];
    await world.restart();
    await world.pass(HOUR_MS);
    const later = moves(world);
    const resumed = await world.cli('resume');
    await world.pass(0);

    expect(during).toEqual([0, 'deferred', 'paused']);
    expect(later).toBe(0);
    expect(resumed.code).toBe(0);
    expect([moves(world), statusOf(world), await states(world)]).toEqual([
      1,
      IN_REVIEW,
      ['executed'],
    ]);
    expect(latest(card)).toMatch(/^Approved by Tom Weber.*done/);
  });
});

describe('what is approved', () => {
  const ASKS = { PM_AGENT_OPERATION_MODES: 'jira.add-comment:ask' };

  test('is exactly the bytes on the card, also after they were edited in the form', async () => {
    const world = await startWorld({ env: ASKS });
    const card = await asked(world, 'how does it stand?');
    await press(world, SLACK.tom, 'edit');
    const words = 'Tomas Lind works on it.\nMore on Friday.';

    world.five.slack.submitForm(SLACK.tom, { 'text-0': 'ECD-2', 'text-1': words });
    await world.settle();
    const [approval] = await world.approvals();
    const [action] = (await world.actions()).filter(({ id }) => id === approval!.action);

    expect(world.onTicket('ECD-2')).toEqual([words]);
    expect(action).toMatchObject({ state: 'done', digest: approval!.digest });
    expect(action?.input['text']).toBe(words);
    expect(latest(card)).toContain('text:\n  | Tomas Lind works on it.\n  | More on Friday.');
    expect(latest(card)).toMatch(/^Approved by Tom Weber 10:00, done/);
  });

  test('cannot be turned to another ticket by the form', async () => {
    const world = await startWorld({ env: ASKS });
    await asked(world, 'how does it stand?');
    await press(world, SLACK.tom, 'edit');

    world.five.slack.submitForm(SLACK.tom, { 'text-0': 'ECD-1', 'text-1': 'Hello.' });
    await world.settle();

    expect([...world.onTicket('ECD-1'), ...world.onTicket('ECD-2')]).toEqual([]);
    expect(whispered(world, SLACK.tom)[0]).toContain('An edit may not change what it is about.');
    expect(await states(world)).toEqual(['open']);
  });

  test('is none of its look-alikes: another card, another action, other bytes in the store', async () => {
    const world = await startWorld({ env: ASKS });
    const first = await asked(world, 'how does it stand?');
    world.five.clock.move(60_000);
    const second = await asked(world, 'and how does it stand now?');
    const [newer, older] = await world.approvals();
    await press(world, SLACK.tom, 'decline', first);
    const body = pressBody(world).toString();
    const swap = (from: string, to: string) =>
      Buffer.from(body.replaceAll(encodeURIComponent(from), encodeURIComponent(to)));

    // A button of one card that speaks of the other, as somebody might have laid it under a text of their own.
    const forged = swap(older!.id, newer!.id).toString().replaceAll('decline', 'accept');
    await resend(world, Buffer.from(forged));
    const afterForgery = await states(world);
    // The same first words under the same id, other bytes behind them.
    const text = `${String((await world.actions()).find(({ id }) => id === newer!.action)?.input['text'])} `;
    await world.program.app.store.db
      .updateTable('actions')
      .set({ input: JSON.stringify({ issue: 'ECD-2', text }) })
      .where('id', '=', newer!.action)
      .execute();
    await press(world, SLACK.tom, 'accept', second);

    expect(afterForgery).toEqual(['open', 'open']);
    expect(whispered(world, SLACK.tom)[0]).toContain('this is not the card that asks');
    expect(world.onTicket('ECD-2')).toEqual([]);
    expect(await states(world)).toEqual(['changed', 'open']);

    await press(world, SLACK.tom, 'accept', first);

    expect(world.onTicket('ECD-2')).toHaveLength(1);
  });

  test('is not done when it is declined, and the reason is in the next prompt', async () => {
    const world = await startWorld({
      env: ASKS,
      model: (prompt) =>
        prompt.includes('does it stand?')
          ? planOf(['jira.add-comment', { issue: 'ECD-2', text: 'It is in To Do.' }])
          : planOf(),
    });
    const card = await asked(world, 'how does it stand?');
    await press(world, SLACK.tom, 'decline');
    const why = 'Say who has it, and link the receipt story.';

    world.five.slack.submitForm(SLACK.tom, { reason: why });
    await world.settle();
    const before = world.model!.requests.length;
    await asked(world, 'once more: how does it stand?');

    expect(world.onTicket('ECD-2')).toEqual([]);
    expect(latest(card)).toMatch(`Declined by Tom Weber 10:00: ${why}`);
    expect(await states(world)).toEqual(['declined', 'open']);
    const later = world.model!.requests.slice(before).map((one) => JSON.stringify(one.messages));
    expect(later.length).toBeGreaterThan(0);
    expect(later.every((prompt) => prompt.includes(why))).toBe(true);
  });

  test('is not done when the words that it answers were edited or deleted meanwhile', async () => {
    const world = await startWorld({ env: ASKS });
    const { jira } = world.five;
    const words = '@pm-agent how does it stand?';
    const [edited, deleted] = ['ECD-1', 'ECD-2'].map((key) =>
      jira.addComment(key, TEAM.mia.jira, words),
    );
    await world.settle();
    const cards = world.said(CHANNELS.web);
    world.five.clock.move(60_000);

    jira.editComment(edited!.id, TEAM.mia.jira, 'never mind');
    jira.deleteComment(deleted!.id);
    await world.settle();
    for (const card of cards) await press(world, SLACK.tom, 'accept', card);

    expect(cards).toHaveLength(2);
    expect([...world.onTicket('ECD-1'), ...world.onTicket('ECD-2')]).toEqual([]);
    expect(await states(world)).toEqual(['failed', 'failed']);
    for (const card of cards) {
      expect(latest(card)).toContain('but it failed: what it answers is gone or was said anew');
    }
  });

  test('may be decided from the command line, and allowed for a while', async () => {
    const world = await startWorld({ env: ASKS });
    await asked(world, 'how does it stand?');
    const [approval] = await world.approvals();

    const shown = await world.cli('approve', 'show', approval!.id);
    const none = await world.cli('approve', 'decline', approval!.id);
    const done = await world.cli('approve', 'accept', approval!.id, '--allow-for', '2h');
    await world.settle();
    const listed = await world.cli('approve', 'list');

    expect(shown.out).toContain('jira.add-comment\non jira:issue:ECD-2');
    expect([none.code === 0, done.code]).toEqual([false, 0]);
    expect(listed.out).toContain('Nothing waits for a person.');
    expect(world.onTicket('ECD-2')).toHaveLength(1);
  });
});
