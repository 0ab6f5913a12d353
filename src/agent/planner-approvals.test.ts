import { describe, expect, test } from 'vitest';
import { CHANNELS, PEOPLE } from '../../emulators/slack/slack-seed.ts';
import type { SlackMessage } from '../../emulators/slack/slack-state.ts';
import { asked, inSlack, standing, SUBJECT, yes } from '../../test/helpers/approvals.ts';
import { startAsking, TEAM } from '../../test/helpers/asking.ts';
import type { Asking } from '../../test/helpers/asking.ts';
import { decide } from '../actions/approvals/decide.ts';
import { endApproval } from '../actions/approvals/end-approval.ts';

const last = (message: SlackMessage | undefined) => message?.versions.at(-1);
const card = ({ slack }: Asking) =>
  last(slack.messages(CHANNELS.payments).findLast(({ onlyFor }) => onlyFor === null));
const labels = (asking: Asking): string[] => {
  const shown = JSON.stringify(card(asking)?.blocks ?? []);
  return [...shown.matchAll(/"action_id":"pm\.approval\.([a-z]+)"/g)].map(([, word]) => word ?? '');
};
/** What people were told alone, by name. */
const told = ({ slack }: Asking): [string | null, string][] =>
  slack.state.messages
    .filter(({ onlyFor }) => onlyFor !== null)
    .map((one) => [one.onlyFor, last(one)?.text ?? '']);

describe('the card', () => {
  test('shows exactly what would be done, why, the rule, and until when in the zone of its readers', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock, {
      text: `Add the label.${'\n'.repeat(100)}(and close it)`,
    });

    await asking.pass(approval);

    const text = card(asking)?.text ?? '';
    expect(text.split('\n')).toEqual([
      'Please decide: jira.add-comment',
      '',
      'Exactly this would be done:',
      'jira.add-comment',
      'on jira:issue:ECD-12',
      'issue: ECD-12',
      'text:',
      '  | Add the label.',
      '  (99 blank lines)',
      '  | (and close it)',
      '',
      'Why: The pull request has waited for nine business hours.',
      'Asked by the rule: autonomy: comments of this kind need a person',
      'Until Mon 2 Mar, 19:00 (Europe/Berlin); after that it is not done.',
    ]);
    expect(labels(asking)).toEqual(['accept', 'edit', 'decline']);
  });

  test('is posted once, whatever wakes the mailbox again', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);

    await asking.pass(approval);
    const again = await asking.pass(approval);

    expect(again.actions).toEqual([]);
    expect(asking.slack.messages(CHANNELS.payments)).toHaveLength(1);
  });

  test('that cannot show all of it cannot be approved on', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock, { text: 'word '.repeat(700) });

    await asking.pass(approval);

    expect(labels(asking)).toEqual(['decline']);
    expect(card(asking)?.text).toContain(`pm-agent approve show ${approval.id}`);
    expect((card(asking)?.text ?? '').length).toBeLessThan(4000);
  });

  test('goes to each approver alone, in their own zone, where no channel is named', async () => {
    const asking = await startAsking({ channels: {} });
    const { approval } = await asked(asking.store, asking.clock, { excluded: [TEAM.tom.id] });

    const { actions } = await asking.pass(approval);

    expect(actions.map(({ operation, input }) => [operation, input['user']])).toEqual([
      ['slack.send-direct', PEOPLE.mia],
      ['slack.send-direct', PEOPLE.ines],
    ]);
    expect(actions[1]?.input['text']).toContain('19:00 (Africa/Lagos)');
  });

  test('about a conversation is shown to approvers alone', async () => {
    const asking = await startAsking();
    const about = `slack:thread:${CHANNELS.leads}:1700000000.000100`;
    const { approval } = await asked(asking.store, asking.clock, { about });

    const { actions } = await asking.plan(approval);

    expect(new Set(actions.map(({ operation }) => operation))).toEqual(
      new Set(['slack.send-direct']),
    );
  });
});

