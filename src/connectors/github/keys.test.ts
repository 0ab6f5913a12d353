import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runEvent } from './build-event.ts';
import { issueItem, itemOpened } from './item-event.ts';
import { normaliseGithub } from './normalise.ts';
import type { Repo } from './payload.ts';
import { Comment, Repo as RepoShape, WorkflowRun } from './payload.ts';
import { Page, RestIssue, RestReview } from './rest.ts';
import { commentEvents, reviewEvent } from './thread-event.ts';
import { timelineEvents } from './timeline.ts';

const folder = new URL('../../../test/fixtures/github/rest/', import.meta.url);
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));

const repository = { id: 7002, full_name: 'acme/web', private: true, default_branch: 'main' };
const repo: Repo = RepoShape.parse(repository);
const mia = { id: 101, login: 'mia-berg', type: 'User' };

/** What a webhook makes of the same object. */
function pushed(event: string, body: object): readonly string[] {
  const given = { repository, sender: mia, ...body };
  return normaliseGithub(given, { 'x-github-event': [event] }).events.map(({ key }) => key);
}

describe('an object of the REST API and the webhook about it give one key', () => {
  test('an issue', () => {
    const body = read('danger--github_issue.json');
    const issue = RestIssue.parse(body);
    const item = issueItem(repo, issue);

    expect(item.kind).toBe('pull-request');
    const event = itemOpened(item, issue);
    expect([event?.key]).toEqual(pushed('pull_request', { action: 'opened', pull_request: body }));
  });

  test('a comment', () => {
    const body = read('devlake--github_api_comments-row47.json');
    const issue = { number: 13, title: 'x', pull_request: {} };
    const item = { repo, kind: 'pull-request', number: 13, title: 'x', branch: null } as const;

    const keys = commentEvents(item, Comment.parse(body), 'comment').map(({ key }) => key);
    expect(keys).toEqual(pushed('issue_comment', { action: 'created', comment: body, issue }));
  });

  test('reviews, whose state REST writes in upper case', () => {
    const item = { repo, kind: 'pull-request', number: 3, title: null, branch: null } as const;
    const rows = Page.parse(read('danger--reviews.json'));

    expect(rows.length).toBeGreaterThan(2);
    for (const row of rows) {
      const event = reviewEvent(item, RestReview.parse(row));
      const keys = typeof event === 'string' ? [] : [event.key];
      const pull_request = { number: 3, updated_at: '2026-03-02T10:00:00Z' };
      expect(keys).toEqual(
        pushed('pull_request_review', { action: 'submitted', review: row, pull_request }),
      );
    }
  });

  test('a run', () => {
    const body = read('devlake--github_api_runs-row1.json');
    const event = runEvent(repo, WorkflowRun.parse(body));

    const keys = pushed('workflow_run', { action: 'completed', workflow_run: body });
    expect(keys).toHaveLength(1);
    expect(event).toMatchObject({ key: keys[0] });
  });

  test.each([
    ['issues', 'labeled', { label: { name: 'needs: a löok' } }],
    ['issues', 'unassigned', { assignee: mia }],
    ['issues', 'reopened', {}],
    ['pull_request', 'ready_for_review', {}],
    ['pull_request', 'converted_to_draft', {}],
    ['pull_request', 'review_requested', { requested_reviewer: mia }],
    ['pull_request', 'review_request_removed', { requested_team: { id: 4, name: 'core' } }],
  ])('%s %s', (event, action, about) => {
    const at = '2026-03-02T10:05:00Z';
    const object = { number: 5, title: 'x', updated_at: at };
    const member = event === 'issues' ? 'issue' : 'pull_request';
    const kind = event === 'issues' ? 'issue' : 'pull-request';
    const item = { repo, kind, number: 5, title: 'x', branch: null } as const;
    const word = action === 'converted_to_draft' ? 'convert_to_draft' : action;
    const entry = { event: word, created_at: at, actor: mia, ...about };

    const keys = timelineEvents(item, [entry], { closedAt: null, mergedAt: null }).map(
      ({ key }) => key,
    );
    expect(keys).toHaveLength(1);
    expect(keys).toEqual(pushed(event, { action, [member]: object, ...about }));
  });

  test('the end of an item, also where the time line is a second off', () => {
    const item = { repo, kind: 'issue', number: 5, title: 'x', branch: null } as const;
    const closed = '2026-03-02T10:05:00Z';
    const entry = { event: 'closed', created_at: '2026-03-02T10:05:01Z', actor: mia };
    const ends = { closedAt: Date.parse(closed), mergedAt: null };

    const issue = { number: 5, title: 'x', updated_at: closed, closed_at: closed };
    expect(timelineEvents(item, [entry], ends).map(({ key }) => key)).toEqual(
      pushed('issues', { action: 'closed', issue }),
    );
  });
});
