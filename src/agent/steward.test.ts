import { expect, test } from 'vitest';
import { account, issue, pullRequest } from '../../test/helpers/situations.ts';
import { directives, member, stewardWorld } from '../../test/helpers/steward-world.ts';
import { personSubject } from '../domain/own-subjects.ts';
import type { ProjectEvent } from '../domain/event.ts';
import type { IssueSituation, PullRequestSituation } from '../domain/situation.ts';
import { iso } from '../lib/clock.ts';
import { problemsOfItem, problemsOfPerson } from '../store/problems.ts';
import { findSweep } from '../store/sweeps.ts';

const MIA = member('Mia');
const TOM = member('Tom');
const INES = member('Ines', { role: 'tech-lead' });
const TEAM = directives([MIA, TOM, INES]);
// A Tuesday; Berlin is at UTC+2.
const START = '2025-06-10T08:00:00Z';
const MINUTE = 60_000;

const jira = (name: string) => ({ ...account(name), system: 'jira' });

function working(given: Partial<IssueSituation> = {}): IssueSituation {
  const steps = [{ at: '2025-06-10T07:30:00Z', by: jira('Mia'), kind: 'comment' as const }];
  return issue({ assignee: jira('Mia'), createdAt: '2025-06-09T08:00:00Z', steps, ...given });
}

function awaited(given: Partial<PullRequestSituation> = {}): PullRequestSituation {
  const requests = [{ reviewer: account('Tom'), at: '2025-06-10T07:00:00Z' }];
  return pullRequest({
    createdAt: '2025-06-09T08:00:00Z',
    author: account('Mia'),
    requests,
    ...given,
  });
}

const sweepDue = (subject: string, at: number): ProjectEvent => ({
  key: `sweep:${subject}:${at}`,
  kind: 'sweep.due',
  source: 'jira',
  subject,
  actor: null,
  at: iso(at),
  title: '',
  text: null,
  message: null,
  changes: [],
  scope: null,
  restricted: false,
});

test.each([
  ['low', working(), 360],
  ['medium', working({ steps: [], createdAt: '2025-06-05T08:00:00Z' }), 180],
  ['high', working({ steps: [], createdAt: '2025-06-05T08:00:00Z', flagged: true }), 60],
  ['critical', working({ priority: 'Highest' }), 15],
] as const)(
  'a subject of level %s is looked at again after its interval',
  async (level, item, minutes) => {
    const world = await stewardWorld(TEAM, { start: START });

    const look = await world.put(item);

    expect(look.level).toBe(level);
    const sweep = await findSweep(world.store.db, item.subject);
    expect(sweep?.nextAt).toBe(world.clock.now() + minutes * MINUTE);
  },
);

test('a level rises at once and falls with the second calm check, however many comments come between', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const urgent = working({ priority: 'Highest' });
  const calm = working({ priority: 'Low' });
  await world.put(calm);
  const check = async () => {
    const due = sweepDue(calm.subject, world.clock.now());
    return (await world.look(calm.subject, [due])).level;
  };

  expect((await world.put(urgent)).level).toBe('critical');
  world.items.set(calm.subject, calm);
  const afterComments = [await world.look(calm.subject), await world.look(calm.subject)];
  expect(afterComments.map(({ level }) => level)).toEqual(['critical', 'critical']);
  expect([await check(), await check()]).toEqual(['critical', 'low']);
});

test('comments do not put the next check off', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const item = working();
  await world.put(item);
  const before = await findSweep(world.store.db, item.subject);

  world.clock.move(30 * MINUTE);
  await world.look(item.subject);

  expect((await findSweep(world.store.db, item.subject))?.nextAt).toBe(before?.nextAt);
});

test('what is closed is looked at no more, and its problems end', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const item = awaited();
  await world.put(item);
  expect(await problemsOfItem(world.store.db, item.subject)).toHaveLength(1);

  const look = await world.put({ ...item, state: 'merged', mergedAt: START });

  expect(look.level).toBe('low');
  expect((await findSweep(world.store.db, item.subject))?.nextAt).toBeNull();
  expect(await problemsOfItem(world.store.db, item.subject)).toEqual([]);
});

