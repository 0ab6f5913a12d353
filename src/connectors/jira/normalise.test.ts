import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ProjectEvent } from '../../domain/event.ts';
import { normaliseJira } from './normalise.ts';

const folder = new URL('../../../test/fixtures/jira/webhooks/', import.meta.url);

function fixture(name: string): Record<string, unknown> {
  const text = readFileSync(new URL(`${name}.json`, folder), 'utf8').replace(/^\uFEFF/, '');
  return JSON.parse(text) as Record<string, unknown>;
}

interface Row {
  readonly kind: string;
  readonly key: string;
  readonly subject: string;
  readonly actor: string;
  readonly fields?: readonly string[];
}

const row = (kind: string, key: string, rest: Omit<Row, 'kind' | 'key'>): Row[] => [
  { kind, key: `jira:${key}`, ...rest },
];
const one = '5a0000000000000000000001';
const two = '5a0000000000000000000002';
const tes41 = { subject: 'jira:issue:TES-41', actor: one };
const tes4 = { subject: 'jira:issue:TES-4', actor: 'admin' };
const prjx = { subject: 'jira:issue:PRJX-14', actor: 'maralind' };

const TABLE: Record<string, Row[] | string> = {
  'jtp--addComment': row('comment.created', 'comment:10000:created', {
    subject: 'jira:issue:TEST-1',
    actor: 'admin',
  }),
  'jtp--cloudAddComment': row('comment.created', 'comment:10021:created', {
    subject: 'jira:issue:TEST-24',
    actor: '557058:00000000-0000-4000-8000-000000000003',
  }),
  'jtp--issue_created': row('issue.created', 'issue:10003:created', {
    subject: 'jira:issue:TEST-4',
    actor: 'admin',
  }),
  'jtp--issue_updated_status_updated': row('issue.updated', 'issue:10010:changelog:10202', {
    subject: 'jira:issue:TEST-11',
    actor: 'admin',
    fields: ['resolution', 'status'],
  }),
  'jtp--issue_updated_without_comment': row('issue.updated', 'issue:10510:changelog:10000', {
    subject: 'jira:issue:TEST-44',
    actor: 'admin',
    fields: ['summary'],
  }),
  'jtp--updateDescription': row('issue.updated', 'issue:10001:changelog:10000', {
    subject: 'jira:issue:TEST-2',
    actor: 'admin',
    fields: ['description'],
  }),
  'mm--webhook-cloud-comment-created': row('comment.created', 'comment:10019:created', tes41),
  'mm--webhook-cloud-comment-deleted': row('comment.deleted', 'comment:10757:deleted', {
    subject: 'jira:issue:KT-7',
    actor: 'unknown',
  }),
  'mm--webhook-cloud-comment-updated': row(
    'comment.updated',
    'comment:10019:updated:1550286728432',
    tes41,
  ),
  'mm--webhook-cloud-issue-created-many-fields': row('issue.created', 'issue:10509:created', {
    subject: 'jira:issue:KT-22',
    actor: two,
  }),
  'mm--webhook-cloud-issue-updated-custom-field': row(
    'issue.updated',
    'issue:10368:changelog:11479',
    { subject: 'jira:issue:TES-14', actor: two, fields: ['MJK - Number Field'] },
  ),
  'mm--webhook-issue-created-no-description': row('issue.created', 'issue:10040:created', tes41),
  'mm--webhook-issue-created-with-security-level': row(
    'issue.created',
    'issue:10040:created',
    tes41,
  ),
  'mm--webhook-issue-deleted': row('issue.deleted', 'issue:10303:deleted', {
    subject: 'jira:issue:IDT-19',
    actor: one,
  }),
  'mm--webhook-issue-updated-assigned-nobody': changed('10231', 'assignee'),
  'mm--webhook-issue-updated-assigned': changed('10230', 'assignee'),
  'mm--webhook-issue-updated-attachments': changed('10233', 'Attachment'),
  'mm--webhook-issue-updated-edited': changed('10225', 'description'),
  'mm--webhook-issue-updated-issue-type': changed('11149', 'issuetype'),
  'mm--webhook-issue-updated-lowered-priority': changed('10234', 'priority'),
  'mm--webhook-issue-updated-multiple-values': changed(
    '11151',
    'fixVersions',
    'assignee',
    'QA Steps',
  ),
  'mm--webhook-issue-updated-renamed': changed('10224', 'summary'),
  'mm--webhook-issue-updated-reopened': changed('10229', 'resolution', 'status'),
  'mm--webhook-issue-updated-resolved': changed('10228', 'resolution', 'status'),
  'mm--webhook-issue-updated-sprint': changed('10233', 'Sprint'),
  'mm--webhook-server-issue-updated-closed': row('issue.updated', 'issue:10300:changelog:10511', {
    ...tes4,
    fields: ['status'],
  }),
  'mm--webhook-server-issue-updated-comment-deleted': 'no comment with an id',
  'mm--webhook-server-issue-updated-comment-edited': row(
    'comment.updated',
    'comment:10084:updated:1559609613665',
    prjx,
  ),
  'mm--webhook-server-issue-updated-commented-1': row(
    'comment.created',
    'comment:10082:created',
    prjx,
  ),
  'mm--webhook-server-issue-updated-in-progress': row(
    'issue.updated',
    'issue:10300:changelog:10508',
    { ...tes4, fields: ['status'] },
  ),
  'mm--webhook-server-issue-updated-reopened': row('issue.updated', 'issue:10300:changelog:10507', {
    ...tes4,
    fields: ['resolution', 'status'],
  }),
  'mm--webhook-server-issue-updated-resolved': row('issue.updated', 'issue:10300:changelog:10414', {
    ...tes4,
    fields: ['status', 'resolution'],
  }),
  'mm--webhook-server-updated-custom-field': row('issue.updated', 'issue:10106:changelog:10200', {
    subject: 'jira:issue:TES-8',
    actor: 'test',
    fields: ['numfield'],
  }),
};

