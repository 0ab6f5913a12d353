import { expect, test } from 'vitest';
import { account, issue, LIMITS, officeHours, pullRequest } from '../../test/helpers/situations.ts';
import { directives, member, press, stewardWorld } from '../../test/helpers/steward-world.ts';
import type { ProjectEvent } from '../domain/event.ts';
import { personSubject } from '../domain/own-subjects.ts';
import type { ErrorSituation, IssueSituation, PullRequestSituation } from '../domain/situation.ts';
import type { Constitution } from '../domain/constitution.ts';
import { actionsOfSubject, addActions } from '../store/actions.ts';
import { problemsOfItem, problemsOfPerson } from '../store/problems.ts';
import { iso } from '../lib/clock.ts';

const MIA = member('Mia');
const TOM = member('Tom');
const INES = member('Ines', { role: 'tech-lead' });
const TEAM = directives([MIA, TOM, INES]);
// A Tuesday, ten in the morning in Berlin.
const START = '2025-06-10T08:00:00Z';
const MAILBOX = personSubject(TOM.id) ?? '';
const LINK = 'https://github.example/acme/web/pull/512';

const jira = (name: string) => ({ ...account(name), system: 'jira' });
const begin = (constitution: Constitution = TEAM, start = START) =>
  stewardWorld(constitution, { start });

/** A pull request that waits for Tom since an hour before the start: due at five in the afternoon. */
function awaited(given: Partial<PullRequestSituation> = {}): PullRequestSituation {
  return pullRequest({
    name: 'web#512',
    title: 'Round the totals',
    url: LINK,
    author: account('Mia'),
    lines: 112,
    requests: [{ reviewer: account('Tom'), at: '2025-06-10T07:00:00Z' }],
    ...given,
  });
}

/** A ticket of Mia's that is flagged since the start: due the next day at ten. */
function stuck(given: Partial<IssueSituation> = {}): IssueSituation {
  const by = jira('Mia');
  return issue({
    name: 'ECD-12',
    url: 'https://jira.example/browse/ECD-12',
    assignee: by,
    createdAt: '2025-06-09T08:00:00Z',
    flagged: true,
    changes: [{ at: START, by, field: 'flag', from: null, to: 'Impediment' }],
    blocks: [{ subject: 'jira:issue:ECD-13', done: false }],
    ...given,
  });
}

test('a review that is due is one short message: what and why now, the ask, the link, three buttons', async () => {
  const world = await begin();
  await world.put(awaited());

  await world.runUntil('2025-06-10T14:59:00Z');
  expect(world.sent).toEqual([]);
  await world.runUntil('2025-06-10T15:30:00Z');

  expect(world.sent).toHaveLength(1);
  const [{ operation, input, text }] = [world.sent[0]!];
  expect(operation).toBe('slack.send-direct');
  expect(input['user']).toBe('UTOM');
  expect(text).toBe(
    [
      'PR web#512 "Round the totals" has waited 8 business hours for your review (112 lines, checks passing). Review it, or hand it on?',
      LINK,
      '',
      'Why this message: it waits for you, and you hear of it once a day at most. Reply "on it", "snooze until Friday" or "not for me".',
    ].join('\n'),
  );
  const [problem] = await problemsOfPerson(world.store.db, TOM.id);
  expect(problem).toMatchObject({ step: 1, steppedAt: world.sent[0]?.at });
  expect(input['buttons']).toMatchObject(
    ['onit', 'snooze', 'notforme'].map((word) => ({
      id: `pm.reminder.${word}`,
      value: `${TOM.id}|${problem?.id ?? ''}`,
    })),
  );
});

test('what is due at one time is one message, most urgent first, at most five lines', async () => {
  const world = await begin();
  for (let n = 1; n <= 7; n += 1) {
    const subject = `github:pull-request:acme/web#${n}`;
    await world.put(awaited({ subject, name: `web#${n}`, critical: n === 7 }));
  }
  await world.runUntil('2025-06-10T15:30:00Z');

  const toTom = world.sent.filter(({ person }) => person === TOM.id);
  expect(toTom).toHaveLength(1);
  const lines = toTom[0]?.text.split('\n') ?? [];
  expect(lines[0]).toBe('7 things wait for you:');
  expect(lines.filter((line) => /^\d\. /.test(line))).toHaveLength(5);
  expect(lines).toContain('and 2 more');
  const left = world.thoughts.at(-1)?.thought.withheld ?? [];
  expect(left.filter(({ reason }) => reason === 'bundle')).toHaveLength(2);
  expect(left[0]?.until).toBe('2025-06-11T07:00:00.000Z');
});

