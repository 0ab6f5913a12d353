import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import { startJiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import { IssueSituation } from '../../domain/situation.ts';
import { sha256 } from '../../lib/digest.ts';
import { jiraConnector } from './index.ts';
import type { JiraSettings } from './settings.ts';

const MIA = '712020:mia-0001';
const INES = '712020:ines-0002';
const TOMAS = '712020:tomas-0003';
const START = Date.parse('2026-11-16T09:00:00Z');
const HOUR = 3_600_000;

let jira: JiraEmulator;
let settings: JiraSettings;
let now: number;

beforeEach(async () => {
  now = START;
  const account = { email: 'agent@example.com', token: 'token-1' };
  jira = await startJiraEmulator({ ...account, now: () => new Date(now) });
  settings = {
    ...account,
    baseUrl: jira.url,
    siteUrl: 'https://team.example',
    projects: ['ECD'],
    webhookSecrets: [],
    mayWrite: true,
  };
});
afterEach(() => jira.close());

const call = { signal: new AbortController().signal };

function survey(subject: string, more: Partial<JiraSettings> = {}) {
  return jiraConnector({ ...settings, ...more }).survey?.(subject, call);
}

async function issueAt(key: string): Promise<IssueSituation> {
  return IssueSituation.parse(await survey(`jira:issue:${key}`));
}

/** An hour later, somebody does something. */
function later(act: () => unknown): string {
  now += HOUR;
  act();
  return new Date(now).toISOString();
}

const ref = (id: string, name: string) => ({ system: 'jira', id, name, bot: false });
const mia = ref(MIA, 'Mia Sander');
const ines = ref(INES, 'Ines Okoro');

describe('how an issue stands', () => {
  test('its fields are told, with the sprint and its ends', async () => {
    jira.updateIssue('ECD-1', MIA, { duedate: '2026-11-25', priority: 'Highest' });

    const found = await issueAt('ECD-1');

    expect(found).toMatchObject({
      subject: 'jira:issue:ECD-1',
      name: 'ECD-1',
      title: 'Guest checkout loses the basket',
      url: 'https://team.example/browse/ECD-1',
      createdAt: '2026-11-16T09:00:00.000Z',
      status: 'In Progress',
      category: 'in_progress',
      priority: 'Highest',
      assignee: ines,
      reporter: mia,
      flagged: false,
      blockedBy: [],
      blocks: [],
      dueDate: '2026-11-25',
      sprint: {
        id: '11',
        name: 'ECD Sprint 11',
        state: 'active',
        startsAt: '2026-11-16T08:00:00.000Z',
        endsAt: '2026-11-27T16:00:00.000Z',
      },
    });
    expect(found.textDigest).toBe(sha256('Guest checkout loses the basket\n'));
  });

  test('the digest follows title and description, and nothing else', async () => {
    const before = await issueAt('ECD-1');
    jira.addComment('ECD-1', MIA, 'Any news?');
    jira.transition('ECD-1', INES, 'In Review');
    const same = await issueAt('ECD-1');
    jira.seed({ issues: [{ key: 'ECD-1', summary: before.title, description: 'Now with words' }] });
    const described = await issueAt('ECD-1');

    expect(same.textDigest).toBe(before.textDigest);
    expect(described.textDigest).toBe(sha256(`${before.title}\nNow with words`));
  });

  test('the flag and the status are told with every change, in order', async () => {
    const flagged = later(() => jira.flag('ECD-1', MIA, true));
    expect((await issueAt('ECD-1')).flagged).toBe(true);
    const moved = later(() => jira.transition('ECD-1', INES, 'Blocked'));
    const free = later(() => jira.flag('ECD-1', INES, false));

    const found = await issueAt('ECD-1');

    expect(found.flagged).toBe(false);
    expect(found.status).toBe('Blocked');
    expect(found.changes).toEqual([
      { at: flagged, by: mia, field: 'flag', from: null, to: 'Impediment' },
      { at: moved, by: ines, field: 'status', from: 'In Progress', to: 'Blocked' },
      { at: free, by: ines, field: 'flag', from: 'Impediment', to: null },
    ]);
  });

  test('a site whose flag has another number is read too', async () => {
    jira.flag('ECD-1', MIA, true);
    const renumbered: typeof fetch = async (input, init) => {
      const asked = input instanceof Request ? input.url : input.toString();
      const answer = await fetch(asked.replaceAll('20777', '10021'), init);
      return new Response((await answer.text()).replaceAll('10021', '20777'), answer);
    };

    const found = await survey('jira:issue:ECD-1', { fetch: renumbered });

    expect(found).toMatchObject({ flagged: true, changes: [{ field: 'flag', to: 'Impediment' }] });
  });

  test('links tell what blocks it since when, and whether that is done', async () => {
    const since = later(() => jira.link('ECD-2', MIA, { type: 'Blocks', to: 'ECD-1' }));
    later(() => jira.link('ECD-1', MIA, { type: 'Blocks', to: 'ECD-3' }));
    later(() => jira.link('ECD-1', MIA, { type: 'Relates', to: 'ECD-2' }));

    expect(await issueAt('ECD-1')).toMatchObject({
      blockedBy: [{ subject: 'jira:issue:ECD-2', done: false, since }],
      blocks: [{ subject: 'jira:issue:ECD-3', done: false }],
    });
    later(() => jira.transition('ECD-2', TOMAS, 'Done'));
    expect((await issueAt('ECD-1')).blockedBy).toMatchObject([{ done: true, since }]);
  });

  test('a link that was made again counts from then', async () => {
    later(() => jira.link('ECD-2', MIA, { type: 'Blocks', to: 'ECD-1' }));
    jira.unlink(jira.state.links[0]?.id ?? '');
    expect((await issueAt('ECD-1')).blockedBy).toEqual([]);
    const again = later(() => jira.link('ECD-2', MIA, { type: 'Blocks', to: 'ECD-1' }));

    expect((await issueAt('ECD-1')).blockedBy).toMatchObject([{ since: again }]);
  });

  test('steps are everything that happened, by kind', async () => {
    later(() => jira.assign('ECD-1', MIA, TOMAS));
    later(() => jira.addComment('ECD-1', TOMAS, 'On it'));
    later(() => jira.logWork('ECD-1', TOMAS, { seconds: 600 }));
    later(() => jira.updateIssue('ECD-1', TOMAS, { storyPoints: 8 }));
    later(() => jira.label('ECD-1', TOMAS, ['checkout']));
    later(() => jira.transition('ECD-1', TOMAS, 'Done'));

    const { steps, category } = await issueAt('ECD-1');

    expect(category).toBe('done');
    expect(steps.map(({ kind, by }) => `${kind} ${by?.id ?? '-'}`)).toEqual([
      `assignee ${MIA}`,
      `comment ${TOMAS}`,
      `worklog ${TOMAS}`,
      `estimate ${TOMAS}`,
      `other ${TOMAS}`,
      // The resolution stands in the same entry.
      `other ${TOMAS}`,
      `status ${TOMAS}`,
    ]);
    expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).toSorted());
  });

  test('a long history is paged through to its beginning', async () => {
    const first = later(() => jira.flag('ECD-1', MIA, true));
    for (let count = 0; count < 250; count += 1) jira.label('ECD-1', MIA, [`label-${count}`]);
    for (let count = 0; count < 30; count += 1)
      jira.logWork('ECD-1', INES, { seconds: 60 + count });

    const { changes, steps } = await issueAt('ECD-1');

    expect(changes).toMatchObject([{ at: first, field: 'flag' }]);
    expect(steps.filter(({ kind }) => kind === 'other')).toHaveLength(251);
    expect(steps.filter(({ kind }) => kind === 'worklog')).toHaveLength(30);
  });

  test('a usual issue takes two calls, and the fields of the site are asked for once', async () => {
    const connector = jiraConnector(settings);
    await connector.survey?.('jira:issue:ECD-1', call);
    const before = jira.requests.length;
    await connector.survey?.('jira:issue:ECD-1', call);

    expect(before).toBe(3);
    expect(jira.requests.length - before).toBe(2);
  });
});

describe('what is not watched', () => {
  test.each(['jira:issue:ECD-99', 'jira:issue:ABC-1', 'jira:issue:nothing', 'jira:sprint:11'])(
    'there is no situation of %s',
    async (subject) => {
      expect(await survey(subject)).toBeNull();
    },
  );

  test('an issue that was deleted has none any more', async () => {
    jira.deleteIssue('ECD-1', MIA);

    expect(await survey('jira:issue:ECD-1')).toBeNull();
  });

  test('a site that cannot be reached is a failure, not a missing issue', async () => {
    await expect(survey('jira:issue:ECD-1', { token: 'wrong' })).rejects.toMatchObject({
      kind: 'unauthorized',
    });
  });
});
