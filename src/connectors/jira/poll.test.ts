import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import { startJiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import type { Connector, PollPage } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { jiraConnector } from './index.ts';
import { normaliseJira } from './normalise.ts';
import type { JiraSettings } from './settings.ts';

const MIA = '712020:mia-0001';
const INES = '712020:ines-0002';
const MINUTE = 60_000;
const START = Date.parse('2026-11-20T10:00:00.000Z');
const SINK = 'http://127.0.0.1:9/webhooks';

let jira: JiraEmulator;
let settings: JiraSettings;
/** The site's clock, and how far ours is behind it. */
let time: number;
let behind: number;

async function start(more: { indexLagMs?: number } = {}): Promise<void> {
  jira = await startJiraEmulator({
    email: 'agent@example.com',
    token: 'token',
    now: () => new Date(time),
    ...more,
  });
  // Nobody listens: bodies are read from the log, as a push that never came.
  jira.aimWebhook({ url: SINK, secret: 'secret', retryDelayMs: 60_000 });
  settings = {
    baseUrl: jira.url,
    siteUrl: null,
    email: 'agent@example.com',
    token: 'token',
    projects: ['ECD'],
    webhookSecrets: ['secret'],
    mayWrite: false,
  };
}

beforeEach(async () => {
  // The site was there before anybody asked.
  time = START - 60 * MINUTE;
  behind = 0;
  await start();
  time = START;
});

afterEach(() => jira.close());

const call = { signal: new AbortController().signal };
const pass = (ms: number): void => {
  time += ms;
};

/** Polls to the end, as the poller does. */
async function pollAll(from: string | null, connector: Connector = jiraConnector(settings)) {
  const events: ProjectEvent[] = [];
  let page: PollPage;
  let cursor = from;
  let pages = 0;
  do {
    const ask = { scope: 'ECD', cursor, since: START - behind, now: time - behind };
    page = await connector.poll!.fetch(ask, call);
    events.push(...page.events);
    cursor = page.cursor;
    pages += 1;
  } while (page.more && pages < 100);
  return { events, cursor: page.cursor, pages };
}

const keys = (events: readonly ProjectEvent[]): string[] => events.map(({ key }) => key).toSorted();

function pushed(): ProjectEvent[] {
  return jira.deliveries.flatMap(({ body }) => normaliseJira(JSON.parse(String(body))).events);
}

function actEverything(): void {
  const { id } = jira.addComment('ECD-1', MIA, `Ask [~accountid:${INES}]`);
  pass(1_000);
  jira.transition('ECD-1', INES, 'Done');
  pass(1_000);
  jira.assign('ECD-2', MIA, INES);
  pass(1_000);
  jira.editComment(id, MIA, 'Never mind');
  pass(1_000);
  jira.createIssue(MIA, { key: 'ECD-9', summary: 'Refund twice', description: 'It pays twice.' });
  pass(1_000);
  const work = jira.logWork('ECD-2', INES, { seconds: 5_400, started: new Date(START - 9e8) });
  pass(1_000);
  jira.editWork(work.id, INES, 3_600);
  pass(1_000);
  jira.link('ECD-1', MIA, { type: 'Blocks', to: 'ECD-2' });
  pass(1_000);
  const sprint = jira.createSprint(1, 'ECD Sprint 13');
  jira.closeSprint(11);
  pass(1_000);
  jira.startSprint(sprint.id);
  jira.label('ECD-3', INES, ['audit']);
}

describe('what push has missed', () => {
  test('is found with the very keys of the pushes', async () => {
    const first = await pollAll(null);
    actEverything();
    pass(60 * MINUTE);

    const { events } = await pollAll(first.cursor);

    expect(first.events).toEqual([]);
    expect(new Set(keys(events))).toEqual(new Set(keys(pushed())));
    expect(keys(events)).toHaveLength(new Set(keys(events)).size);
  });

  test('reads as the pushes do', async () => {
    actEverything();
    pass(MINUTE);

    const polled = new Map((await pollAll(null)).events.map((event) => [event.key, event]));

    expect(polled.size).toBeGreaterThan(12);
    for (const event of pushed()) {
      const other = polled.get(event.key)!;
      const { actor, kind, source, changes, restricted, message } = event;
      // Logged work and links come with a number instead of a key, and links without who made them.
      const same = { kind, source, changes, restricted, message };
      expect(other).toMatchObject(kind === 'link.created' ? same : { ...same, actor });
      if (/^(comment|issue|sprint)\./.test(kind)) {
        expect([other.subject, other.at, other.title]).toEqual([
          event.subject,
          event.at,
          event.title,
        ]);
      }
      if (kind === 'issue.created') expect(other.text).toBe('It pays twice.');
    }
  });

  test('a kind that is seen is named', async () => {
    actEverything();
    const { poll } = jiraConnector(settings);

    const { events } = await pollAll(null);

    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(poll?.sees));
  });

  test('a comment that only some may read is restricted', async () => {
    const comment = jira.addComment('ECD-1', MIA, 'Salary');
    Object.assign(comment, { visibility: { type: 'role', value: 'Administrators' } });

    const { events } = await pollAll(null);

    expect(events).toMatchObject([{ kind: 'comment.created', restricted: true }]);
  });
});

