import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SentryEmulator } from '../../../emulators/sentry/start-sentry-emulator.ts';
import { startSentryEmulator } from '../../../emulators/sentry/start-sentry-emulator.ts';
import { ErrorSituation } from '../../domain/situation.ts';
import { sha256 } from '../../lib/digest.ts';
import { sentryConnector } from './index.ts';
import { WholeIssue } from './rest.ts';
import type { SentrySettings } from './settings.ts';

const MIA = '101';
const TITLE = 'RangeError: off by one';
const DAY = 86_400_000;

let sentry: SentryEmulator;
let settings: SentrySettings;
let now: number;

beforeEach(async () => {
  now = Date.parse('2026-11-16T09:00:00Z');
  sentry = await startSentryEmulator({ token: 'token', now: () => new Date(now) });
  settings = {
    baseUrl: sentry.baseUrl,
    siteUrl: 'https://sentry.example',
    token: 'token',
    organization: 'acme',
    projects: ['payments'],
    webhookSecrets: [],
    pollSeconds: 900,
    mayWrite: true,
  };
});
afterEach(() => sentry.close());

const call = { signal: new AbortController().signal };

function survey(id: string, more: Partial<SentrySettings> = {}) {
  return sentryConnector({ ...settings, ...more }).survey?.(`sentry:issue:${id}`, call);
}

async function look(id: string): Promise<ErrorSituation> {
  return ErrorSituation.parse(await survey(id));
}

const capture = (more: object = {}): string =>
  sentry.captureError('payments', { title: TITLE, ...more }).row.id;

describe('how an error stands', () => {
  test('one that came back on a release is told with what is suspected', async () => {
    const id = capture({ release: 'payments@2.4.0', user: 'a', level: 'fatal' });
    sentry.assign(id, MIA, 'user:102');
    now += DAY;
    sentry.resolve(id, MIA);
    expect(await look(id)).toMatchObject({ resolved: true, regressed: false });
    now += DAY;
    const commit = { id: 'c0ffee', message: 'ECD-7: half even', author: '104' };
    sentry.release('payments', 'payments@2.5.0', [commit]);
    capture({ release: 'payments@2.5.0', user: 'b' });

    expect(await look(id)).toEqual({
      kind: 'error',
      subject: `sentry:issue:${id}`,
      name: 'PAYMENTS-1',
      title: TITLE,
      url: `https://sentry.example/organizations/acme/issues/${id}/`,
      createdAt: '2026-11-16T09:00:00.000Z',
      textDigest: sha256(`${TITLE}\napp.js in pay`),
      resolved: false,
      regressed: true,
      level: 'fatal',
      production: true,
      priority: 'high',
      users: 2,
      occurrences: 2,
      release: 'payments@2.5.0',
      assignee: { system: 'sentry', id: '102', name: 'Ines Okafor', bot: false },
      suspects: [
        {
          commit: 'c0ffee',
          message: 'ECD-7: half even',
          author: { system: 'sentry', id: '104', name: 'Tom Weber', bot: false },
        },
      ],
    });
  });

  test('it stays one that came back when Sentry calls it ongoing, until it is resolved again', async () => {
    const id = capture();
    now += DAY;
    sentry.resolve(id, MIA);
    now += DAY;
    capture();
    now += DAY;
    sentry.unresolve(id, MIA);
    expect(await look(id)).toMatchObject({ resolved: false, regressed: true });
    now += DAY;
    sentry.resolve(id, MIA);
    now += DAY;
    sentry.unresolve(id, MIA);

    expect(await look(id)).toMatchObject({ resolved: false, regressed: false });
  });

  test('production is any of its environments, not only the newest', async () => {
    const id = capture({ environment: 'staging' });
    expect((await look(id)).production).toBe(false);
    capture({ environment: 'production' });
    capture({ environment: 'staging' });

    expect((await look(id)).production).toBe(true);
  });

  test('what is archived is watched no more, and a team is no assignee', async () => {
    const id = capture({ priority: 'low' });
    sentry.assign(id, MIA, 'team:301');
    sentry.ignore(id, MIA);

    expect(await look(id)).toMatchObject({ resolved: true, assignee: null, priority: 'low' });
  });

  test('a usual one takes four calls', async () => {
    await look(capture({ release: 'payments@2.4.0' }));

    expect(sentry.requests).toHaveLength(4);
  });

  test('without releases in Sentry there is nobody to suspect', async () => {
    expect((await look(capture())).suspects).toEqual([]);
  });
});

describe('what is not watched', () => {
  test.each(['99999', 'abc', ''])('there is no situation of error "%s"', async (id) => {
    expect(await survey(id)).toBeNull();
  });

  test('nor of one in another project', async () => {
    const { id } = sentry.captureError('web', { title: TITLE }).row;

    expect(await survey(id)).toBeNull();
  });

  test('a token that is not taken is a failure, not a missing error', async () => {
    await expect(survey(capture(), { token: 'wrong' })).rejects.toMatchObject({
      kind: 'unauthorized',
    });
  });
});

test('an issue as the vendor documents it has what is asked of it', () => {
  const file = '../../../test/fixtures/sentry/rest/openapi--get-issues-issue_id-200.json';
  const issue = WholeIssue.parse(JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')));

  expect(issue.firstSeen).not.toBeNull();
  expect(issue.activity.length).toBeGreaterThan(0);
});