function changed(changelog: string, ...fields: string[]): Row[] {
  return row('issue.updated', `issue:10040:changelog:${changelog}`, { ...tes41, fields });
}

describe('recorded deliveries', () => {
  const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));

  test('every file has a row', () => {
    expect(Object.keys(TABLE).sort()).toEqual(names.sort());
  });

  test.each(names)('%s becomes what the table says', (name) => {
    const expected = TABLE[name]!;

    const { events, reason } = normaliseJira(fixture(name));

    if (typeof expected === 'string') {
      expect({ events, reason }).toEqual({ events: [], reason: expected });
      return;
    }
    expect(events.map((event) => ProjectEvent.parse(event))).toEqual(events);
    expect(
      events.map((event) => ({
        kind: event.kind,
        key: event.key,
        subject: event.subject,
        actor: event.actor?.id,
        ...(event.changes.length > 0 ? { fields: event.changes.map(({ field }) => field) } : {}),
      })),
    ).toEqual(expected);
  });
});

const issue = { id: '10', key: 'ECD-1', fields: { summary: 'Broken login' } };
const person = { accountId: 'acc-1', displayName: 'Ann', accountType: 'atlassian' };
const comment = {
  id: '5',
  author: person,
  body: 'hello',
  created: '2026-03-02T10:00:00.000+0100',
  updated: '2026-03-02T10:00:00.000+0100',
};
const timestamp = Date.parse('2026-03-02T12:00:00.000Z');

function only(body: unknown): ProjectEvent {
  const { events, reason } = normaliseJira(body);
  expect(reason).toBeUndefined();
  expect(events).toHaveLength(1);
  return ProjectEvent.parse(events[0]);
}

