import { describe, expect, test } from 'vitest';
import type { ProjectEvent } from '../../domain/event.ts';
import { bitbucketTriage } from './triage.ts';

function judge(kind: string, scope = 'acme/payments') {
  const event: ProjectEvent = {
    key: 'k',
    kind,
    source: 'bitbucket',
    subject: 'bitbucket:pull-request:acme/payments/1',
    actor: null,
    at: '2026-03-02T09:00:00.000Z',
    title: 't',
    text: null,
    message: null,
    changes: [],
    scope,
    restricted: false,
  };
  const rules = bitbucketTriage({ workspace: 'acme', repos: ['payments'] });
  return rules.map((rule) => rule.judge(event)).find((answer) => answer !== null);
}

describe('what starts a cycle', () => {
  test.each([
    ['pull-request.created', 'pull-request-created'],
    ['pull-request.changes-requested', 'changes-requested'],
    ['pull-request.approved', 'approved'],
    ['pull-request.merged', 'merged'],
    ['pull-request.declined', 'declined'],
    ['comment.created', 'comment-created'],
    ['comment.updated', 'comment-edited'],
    ['build.failed', 'build-failed'],
  ])('%s', (kind, rule) => {
    expect(judge(kind)).toMatchObject({ wakes: true, rule });
  });
});

describe('what is only noted', () => {
  test.each([
    ['pull-request.updated', 'noted'],
    ['pull-request.unapproved', 'noted'],
    ['pull-request.changes-request-removed', 'noted'],
    ['comment.deleted', 'deleted'],
    ['comment.resolved', 'noted'],
    ['comment.reopened', 'noted'],
    ['push.pushed', 'push'],
    ['push.tagged', 'push'],
    ['build.started', 'noted'],
    ['build.succeeded', 'noted'],
    ['build.stopped', 'noted'],
  ])('%s', (kind, rule) => {
    expect(judge(kind)).toMatchObject({ wakes: false, rule });
  });

  test('everything of another repository or workspace', () => {
    for (const scope of ['acme/web', 'other/payments']) {
      expect(judge('comment.created', scope)).toMatchObject({
        wakes: false,
        rule: 'repository-not-watched',
      });
    }
    expect(judge('comment.created', 'Acme/Payments')?.wakes).toBe(true);
  });
});