test('the item is read anew: what was reviewed meanwhile is not said, and the silence has its reason', async () => {
  const world = await begin();
  const item = awaited();
  await world.put(item);
  const by = account('Tom');

  await world.runUntil('2025-06-10T14:50:00Z');
  world.items.set(item.subject, { ...item, reviews: [{ at: START, by, verdict: 'approved' }] });
  await world.runUntil('2025-06-10T15:30:00Z');

  expect(world.sent).toEqual([]);
  expect(world.thoughts.flatMap(({ thought }) => thought.withheld ?? [])).toMatchObject([
    {
      operation: 'slack.send-direct',
      rule: 'reminders',
      reason: 'not_waiting_on_person',
      until: null,
    },
  ]);
  expect(await problemsOfItem(world.store.db, item.subject)).toEqual([]);
});

test.each([
  ['merged', 'resolved', { state: 'merged', mergedAt: START }],
  ['a draft again', 'not_waiting_on_person', { draft: true }],
] as const)('nobody is reminded of what is %s by now', async (_what, reason, change) => {
  const world = await begin();
  const item = awaited();
  await world.put(item);

  await world.runUntil('2025-06-10T14:50:00Z');
  world.items.set(item.subject, { ...item, ...change });
  await world.runUntil('2025-06-10T15:30:00Z');

  expect(world.sent).toEqual([]);
  expect(world.thoughts[0]?.thought.withheld).toMatchObject([{ reason }]);
});

test('what cannot be read is not spoken of, and looked at again soon', async () => {
  const world = await begin();
  const item = awaited();
  await world.put(item);

  world.items.set(item.subject, 'unread');
  await world.runUntil('2025-06-10T15:05:00Z');
  expect(world.sent).toEqual([]);
  expect(world.thoughts[0]?.thought.withheld).toMatchObject([
    { rule: 'fresh-state', reason: 'unread' },
  ]);
  world.items.set(item.subject, item);
  await world.runUntil('2025-06-10T15:30:00Z');

  expect(world.sent).toHaveLength(1);
});

test('the evening waits for the morning, in the zone of the person', async () => {
  const zone = { calendar: officeHours('America/New_York') };
  const world = await begin(directives([MIA, member('Tom', zone), INES]));
  const requests = [{ reviewer: account('Tom'), at: '2025-06-10T14:00:00Z' }];
  await world.put(awaited({ requests }));

  // Due at six in the evening there, to the second of closing time.
  await world.runUntil('2025-06-11T12:59:00Z');
  expect(world.sent).toEqual([]);
  expect(world.thoughts[0]?.thought.withheld).toMatchObject([
    { reason: 'quiet_hours', until: '2025-06-11T13:00:00.000Z' },
  ]);
  await world.runUntil('2025-06-11T13:30:00Z');

  expect(world.sent).toHaveLength(1);
});

test('a ladder: owner, owner with a way out, tech lead, then a summary that leadership is asked for', async () => {
  const world = await begin();
  const item = stuck();
  await world.put(item);
  const said = async (until: string) => {
    const before = world.sent.length;
    await world.runUntil(until);
    return world.sent.slice(before).map(({ person, operation }) => [person, operation]);
  };

  expect(await said('2025-06-11T07:59:00Z')).toEqual([]);
  expect(await said('2025-06-11T17:00:00Z')).toEqual([[MIA.id, 'slack.send-direct']]);
  expect(await said('2025-06-12T17:00:00Z')).toEqual([[MIA.id, 'slack.send-direct']]);
  expect(world.sent[1]?.text).toContain('A way out: pair with somebody');
  expect(await said('2025-06-13T17:00:00Z')).toEqual([[INES.id, 'slack.send-direct']]);
  expect(world.sent[2]?.text).toContain(
    'ECD-12 "Round the totals" has been blocked for 3 business days; Mia was reminded on 2025-06-11 and 2025-06-12, without an answer. Can you step in?',
  );
  expect(await said('2025-06-16T17:00:00Z')).toEqual([[INES.id, 'slack.post-message']]);
  const summary = world.sent[3];
  expect(summary?.input['channel']).toBe('CLEADS');
  expect(summary?.text).toContain('Holds up: ECD-13.');
  expect(summary?.text).toContain('- Mia was told on 2025-06-11');
  expect(summary?.text).toContain('- Ines was told on 2025-06-13');
  expect(summary?.text).toContain('https://jira.example/browse/ECD-12');

  expect(await said('2025-06-27T17:00:00Z')).toEqual([]);
  const steps = (await problemsOfItem(world.store.db, item.subject)).map(({ person, step }) => [
    person,
    step,
  ]);
  expect(steps).toEqual([
    [MIA.id, 3],
    [INES.id, 4],
  ]);
});