describe('where it begins and how it goes on', () => {
  test('the first poll gives nothing from before the moment that was asked for', async () => {
    time = START - MINUTE;
    jira.addComment('ECD-1', MIA, 'Long ago');
    time = START + MINUTE;
    jira.addComment('ECD-1', MIA, 'Now');

    const first = await pollAll(null);
    const second = await pollAll(first.cursor);

    expect(first.events).toHaveLength(1);
    expect(second.events).not.toContainEqual(
      expect.objectContaining({ at: new Date(START - MINUTE).toISOString() }),
    );
  });

  test('at rest a poll is one call, and the sprints one more in an hour', async () => {
    jira.addComment('ECD-1', MIA, 'Now');
    let { cursor } = await pollAll(null);
    pass(10 * MINUTE);
    ({ cursor } = await pollAll(cursor));
    const before = jira.requests.length;
    pass(10 * MINUTE);

    ({ cursor } = await pollAll(cursor));

    expect(jira.requests.slice(before).map(({ path }) => path)).toEqual(['/rest/api/3/search/jql']);
    pass(60 * MINUTE);
    await pollAll(cursor);
    expect(jira.requests.slice(before + 1).map(({ path }) => path)).toEqual([
      '/rest/api/3/search/jql',
      '/rest/agile/1.0/board/1/sprint',
    ]);
  });

  test('two changes in one millisecond, the second after the poll, are both found', async () => {
    jira.addComment('ECD-1', MIA, 'One');
    const first = await pollAll(null);
    const second = jira.addComment('ECD-1', MIA, 'Two');

    const { events } = await pollAll(first.cursor);

    expect(keys(events)).toContain(`jira:comment:${second.id}:created`);
  });

  test.each([-5 * MINUTE, 5 * MINUTE])(
    'a clock of ours that is off by %i ms loses nothing',
    async (off) => {
      behind = off;
      const first = await pollAll(null);
      jira.addComment('ECD-1', MIA, 'One');
      pass(90_000);
      const second = await pollAll(first.cursor);
      jira.transition('ECD-2', INES, 'Done');
      pass(90_000);
      const third = await pollAll(second.cursor);

      const found = new Set(keys([...second.events, ...third.events]));
      expect(found).toEqual(new Set(keys(pushed())));
    },
  );

  test('an index that lags by two minutes hides nothing for good', async () => {
    await jira.close();
    time = START - 60 * MINUTE;
    await start({ indexLagMs: 120_000 });
    time = START;
    let { cursor } = await pollAll(null);
    const found = new Set<string>();
    for (let round = 0; round < 30; round += 1) {
      const issue = `ECD-${(round % 3) + 1}`;
      if (round < 20) jira.addComment(issue, MIA, `Round ${round}`);
      if (round < 20) jira.updateIssue(issue, INES, { duedate: `2026-12-${10 + round}` });
      pass(37_000);
      const page = await pollAll(cursor);
      for (const key of keys(page.events)) found.add(key);
      cursor = page.cursor;
    }

    expect(found).toEqual(new Set(keys(pushed())));
  });

  test('a change that the index shows nine minutes late is still found', async () => {
    const first = await pollAll(null);
    pass(30 * MINUTE);
    jira.addComment('ECD-1', MIA, 'Newest');
    const second = await pollAll(first.cursor);
    const created = new Date(time - 9 * MINUTE);
    jira.seed({ issues: [{ key: 'ECD-50', summary: 'Late', reporter: MIA, created }] });

    const third = await pollAll(second.cursor);

    const { id } = jira.state.issues.get('ECD-50')!;
    expect(keys(third.events)).toContain(`jira:issue:${id}:created`);
  });

  test('seven days without pushes are caught up with, over many pages', async () => {
    const first = await pollAll(null);
    for (let number = 100; number < 230; number += 1) {
      jira.createIssue(MIA, { key: `ECD-${number}`, summary: `Issue ${number}` });
      pass(75 * MINUTE);
    }

    const { events, pages } = await pollAll(first.cursor);

    expect(new Set(keys(events))).toEqual(new Set(keys(pushed())));
    expect(pages).toBeGreaterThan(3);
  });

  test('a history that is longer than an issue shows is read from its end', async () => {
    const first = await pollAll(null);
    for (let round = 0; round < 250; round += 1) {
      jira.updateIssue('ECD-1', INES, { summary: `Version ${round}` });
      pass(1_000);
    }

    const { events } = await pollAll(first.cursor);

    expect(events).toHaveLength(250);
  });

  test('an issue that changes between two pages hides no other', async () => {
    const first = await pollAll(null);
    for (let number = 100; number < 160; number += 1) {
      jira.createIssue(MIA, { key: `ECD-${number}`, summary: `Issue ${number}` });
      pass(MINUTE);
    }
    const { poll } = jiraConnector(settings);
    const ask = { scope: 'ECD', since: START, now: time };
    const one = await poll!.fetch({ ...ask, cursor: first.cursor }, call);
    jira.label('ECD-100', INES, ['moved']);

    const rest = await pollAll(one.cursor);

    const found = new Set(keys([...one.events, ...rest.events]));
    expect(found).toEqual(new Set(keys(pushed())));
  });
});