describe('comments', () => {
  test('a comment of Cloud is told whole', () => {
    const event = only({ webhookEvent: 'comment_created', timestamp, comment, issue });

    expect(event).toEqual({
      key: 'jira:comment:5:created',
      kind: 'comment.created',
      source: 'jira',
      subject: 'jira:issue:ECD-1',
      actor: { id: 'acc-1', name: 'Ann', kind: 'person' },
      at: '2026-03-02T09:00:00.000Z',
      title: 'Ann commented on ECD-1: Broken login',
      text: 'hello',
      message: 'jira:comment:5',
      changes: [],
      scope: 'ECD',
      restricted: false,
    });
  });

  test('an app that comments is a bot', () => {
    const author = { ...person, accountType: 'app' };

    const event = only({
      webhookEvent: 'comment_created',
      comment: { ...comment, author },
      issue,
    });

    expect(event.actor?.kind).toBe('bot');
  });

  test('a comment for some people only is marked, and so is an internal note', () => {
    const restricted = [
      { visibility: { type: 'role' } },
      { visibility: 'odd' },
      { jsdPublic: false },
    ];

    for (const extra of restricted) {
      const body = { webhookEvent: 'comment_created', comment: { ...comment, ...extra }, issue };
      expect(only(body).restricted).toBe(true);
    }
  });

  test('an ADF body is read as text, with its mentions', () => {
    const body = {
      type: 'doc',
      content: [
        {
          type: 'paragraph',
          content: [
            { type: 'mention', attrs: { id: 'acc-2' } },
            { type: 'text', text: ' please look' },
          ],
        },
      ],
    };

    const event = only({ webhookEvent: 'comment_created', comment: { ...comment, body }, issue });

    expect(event.text).toBe('[~accountid:acc-2] please look');
  });

  test('a number as id is written as a string, one that is not exact is dropped', () => {
    const withId = (id: unknown): unknown => ({
      webhookEvent: 'comment_created',
      comment: { ...comment, id },
      issue,
    });

    expect(only(withId(5)).key).toBe('jira:comment:5:created');
    for (const id of [2 ** 53, 1.5, -1, true, { id: 1 }, '5 6', '']) {
      expect(normaliseJira(withId(id)).reason).toBe('no comment with an id');
    }
  });

  test('text is kept to 20,000 characters without NUL and half surrogates', () => {
    const body = `a\0b\ud800${'x'.repeat(30_000)}`;

    const event = only({ webhookEvent: 'comment_created', comment: { ...comment, body }, issue });

    expect(event.text?.startsWith('ab\ufffdxx')).toBe(true);
    expect(event.text?.length).toBeLessThanOrEqual(20_000);
  });

  test('the text of a deleted comment is not repeated', () => {
    expect(only({ webhookEvent: 'comment_deleted', timestamp, comment, issue }).text).toBeNull();
  });

  test('a change of Data Center with a comment is two events', () => {
    const { events } = normaliseJira({
      webhookEvent: 'jira:issue_updated',
      issue_event_type_name: 'issue_resolved',
      timestamp,
      comment,
      issue,
      changelog: { id: 9, items: [{ field: 'status', fromString: 'Open', toString: 'Done' }] },
    });

    expect(events.map((event) => event.key)).toEqual([
      'jira:comment:5:created',
      'jira:issue:10:changelog:9',
    ]);
  });
});

describe('issues', () => {
  const update = (items: unknown, id: unknown = '9'): unknown => ({
    webhookEvent: 'jira:issue_updated',
    timestamp,
    user: person,
    issue: { ...issue, fields: { updated: '2026-03-02T12:59:59.500+0100' } },
    changelog: { id, items },
  });

  test('an item without its own toString does not become the method of every object', () => {
    const [change] = only(update([{ field: 'status', fromString: 'Open' }])).changes;

    expect(change).toEqual({ field: 'status', from: 'Open', to: null });
  });

  test('fields of the system go by id, custom fields by label', () => {
    const items = [
      { field: 'Estado', fieldId: 'status' },
      { field: 'Sprint', fieldId: 'customfield_10020' },
      { field: 'Status' },
    ];

    expect(only(update(items)).changes.map((change) => change.field)).toEqual([
      'status',
      'Sprint',
      'Status',
    ]);
  });

  test('an assignee is known by account id, however old the capture', () => {
    const items = [{ field: 'assignee', from: 'acc-1', to: 'ann', tmpToAccountId: 'acc-9' }];

    expect(only(update(items)).changes).toEqual([
      { field: 'assignee', from: 'acc-1', to: 'acc-9' },
    ]);
  });

  test('without an id of the changelog the time of the update stands in the key', () => {
    const at = Date.parse('2026-03-02T11:59:59.500Z');

    expect(only(update([], null)).key).toBe(`jira:issue:10:updated:${at}`);
  });

  test('items that do not fit are left out alone', () => {
    const items: unknown[] = [
      null,
      5,
      'x',
      [],
      {},
      { field: 7 },
      { field: 'priority', toString: 'High' },
    ];

    expect(only(update(items)).changes).toEqual([{ field: 'priority', from: null, to: 'High' }]);
  });

  test('an e-mail address never becomes the id of a person', () => {
    const user = { name: 'ann@example.com', displayName: 'Ann' };

    expect(only({ webhookEvent: 'jira:issue_created', timestamp, user, issue }).actor).toEqual({
      id: 'unknown',
      name: 'Ann',
      kind: 'unknown',
    });
  });
});