test('what is no blocker ends with the tech lead', async () => {
  const world = await begin();
  await world.put(awaited());

  await world.runUntil('2025-06-27T17:00:00Z');

  expect(world.sent.map(({ person }) => person)).toEqual([TOM.id, TOM.id, INES.id]);
});

test('the second reminder names a reviewer who works now and has the fewest waiting', async () => {
  const lea = member('Lea');
  const asleep = member('Kai', { calendar: officeHours('Asia/Tokyo') });
  const world = await begin(directives([MIA, TOM, INES, lea, asleep]));
  await world.put(awaited());
  const other = awaited({
    subject: 'github:pull-request:acme/web#2',
    name: 'web#2',
    requests: [{ reviewer: account('Ines'), at: '2025-06-10T07:00:00Z' }],
  });
  await world.put(other);

  await world.runUntil('2025-06-11T16:00:00Z');

  const second = world.sent.filter(({ person }) => person === TOM.id)[1];
  expect(second?.text).toContain('A way out: hand it on. Lea works now and has no review waiting.');
});

test('progress takes the problem down to the foot of its ladder, and nobody above hears of it', async () => {
  const world = await begin();
  const item = stuck();
  await world.put(item);
  await world.runUntil('2025-06-12T17:00:00Z');
  expect(world.sent).toHaveLength(2);

  await world.put({
    ...item,
    steps: [{ at: '2025-06-12T16:00:00Z', by: jira('Mia'), kind: 'comment' }],
  });
  await world.runUntil('2025-06-13T17:00:00Z');

  expect(world.sent.slice(2).map(({ person }) => person)).toEqual([MIA.id]);
  expect(await problemsOfPerson(world.store.db, INES.id)).toEqual([]);
});

test('when its owner moves after all, the tech lead need not step in and leadership is not told', async () => {
  const world = await begin();
  const item = stuck();
  await world.put(item);
  await world.runUntil('2025-06-13T17:00:00Z');
  expect(await problemsOfPerson(world.store.db, INES.id)).toHaveLength(1);

  const by = jira('Mia');
  await world.put({ ...item, steps: [{ at: '2025-06-13T16:00:00Z', by, kind: 'comment' }] });
  expect(await problemsOfPerson(world.store.db, INES.id)).toEqual([]);
  await world.runUntil('2025-06-17T17:00:00Z');

  expect(world.sent.slice(3).map(({ person }) => person)).toEqual([MIA.id, MIA.id]);
});

test('a word of the agent itself is no progress', async () => {
  const world = await begin();
  const item = stuck();
  await world.put(item);
  await world.runUntil('2025-06-12T17:00:00Z');

  const by = { ...jira('x'), id: 'pm-agent' };
  await world.put({ ...item, steps: [{ at: '2025-06-12T16:00:00Z', by, kind: 'comment' }] });
  await world.runUntil('2025-06-13T17:00:00Z');

  expect(world.sent.map(({ person }) => person)).toEqual([MIA.id, MIA.id, INES.id]);
});

test('what is critical waits for no day and climbs every half hour, in working hours', async () => {
  const world = await begin();
  await world.put(stuck({ priority: 'Highest' }));

  await world.runUntil('2025-06-11T09:20:00Z');

  expect(world.sent.map(({ person, level }) => [person, level])).toEqual([
    [MIA.id, 'critical'],
    [MIA.id, 'critical'],
    [INES.id, 'critical'],
  ]);
  const [first, second] = world.sent;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(30 * 60_000);
});

const broken: ErrorSituation = {
  subject: 'sentry:error:7',
  name: 'WEB-7',
  title: 'TypeError in checkout',
  url: null,
  createdAt: START,
  textDigest: '0'.repeat(64),
  kind: 'error',
  resolved: false,
  regressed: true,
  level: 'error',
  production: true,
  priority: 'high',
  users: 31,
  occurrences: 214,
  release: null,
  assignee: { ...account('Mia'), system: 'sentry' },
  suspects: [],
};