describe('a press', () => {
  test('by an approver counts, also after a restart, and the card says who and when', async () => {
    const asking = await startAsking();
    const { store, clock } = asking;
    const { approval } = await asked(store, clock);
    await asking.pass(approval);
    clock.move(180_000);

    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'accept')]);

    expect((await standing(store, approval)).approval).toMatchObject({
      state: 'accepted',
      decidedBy: 'Mia',
    });
    expect(card(asking)?.text).toContain('Approved by Mia 10:03, working on it');
    expect(labels(asking)).toEqual([]);
    const end = { state: 'executed', note: null, now: clock.now() } as const;
    await store.write((work) => endApproval(work, approval.id, end));
    await asking.pass(approval);
    expect(card(asking)?.text).toContain('Approved by Mia 10:03, done');
    expect(told(asking)).toEqual([]);
  });

  test('that is handled twice gives the same plan and one decision', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);
    await asking.pass(approval);
    const press = await asking.press(PEOPLE.mia, 'accept');

    const first = await asking.plan(approval, [press]);
    const second = await asking.plan(approval, [press]);

    expect(second).toEqual(first);
    expect((await standing(asking.store, approval)).approval.votes).toHaveLength(1);
  });

  test.each([
    ['by somebody who does not approve', PEOPLE.jonas, 'accept', /do not name you/],
    ['by whom it is about', PEOPLE.tom, 'accept', /about you/],
    ['for a form, by whom it is about', PEOPLE.tom, 'decline', /about you/],
  ])('%s changes nothing and is answered privately', async (...row) => {
    const [, user, button, words] = row;
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock, { excluded: [TEAM.tom.id] });
    await asking.pass(approval);

    await asking.pass(approval, [await asking.press(user, button)]);

    expect(told(asking)).toEqual([[user, expect.stringMatching(words)]]);
    expect((await standing(asking.store, approval)).approval.state).toBe('open');
    expect(labels(asking)).toEqual(['accept', 'edit', 'decline']);
  });

  test('that comes late is told privately who was first', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);
    await asking.pass(approval);
    const late = await asking.press(PEOPLE.tom, 'accept');

    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'accept'), late]);

    expect(told(asking)).toEqual([[PEOPLE.tom, 'Too late: Mia approved it at 09:00 UTC.']]);
  });

  test('after the end of its time leaves it undone, and the card says so', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);
    await asking.pass(approval);
    asking.clock.move(10 * 3_600_000);

    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'accept')]);

    expect(card(asking)?.text).toContain('Expired, not done');
    expect(labels(asking)).toEqual([]);
    expect(told(asking)).toEqual([[PEOPLE.mia, 'Too late: expired, not done.']]);
  });

  test('of the same button under another text counts for nothing', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);
    await asking.pass(approval);
    const elements = [{ type: 'button', action_id: 'pm.approval.accept', value: approval.id }];
    const lure = asking.slack.postBlocks(PEOPLE.jonas, CHANNELS.payments, [
      { type: 'actions', elements },
    ]);

    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'accept', lure)]);

    expect((await standing(asking.store, approval)).approval.state).toBe('open');
    expect(told(asking)).toEqual([[PEOPLE.mia, expect.stringContaining('not the card')]]);
  });

  test('of approve on a card that did not show all counts for nothing', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock, { text: 'word '.repeat(700) });
    await asking.pass(approval);
    const press = await asking.press(PEOPLE.mia, 'decline');
    const forged = { ...press, changes: [{ ...press.changes[0]!, field: 'pm.approval.accept' }] };

    await asking.pass(approval, [forged]);

    expect((await standing(asking.store, approval)).approval.state).toBe('open');
  });

  test('of the first of two leaves the card open and names who agreed', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock, { needed: 2 });
    await asking.pass(approval);

    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'accept')]);
    expect(card(asking)?.text).toContain('Mia agreed 10:00\n1 of 2 people still have to agree.');
    expect(labels(asking)).toContain('accept');
    await asking.pass(approval, [await asking.press(PEOPLE.tom, 'accept')]);

    expect(card(asking)?.text).toContain('Approved by Mia and Tom 10:00');
  });

  test('and a word from the command line meet in one decision, and the card follows it', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);
    await asking.pass(approval);
    await decide(asking.parts, {
      ...yes(approval, inSlack(TEAM.tom)),
      answer: 'decline',
      note: 'Ines is on it.',
    });

    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'accept')]);

    expect(card(asking)?.text).toContain('Declined by Tom 10:00: Ines is on it.');
    expect(told(asking)).toEqual([[PEOPLE.mia, 'Too late: Tom declined it at 09:00 UTC.']]);
  });
});

describe('a form', () => {
  test('asks why, and its answer declines with that reason', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);
    await asking.pass(approval);

    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'decline')]);
    await asking.pass(approval, [await asking.submit(PEOPLE.mia, { reason: 'Not today.' })]);

    const now = await standing(asking.store, approval);
    expect([now.approval.state, now.approval.note]).toEqual(['declined', 'Not today.']);
    expect(card(asking)?.text).toContain('Declined by Mia 10:00: Not today.');
  });

  test('edits, and its answer approves exactly what was typed', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);
    await asking.pass(approval);

    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'edit')]);
    const sent = await asking.submit(PEOPLE.mia, { 'text-1': 'Other words.' });
    await asking.pass(approval, [sent]);

    const now = await standing(asking.store, approval);
    expect(now.action.input).toEqual({ issue: 'ECD-12', text: 'Other words.' });
    expect(now.approval.state).toBe('accepted');
    expect(card(asking)?.text).toContain('text: Other words.');
  });

  test('with what does not fit is answered privately', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);
    await asking.pass(approval);
    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'edit')]);

    const sent = await asking.submit(PEOPLE.mia, { 'text-0': 'PRIV-1' });
    await asking.pass(approval, [sent]);

    expect(told(asking)).toEqual([[PEOPLE.mia, expect.stringContaining('may not change')]]);
    expect((await standing(asking.store, approval)).approval.state).toBe('open');
  });

  test('that could not be opened is not the only way', async () => {
    const asking = await startAsking();
    const { approval } = await asked(asking.store, asking.clock);
    await asking.pass(approval);
    const press = await asking.press(PEOPLE.mia, 'decline');
    asking.clock.move(60_000);

    await asking.pass(approval, [press]);
    await asking.pass(approval, [await asking.press(PEOPLE.mia, 'decline')]);

    const way = `pm-agent approve decline ${approval.id}`;
    expect(told(asking)).toEqual([[PEOPLE.mia, expect.stringContaining(way)]]);
  });
});

test('words and reactions approve nothing', async () => {
  const asking = await startAsking();
  const { approval } = await asked(asking.store, asking.clock);
  await asking.pass(approval);
  const reaction = {
    ...(await asking.press(PEOPLE.mia, 'decline')),
    kind: 'reaction.added',
    text: 'white_check_mark',
  };

  const plan = await asking.plan(approval, [
    reaction,
    { ...reaction, kind: 'message.posted', text: 'approve' },
  ]);

  expect(plan.actions).toEqual([]);
  expect((await standing(asking.store, approval)).approval.state).toBe('open');
  expect(approval.subject).toBe(SUBJECT);
});