describe('faults', () => {
  test('a call that fails leaves the cursor, and the next poll finds all', async () => {
    const first = await pollAll(null);
    actEverything();
    pass(60 * MINUTE);
    jira.faults.push({ kind: 'status', status: 503, match: { path: /\/comment$/ }, times: 20 });

    await expect(pollAll(first.cursor)).rejects.toMatchObject({ kind: 'unavailable' });
    jira.faults.clear();
    const again = await pollAll(first.cursor);

    expect(new Set(keys(again.events))).toEqual(new Set(keys(pushed())));
  });

  test('too many calls are told with the time to wait', async () => {
    const headers = { 'retry-after': '60' };
    jira.faults.push({ kind: 'status', status: 429, headers, match: { path: /jql/ }, times: 9 });

    const error: unknown = await pollAll(null).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ kind: 'rate-limited', retryAfterMs: 60_000 });
  });

  test('a token that has ended begins the walk anew', async () => {
    for (let number = 100; number < 160; number += 1) {
      jira.createIssue(MIA, { key: `ECD-${number}`, summary: `Issue ${number}` });
    }
    const { poll } = jiraConnector(settings);
    const ask = { scope: 'ECD', since: START, now: time };
    const one = await poll!.fetch({ ...ask, cursor: null }, call);
    jira.faults.push({ kind: 'status', status: 400, match: { path: /jql/ } });

    const rest = await pollAll(one.cursor);

    expect(new Set(keys([...one.events, ...rest.events]))).toEqual(new Set(keys(pushed())));
  });

  test('a page token that comes again is a bad answer', async () => {
    const page = { issues: [], nextPageToken: 'again' };
    const fault = { kind: 'status', status: 200, body: page, match: { path: /jql/ } } as const;
    jira.faults.push({ ...fault, times: 3 });

    await expect(pollAll(null)).rejects.toMatchObject({ kind: 'bad-answer' });
  });

  test('an issue that is gone when it is read costs nothing', async () => {
    jira.addComment('ECD-1', MIA, 'One');
    jira.addComment('ECD-2', MIA, 'Two');
    jira.faults.push({
      kind: 'status',
      status: 404,
      match: { path: /^\/rest\/api\/3\/issue\/\d+$/ },
    });

    expect((await pollAll(null)).events).toHaveLength(1);
  });

  test('boards that may not be seen do not hold up the issues', async () => {
    jira.addComment('ECD-1', MIA, 'One');
    jira.faults.push({ kind: 'status', status: 403, match: { path: /agile/ } });

    expect((await pollAll(null)).events).toHaveLength(1);
  });

  test('a cursor that cannot be read begins anew', async () => {
    jira.addComment('ECD-1', MIA, 'One');

    expect((await pollAll('{"v":0}')).events).toHaveLength(1);
    expect((await pollAll('nonsense')).events).toHaveLength(1);
  });
});

test('a scope is a project, or everything the account can see', async () => {
  const some = jiraConnector(settings).poll!;
  const all = jiraConnector({ ...settings, projects: [] }).poll!;
  jira.addComment('ECD-1', MIA, 'One');

  expect(await some.scopes(call)).toEqual(['ECD']);
  expect(await all.scopes(call)).toEqual(['*']);
  const page = await all.fetch({ scope: '*', cursor: null, since: START, now: time }, call);
  expect(page.events).toHaveLength(1);
  const other = { scope: 'HR', cursor: null, since: START, now: time };
  await expect(some.fetch(other, call)).rejects.toMatchObject({ kind: 'denied' });
});
