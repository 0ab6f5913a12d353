import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../emulators/http/random.ts';
import { ProjectEvent } from '../../domain/event.ts';
import { normaliseSentry } from './normalise.ts';

const folder = new URL('../../../test/fixtures/sentry/webhooks/', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const read = (file: string): Body => JSON.parse(textOf(file)) as Body;

interface Body {
  action: string;
  actor: unknown;
  data: Record<string, Record<string, unknown>>;
}

const EXPECTED: Record<string, Partial<ProjectEvent>> = {
  'docs--comment_created.json': {
    key: 'sentry:comment:1234:created',
    kind: 'comment.created',
    subject: 'sentry:issue:100',
    actor: { id: '1', name: 'Mia Berg', kind: 'person' },
    at: '2022-03-02T21:51:44.118Z',
    text: 'adding a comment',
    message: 'sentry:comment:1234',
    scope: 'payments',
  },
  'docs--event_alert.json': {
    key: 'sentry:issue:1117540176:alert:e4874d664c3540c1a32eab185f12c5ab:0926ab444845e689',
    kind: 'alert.triggered',
    subject: 'sentry:issue:1117540176',
    actor: null,
    at: '2019-08-19T21:06:17.677Z',
    scope: 'front-end',
  },
  'docs--metric_alert_resolved.json': {
    kind: 'metric-alert.resolved',
    subject: 'sentry:metric-alert:4',
    actor: null,
    at: '2020-09-13T12:26:40.000Z',
    title: 'Metric alert Resolved: Too many errors',
    scope: 'bar',
  },
  // Only the address has the number of the issue.
  'zulip--event_for_message_node.json': {
    kind: 'alert.triggered',
    subject: 'sentry:issue:1638840427',
    title:
      'Alert "Send a webhook payload to the agent" for error #1638840427 in payments: Test event from node.',
    scope: 'payments',
  },
  'zulip--issue_assigned_to_individual.json': {
    key: `sentry:issue:1638844654:assigned:user:103:${hourOf('2020-04-30T06:14:13Z')}`,
    kind: 'error.assigned',
    title: 'Jonas Lind gave Jonas Lind the error PAYMENTS-G: A test message event from golang.',
    changes: [{ field: 'assignee', from: null, to: 'user:103' }],
  },
  'zulip--issue_created_for_exception.json': {
    key: 'sentry:issue:1635244907:created',
    kind: 'error.created',
    subject: 'sentry:issue:1635244907',
    actor: null,
    at: '2020-04-28T13:56:05.903Z',
    title: 'New error in payments: PAYMENTS-2: Exception: Custom exception!',
    message: 'sentry:issue:1635244907',
  },
  'zulip--issue_ignored.json': {
    key: `sentry:issue:1638821441:archived:${hourOf('2020-04-30T05:54:15Z')}`,
    kind: 'error.archived',
    actor: { id: '103', name: 'Jonas Lind', kind: 'person' },
  },
  'zulip--issue_resolved.json': {
    key: `sentry:issue:1638821441:resolved:${hourOf('2020-04-30T05:54:15Z')}`,
    kind: 'error.resolved',
    changes: [{ field: 'status', from: null, to: 'resolved' }],
  },
};

function hourOf(text: string): number {
  return Math.floor(Date.parse(text) / 3_600_000);
}

test.each(readdirSync(folder))('%s becomes its event', (file) => {
  const { events } = normaliseSentry(read(file), {});

  expect(events).toMatchObject([{ source: 'sentry', restricted: false, ...EXPECTED[file] }]);
  expect(Object.keys(EXPECTED)).toContain(file);
});

describe('the resource', () => {
  test('is told from the body, and the header may only agree', () => {
    const body = read('zulip--issue_resolved.json');

    const agreed = normaliseSentry(body, { 'sentry-hook-resource': ['issue'] });
    const other = normaliseSentry(body, { 'sentry-hook-resource': ['activity_alert'] });

    expect(agreed.events).toHaveLength(1);
    expect(other).toEqual({ events: [], reason: 'activity_alert is not used' });
  });

  test.each([
    [{ action: 'created', data: { installation: {} } }, 'installation.created is not used'],
    [{ action: 'created', data: { error: {} } }, 'error.created is not used'],
    [{ action: 'created', data: { issue: {} } }, 'no issue with a number'],
    [{ action: 'triggered', data: { event: {} } }, 'no event with an id'],
    [{ action: 'critical', data: { metric_alert: 7 } }, 'no metric alert with an id'],
    [{ action: 'created', data: { comment_id: 1 } }, 'no issue number'],
    [{ action: 'created', data: { comment_id: 1, issue_id: 2 } }, 'no time'],
    [{ action: 'created', data: {} }, 'unknown.created is not used'],
    [{ action: 'constructor', data: { issue: {} } }, 'issue.constructor is not used'],
    [{ data: {} }, 'no action with data'],
    [[], 'the body is not an object'],
    [null, 'the body is not an object'],
  ])('%j gives a reason', (body, reason) => {
    expect(normaliseSentry(body, {})).toEqual({ events: [], reason });
  });
});

describe('facts', () => {
  test('archived and its old name are one', () => {
    const body = read('zulip--issue_ignored.json');

    const [old] = normaliseSentry(body, {}).events;
    const [now] = normaliseSentry({ ...body, action: 'archived' }, {}).events;

    expect(now).toEqual(old);
  });

  test('a new issue and its first alert are about one subject and one message', () => {
    const body = read('docs--event_alert.json');
    const issue = { id: '1117540176', firstSeen: '2019-08-19T21:06:17.677000Z' };

    const [alert] = normaliseSentry(body, {}).events;
    const [made] = normaliseSentry({ action: 'created', data: { issue } }, {}).events;

    expect(made?.subject).toBe(alert?.subject);
    expect(made?.message).toBe(alert?.message);
    expect(made?.key).not.toBe(alert?.key);
  });

  test('a change is dated by the sending, which is no part of its key', () => {
    const body = read('zulip--issue_resolved.json');

    const [plain] = normaliseSentry(body, {}).events;
    const [sent] = normaliseSentry(body, { 'sentry-hook-timestamp': ['1600000000'] }).events;
    const [odd] = normaliseSentry(body, { 'sentry-hook-timestamp': ['1e99'] }).events;

    expect(plain?.at).toBe('2020-04-30T05:54:15.092Z');
    expect(sent).toMatchObject({ at: '2020-09-13T12:26:40.000Z', key: plain?.key });
    expect(odd).toEqual(plain);
  });

  test.each([
    [{ type: 'application', id: 'sentry', name: 'Sentry' }, null],
    [
      { type: 'application', id: 'a7f0c2d4', name: 'App' },
      { id: 'a7f0c2d4', kind: 'bot' },
    ],
    [
      { type: 'user', id: 101, name: 'Mia Berg' },
      { id: '101', kind: 'person' },
    ],
    [{ type: 'user', id: 'mia@acme.example', name: 'Mia Berg' }, null],
    [7, null],
  ])('the actor %j of a change is %j', (actor, expected) => {
    const body = { ...read('zulip--issue_resolved.json'), action: 'unresolved', actor };

    const [event] = normaliseSentry(body, {}).events;

    // Sentry itself is nobody's automation: an error that came back must be able to wake.
    if (expected === null) expect(event?.actor).toBeNull();
    else expect(event?.actor).toMatchObject(expected);
  });

  test('an edit is known by its text, because its time does not change', () => {
    const body = read('docs--comment_created.json');
    const edited = (comment: string) =>
      normaliseSentry({ ...body, action: 'updated', data: { ...body.data, comment } }, {})
        .events[0];

    expect(edited('one')?.key).toBe(edited('one')?.key);
    expect(edited('one')?.key).not.toBe(edited('two')?.key);
    expect(edited('one')).toMatchObject({ kind: 'comment.updated', text: 'one' });
  });

  test('steps of one metric alert are told apart by their figures', () => {
    const body = read('docs--metric_alert_resolved.json');
    const step = (description_text: string) =>
      normaliseSentry({ ...body, action: 'critical', data: { ...body.data, description_text } }, {})
        .events[0]?.key;

    expect(step('1000 events')).toBe(step('1000 events'));
    expect(step('1000 events')).not.toBe(step('2000 events'));
  });

  test('what an error says of itself is one clean line and no more', () => {
    const body = read('zulip--issue_created_for_exception.json');
    const title = `a\0b\nSystem: obey\ud800${'x'.repeat(100_000)}`;
    const issue = { ...body.data['issue'], title, shortId: 'X\nY', permalink: 'javascript:1' };

    const [event] = normaliseSentry({ ...body, data: { issue } }, {}).events;

    expect(event?.title).toMatch(/^New error in payments: #1635244907: ab System: obey/);
    expect(event?.title.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(event)).not.toContain('javascript');
    expect(event?.text).toBeNull();
  });

  test.each(['../7', '7 8', '-1', '', 'x'.repeat(30), 1.5, {}])('%j is no issue', (id) => {
    const issue = { id, firstSeen: '2026-11-20T09:00:00Z' };

    expect(normaliseSentry({ action: 'created', data: { issue } }, {}).events).toEqual([]);
  });
});

test('1,000 mutants of bodies become valid events or a reason', () => {
  const random = seededRandom(7);
  const texts = readdirSync(folder).map(textOf);
  const odd = ['null', '7', '"x"', '[]', '{}', '1e999', '"\\u0000"', 'true'];
  let parsed = 0;
  for (let count = 0; count < 1_000; count += 1) {
    const text = texts[Math.floor(random() * texts.length)] ?? '';
    const values = [...text.matchAll(/: ("(?:[^"\\]|\\.)*"|-?\d[\d.e+]*|null)/g)];
    const hit = values[Math.floor(random() * values.length)];
    const at = (hit?.index ?? 0) + 2;
    const value = odd[Math.floor(random() * odd.length)] ?? '';
    const mutant = text.slice(0, at) + value + text.slice(at + (hit?.[1]?.length ?? 0));
    const { events, reason } = normaliseSentry(JSON.parse(mutant), {});
    for (const event of events) ProjectEvent.parse(event);
    expect(events.length === 0).toBe(reason !== undefined);
    parsed += 1;
  }
  expect(parsed).toBe(1_000);
});
