import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectShape } from '../rest-shape.ts';
import { ErrorEvent, ErrorEvents, IssueList, WholeIssue } from './rest.ts';
import type { SentrySettings } from './settings.ts';
import { eventView, issueLine, stepViews } from './views.ts';

const folder = new URL('../../../test/fixtures/sentry/rest/', import.meta.url);

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`openapi--${name}-200.json`, folder), 'utf8'));
}

const settings: SentrySettings = {
  baseUrl: null,
  siteUrl: null,
  token: 't',
  organization: 'acme',
  projects: [],
  webhookSecrets: [],
  pollSeconds: 900,
  mayWrite: false,
};

test('a documented issue is read, alone and in a list', () => {
  const issue = expectShape(WholeIssue, read('get-issues-issue_id'));
  const { issues, seen } = expectShape(IssueList, read('get-projects-organization-project-issues'));

  expect(issueLine(settings, issue)).toMatchObject({
    id: '1',
    shortId: 'PUMP-STATION-1',
    title: 'This is an example Python exception',
    project: 'pump-station',
    status: 'unresolved',
    events: '1',
    firstSeen: '2018-11-06T21:19:55.000Z',
    url: 'https://sentry.io/acme/pump-station/issues/1/',
  });
  expect(stepViews(issue.activity)).toMatchObject([{ type: 'first_seen', author: 'Sentry' }]);
  expect(seen).toBe(1);
  expect(issueLine(settings, issues[0]!)).toEqual(issueLine(settings, issue));
});

test('documented occurrences are read without what could identify a user', () => {
  const event = expectShape(ErrorEvent, read('get-issues-issue_id-events-event_id'));
  const events = expectShape(ErrorEvents, read('get-issues-issue_id-events'));

  const view = eventView(event);
  expect(view.exceptions).toMatchObject([
    { name: 'ForbiddenError: GET /organizations/acme/users/ 403' },
  ]);
  expect(view.exceptions[0]?.frames.length).toBeGreaterThan(0);
  expect(JSON.stringify(view)).not.toMatch(/mia@|Mia Berg|192\.168/);
  expect(events.map(eventView)).toMatchObject([{ at: '2020-09-11T17:46:36.000Z' }]);
});

test('an element that does not fit costs the list nothing else', () => {
  const list = read('get-projects-organization-project-issues');
  const { issues, seen } = expectShape(IssueList, [7, { id: '../x' }, ...(list as unknown[])]);

  expect([issues.length, seen]).toEqual([1, 3]);
});