describe('worklogs, sprints and links', () => {
  test.each(['created', 'updated', 'started', 'closed', 'deleted'])('a sprint is %s', (word) => {
    const sprint = { id: 44, name: 'Sprint 9' };

    const event = only({ webhookEvent: `sprint_${word}`, timestamp, sprint });

    expect(event).toMatchObject({
      key: `jira:sprint:44:${word}:${timestamp}`,
      kind: `sprint.${word}`,
      subject: 'jira:sprint:44',
      actor: null,
    });
  });

  test('a closed sprint bears the time that the sprint itself keeps', () => {
    const sprint = { id: 44, completeDate: '2026-03-02T10:00:00.000Z' };
    const at = Date.parse(sprint.completeDate);

    const event = only({ webhookEvent: 'sprint_closed', timestamp, sprint });

    expect(event.key).toBe(`jira:sprint:44:closed:${at}`);
  });

  test.each(['created', 'updated', 'deleted'])('a worklog is %s', (word) => {
    const worklog = { id: '3', issueId: '10', author: person, updated: '2026-03-02T10:00:00.000Z' };

    const event = only({ webhookEvent: `worklog_${word}`, timestamp, worklog });

    expect(event.kind).toBe(`worklog.${word}`);
    expect(event.subject).toBe('jira:issue-id:10');
  });

  test.each(['created', 'deleted'])('a link is %s', (word) => {
    const issueLink = { id: 1, sourceIssueId: 10, destinationIssueId: 11 };

    const event = only({ webhookEvent: `issuelink_${word}`, timestamp, issueLink });

    expect(event).toMatchObject({ key: `jira:link:1:${word}`, subject: 'jira:issue-id:10' });
  });
});

describe('what is not used', () => {
  test.each([
    [null, 'the body is empty'],
    [[], 'the body is not an object'],
    ['text', 'the body is not an object'],
    [{}, 'no event name'],
    [{ webhookEvent: 7 }, 'no event name'],
    [{ webhookEvent: 'board_created' }, 'board_created is not used'],
    [{ webhookEvent: 'toString' }, 'toString is not used'],
    [{ webhookEvent: 'comment_created' }, 'no comment with an id'],
    [{ webhookEvent: 'comment_created', comment }, 'no issue key'],
    [{ webhookEvent: 'comment_created', comment: { id: 1 }, issue }, 'no time'],
    [{ webhookEvent: 'jira:issue_updated', timestamp }, 'no issue key'],
    [{ webhookEvent: 'jira:issue_created', timestamp, issue: { id: 1, key: 'x' } }, 'no issue key'],
    [{ webhookEvent: 'jira:issue_deleted', timestamp: 1e300, issue }, 'no time'],
    [{ webhookEvent: 'sprint_closed', timestamp, sprint: [] }, 'no sprint with an id'],
  ])('%j gives no event and a reason', (body, reason) => {
    expect(normaliseJira(body)).toEqual({ events: [], reason });
  });

  test('no JSON value makes it throw', () => {
    const names = ['jira:issue_updated', 'comment_created', 'sprint_closed', 'issuelink_created'];
    const part = fc.oneof(fc.jsonValue(), fc.constant({ id: 1 }), fc.constant(issue));
    const body = fc.record({
      webhookEvent: fc.oneof(fc.constantFrom(...names), fc.jsonValue()),
      timestamp: fc.oneof(fc.integer(), fc.jsonValue()),
      issue: part,
      comment: part,
      changelog: part,
      sprint: part,
      worklog: part,
      issueLink: part,
      user: part,
    });

    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), body), (value) => {
        const { events, reason } = normaliseJira(value);
        for (const event of events) ProjectEvent.parse(event);
        expect(events.length > 0).toBe(reason === undefined);
      }),
    );
  });

  test('a body full of prototype names leaves prototypes alone', () => {
    const body: unknown = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"webhookEvent":"jira:issue_updated","timestamp":1,"issue":{"id":"1","key":"ECD-1","__proto__":{"polluted":1}}}',
    );

    normaliseJira(body);

    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