test('at night only trouble in production reaches anybody, and only who is on call', async () => {
  const night = '2025-06-10T23:00:00Z';
  const called = await begin(directives([MIA, TOM, INES], { onCall: [TOM.id] }), night);
  await called.put(broken);
  await called.runUntil('2025-06-10T23:05:00Z');
  expect(called.sent.map(({ person }) => person)).toEqual([TOM.id]);

  const nobody = await begin(
    directives([member('Mia', { accounts: { sentry: 'mia', slack: 'UMIA' } })]),
    night,
  );
  await nobody.put(broken);
  await nobody.runUntil('2025-06-10T23:05:00Z');
  expect(nobody.sent).toEqual([]);
  await nobody.runUntil('2025-06-11T07:05:00Z');
  expect(nobody.sent.map(({ person }) => person)).toEqual([MIA.id]);
});

/** A world in which Tom has just got his first reminder. */
async function reminded() {
  const world = await begin();
  await world.put(awaited());
  await world.runUntil('2025-06-10T15:10:00Z');
  const [sent] = world.sent;
  const value = String((sent?.input['buttons'] as { value: string }[])[0]?.value);
  const pressed = async (word: string, user = 'UTOM') => {
    const event = press(MAILBOX, { id: `pm.reminder.${word}`, value, user, at: world.clock.now() });
    const thought = await world.think(MAILBOX, [event]);
    return { thought, event };
  };
  return { ...world, pressed };
}

test('"on it" holds the ladder a business day, is noted under the message, and is the same when it comes twice', async () => {
  const world = await reminded();

  const { thought, event } = await world.pressed('onit');
  expect(await world.think(MAILBOX, [event])).toEqual(thought);

  expect(thought.plan.actions).toMatchObject([
    { operation: 'slack.update-message', purpose: 'receipt', input: { channel: 'Dtom' } },
  ]);
  expect(String(thought.plan.actions[0]?.input['text'])).toContain(
    'Noted: Tom is on it (2025-06-10)',
  );
  expect(thought.plan.actions[0]?.input['buttons']).toBeUndefined();
  await world.runUntil('2025-06-11T15:05:00Z');
  expect(world.sent).toHaveLength(1);
  await world.runUntil('2025-06-11T15:30:00Z');
  expect(world.sent).toHaveLength(2);
});

test('"snooze" puts it off to the next morning', async () => {
  const world = await reminded();

  const { thought } = await world.pressed('snooze');
  const [problem] = await problemsOfPerson(world.store.db, TOM.id);

  expect(problem?.snoozedUntil).toBe(Date.parse('2025-06-11T07:00:00Z'));
  expect(String(thought.plan.actions[0]?.input['text'])).toContain(
    'Snoozed by Tom until 2025-06-11.',
  );
});

test('"not for me" brings it to the tech lead, and Tom hears no more of it', async () => {
  const world = await reminded();

  await world.pressed('notforme');
  await world.runUntil('2025-06-13T17:00:00Z');

  expect(world.sent.slice(1).map(({ person }) => person)).toEqual([INES.id, INES.id]);
  expect(world.sent[1]?.text).toContain('Tom says it is not for them. Who takes it?');
});

test('somebody else’s press changes nothing and is answered in private', async () => {
  const world = await reminded();

  const { thought } = await world.pressed('notforme', 'UMIA');

  expect(thought.plan.actions).toMatchObject([
    {
      operation: 'slack.post-ephemeral',
      purpose: 'receipt',
      input: { channel: 'D1', user: 'UMIA' },
    },
  ]);
  expect(await problemsOfPerson(world.store.db, TOM.id)).toMatchObject([{ declinedAt: null }]);
});

test('a press that names another person’s problem changes nothing', async () => {
  const world = await reminded();
  const [problem] = await problemsOfPerson(world.store.db, TOM.id);
  const value = `${MIA.id}|${problem?.id ?? ''}`;
  const mailbox = personSubject(MIA.id) ?? '';

  const at = world.clock.now();
  await world.think(mailbox, [press(mailbox, { id: 'pm.reminder.onit', value, user: 'UMIA', at })]);

  expect(await problemsOfPerson(world.store.db, TOM.id)).toMatchObject([{ acknowledgedAt: null }]);
});