test('what cannot be read keeps its sweep and its problems', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const item = awaited();
  await world.put(item);
  const before = await findSweep(world.store.db, item.subject);

  world.items.set(item.subject, 'unread');
  await world.look(item.subject);

  expect(await findSweep(world.store.db, item.subject)).toEqual(before);
  expect(await problemsOfItem(world.store.db, item.subject)).toHaveLength(1);
});

test('only the party with the ball has a problem', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const item = awaited();
  await world.put(item);
  const reasons = async () =>
    (await problemsOfItem(world.store.db, item.subject)).map(({ reason, person }) => [
      reason,
      person,
    ]);
  expect(await reasons()).toEqual([['review-waiting', TOM.id]]);

  const wanted = {
    at: '2025-06-10T08:30:00Z',
    by: account('Tom'),
    verdict: 'changes_requested' as const,
  };
  await world.put({ ...item, reviews: [wanted] });

  expect(await reasons()).toEqual([['changes-waiting', MIA.id]]);
});

test('whoever the directives do not name is not reminded, and that is said', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const requests = [{ reviewer: account('Stranger'), at: START }];

  const look = await world.put(awaited({ requests }));

  expect(look.notes.join()).toContain('nobody whom the directives name');
  expect(await problemsOfItem(world.store.db, awaited().subject)).toEqual([]);
});

test('a blocked ticket without an assignee is a problem of its reporter, else of the tech lead', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const flagged = { flagged: true, assignee: null };
  await world.put(working({ ...flagged, reporter: jira('Tom') }));
  await world.put(working({ ...flagged, subject: 'jira:issue:ECD-2', name: 'ECD-2' }));

  const blocked = async (person: string) =>
    (await problemsOfPerson(world.store.db, person)).map(({ item }) => item);
  expect(await blocked(TOM.id)).toEqual(['jira:issue:ECD-1']);
  expect(await blocked(INES.id)).toEqual(['jira:issue:ECD-2']);
});

test('more than three reviews that wait on one person go to the tech lead at once, until one is done', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const items = [1, 2, 3, 4].map((n) =>
    awaited({ subject: `github:pull-request:acme/web#${n}`, name: `web#${n}` }),
  );
  for (const item of items.slice(0, 3)) await world.put(item);
  const overload = async () =>
    (await problemsOfPerson(world.store.db, INES.id)).filter(({ reason }) => reason === 'overload');
  expect(await overload()).toEqual([]);

  await world.put(items[3]!);
  expect(await overload()).toMatchObject([{ item: personSubject(TOM.id) }]);
  await world.runUntil('2025-06-10T08:05:00Z');
  expect(world.sent.map(({ person, text }) => [person, text.split('\n')[0]])).toEqual([
    [INES.id, '4 pull requests wait for a review by Tom. Share them out?'],
  ]);

  await world.put({ ...items[0]!, state: 'merged' });
  expect(await overload()).toEqual([]);
});

test('what moved since nobody was told of is the same wait, begun later', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const item = working();
  await world.put(item);
  const [before] = await problemsOfItem(world.store.db, item.subject);
  const step = { at: '2025-06-10T09:00:00Z', by: jira('Mia'), kind: 'status' as const };

  await world.put({ ...item, steps: [...item.steps, step] });

  const after = await problemsOfItem(world.store.db, item.subject);
  expect(after).toMatchObject([{ id: before?.id, since: Date.parse(step.at) }]);
});

test('what the agent itself did makes nothing look alive', async () => {
  const world = await stewardWorld(TEAM, { start: START });
  const item = working({ steps: [], createdAt: '2025-06-05T08:00:00Z' });
  const own = {
    at: '2025-06-10T07:59:00Z',
    by: { ...jira('x'), id: 'pm-agent' },
    kind: 'comment' as const,
  };

  const look = await world.put({ ...item, steps: [own] });

  expect(look.rules).toEqual(['M4']);
});