async function inThread(kind: 'message.posted' | 'reaction.added', words: string, user = 'UTOM') {
  const world = await reminded();
  const row = await world.store.db
    .selectFrom('actions')
    .select('effect_id')
    .executeTakeFirstOrThrow();
  const subject = `slack:thread:${row.effect_id ?? ''}`;
  const event: ProjectEvent = {
    ...press(subject, { id: '', value: '', user, at: world.clock.now() }),
    kind,
    text: kind === 'message.posted' ? words : null,
    changes: kind === 'message.posted' ? [] : [{ field: 'reaction', from: null, to: words }],
  };
  const look = await world.look(subject, [event]);
  const [problem] = await problemsOfPerson(world.store.db, TOM.id);
  return { world, look, problem, event };
}

test.each([
  ['reply', 'message.posted', 'On it!'],
  ['reaction', 'reaction.added', 'eyes'],
  ['reaction with a skin tone', 'reaction.added', '+1::skin-tone-3'],
] as const)('a %s says "on it" as well', async (_what, kind, words) => {
  const { look, problem, event } = await inThread(kind, words);

  expect(problem?.acknowledgedAt).not.toBeNull();
  expect([...look.handled]).toEqual([event.key]);
  expect(look.proposals).toMatchObject([{ operation: 'slack.update-message', purpose: 'receipt' }]);
});

test('a reply may name the day until which it is snoozed', async () => {
  const { problem } = await inThread('message.posted', 'snooze until friday');

  expect(problem?.snoozedUntil).toBe(Date.parse('2025-06-13T07:00:00Z'));
});

test.each([
  ['a question', 'message.posted', 'Who is on it?', 'UTOM'],
  ['another reaction', 'reaction.added', 'joy', 'UTOM'],
  ['the word of somebody else', 'message.posted', 'on it', 'UMIA'],
] as const)('%s is no answer to a reminder', async (...[, kind, words, user]) => {
  const { look, problem } = await inThread(kind, words, user);

  expect(look.handled.size).toBe(0);
  expect(problem).toMatchObject({ acknowledgedAt: null, snoozedUntil: null, declinedAt: null });
});

test('leadership that takes it up from its channel ends the ladder', async () => {
  const boss = member('Rosa', { role: 'leadership' });
  const world = await begin(directives([MIA, TOM, INES, boss]));
  await world.put(stuck());
  await world.runUntil('2025-06-16T17:00:00Z');
  const value = String((world.sent.at(-1)?.input['buttons'] as { value: string }[])[0]?.value);
  const mailbox = personSubject(INES.id) ?? '';

  const at = world.clock.now();
  await world.think(mailbox, [
    press(mailbox, { id: 'pm.reminder.onit', value, user: 'UROSA', at }),
  ]);

  expect(await problemsOfPerson(world.store.db, INES.id)).toMatchObject([{ acknowledgedAt: at }]);
});

test('while one reminder waits for a person’s word, no second one is proposed', async () => {
  const world = await begin();
  await world.put(awaited());
  world.clock.move(7 * 3_600_000);
  const action = await heldReminder(world.clock.now());
  await world.store.write(({ db }) => addActions(db, [action]));

  const thought = await world.think(MAILBOX);

  expect(thought.plan.actions).toEqual([]);
  expect(thought.withheld).toMatchObject([{ reason: 'on_its_way' }]);
});

async function heldReminder(now: number) {
  const other = await begin();
  await other.put(awaited());
  await other.runUntil('2025-06-10T15:30:00Z');
  const [done] = await actionsOfSubject(other.store.db, MAILBOX, 1);
  return { ...done!, state: 'held' as const, createdAt: iso(now) };
}

test('without a tech lead or a leadership channel the ladder ends where it is, and says so', async () => {
  const world = await begin(directives([MIA, TOM]));
  await world.put(stuck());

  await world.runUntil('2025-06-20T17:00:00Z');

  expect(world.sent.map(({ person }) => person)).toEqual([MIA.id, MIA.id]);
  const reasons = world.thoughts.flatMap(({ thought }) =>
    (thought.withheld ?? []).map(({ reason }) => reason),
  );
  expect(reasons).toContain('no_tech_lead');
});

test('with two reminders a day allowed, the second reason need not wait for the next day', async () => {
  const limits = { ...LIMITS, remindersPerPersonAndDay: 2 };
  const world = await begin(directives([MIA, TOM, INES], { limits }));
  await world.put(
    awaited({ requests: [{ reviewer: account('Tom'), at: '2025-06-09T13:00:00Z' }] }),
  );
  await world.put(awaited({ subject: 'github:pull-request:acme/web#2', name: 'web#2' }));

  await world.runUntil('2025-06-10T15:59:00Z');

  expect(world.sent).toHaveLength(2);
});
