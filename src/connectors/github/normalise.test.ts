import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ProjectEvent } from '../../domain/event.ts';
import { verifyProofs } from '../../inbox/verify.ts';
import { normaliseGithub, unwrapForm } from './normalise.ts';
import { githubTriage } from './triage.ts';
import { githubWebhook } from './webhook.ts';

const folder = new URL('../../../test/fixtures/github/webhooks/', import.meta.url);
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));

/** What every published body becomes: a kind and a subject, or a reason. */
const TABLE: Readonly<Record<string, readonly [string, string] | string>> = {
  'gop--github-issues.json': ['issue.opened', 'github:issue:ines-okafor/web#2'],
  'gop--github-pull-request-issue-comment.json': [
    'comment.created',
    'github:pull-request:yuki-sato/route-demo#3',
  ],
  'gop--github-pull-request-review-comment.json': [
    'review-comment.created',
    'github:pull-request:ines-okafor/web#1',
  ],
  'gop--github-pull-request-review.json': [
    'review.approved',
    'github:pull-request:ines-okafor/web#8',
  ],
  'gop--github-push.json': ['push.pushed', 'github:branch:ravi-nair/sample-app@master'],
  'octo--check_run--completed.json': ['check.succeeded', 'github:pull-request:mia-berg/payments#2'],
  'octo--check_suite--completed.json': [
    'check-suite.succeeded',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--deployment_status--gh-pages.json': 'the deployment has not ended',
  'octo--installation--created.json': 'this event is not used',
  'octo--installation--deleted.json': 'this event is not used',
  'octo--issue_comment--created.json': ['comment.created', 'github:issue:mia-berg/payments#1'],
  'octo--issue_comment--created.with-organization.json': [
    'comment.created',
    'github:issue:mia-berg/payments#1',
  ],
  'octo--issue_comment--deleted.json': ['comment.deleted', 'github:issue:mia-berg/payments#1'],
  'octo--issue_comment--edited.json': ['comment.edited', 'github:issue:mia-berg/payments#1'],
  'octo--issues--assigned.with-installation.json': [
    'issue.assigned',
    'github:issue:mia-berg/payments#1',
  ],
  'octo--issues--deleted.json': ['issue.deleted', 'github:issue:mia-berg/payments#1'],
  'octo--issues--edited.json': ['issue.edited', 'github:issue:mia-berg/payments#1'],
  'octo--issues--labeled.with-organization.json': [
    'issue.labeled',
    'github:issue:mia-berg/payments#1',
  ],
  'octo--issues--milestoned.json': [
    'pull-request.milestoned',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--issues--opened.with-empty-body.json': ['issue.opened', 'github:issue:mia-berg/payments#1'],
  'octo--issues--opened.with-transfer.json': ['issue.opened', 'github:issue:mia-berg/payments#1'],
  'octo--issues--reopened.json': ['issue.reopened', 'github:issue:mia-berg/payments#1'],
  'octo--issues--transferred.json': ['issue.transferred', 'github:issue:acme/shop#1'],
  'octo--issues--unassigned.json': ['issue.unassigned', 'github:issue:mia-berg/payments#1'],
  'octo--issues--unlabeled.with-organization.json': [
    'issue.unlabeled',
    'github:issue:mia-berg/payments#1',
  ],
  'octo--ping--with-app_id.json': 'this event is not used',
  'octo--pull_request--assigned.json': [
    'pull-request.assigned',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--closed.json': [
    'pull-request.declined',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--converted_to_draft.with-installation.json': [
    'pull-request.drafted',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--labeled.json': [
    'pull-request.labeled',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--opened.json': [
    'pull-request.opened',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--opened.with-organization.json': [
    'pull-request.opened',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--ready_for_review.with-installation.json': [
    'pull-request.ready',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--reopened.json': [
    'pull-request.reopened',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--review_request_removed.json': [
    'pull-request.review-request-removed',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--review_requested.json': [
    'pull-request.review-requested',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request--synchronize.json': [
    'pull-request.synchronized',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request_review--dismissed.json': [
    'review.dismissed',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request_review--submitted.with-organization.json': [
    'review.commented',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request_review_comment--created.with-organization.json': [
    'review-comment.created',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request_review_comment--deleted.json': [
    'review-comment.deleted',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request_review_comment--edited.json': [
    'review-comment.edited',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request_review_thread--resolved.json': [
    'review-thread.resolved',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--pull_request_review_thread--unresolved.json': [
    'review-thread.unresolved',
    'github:pull-request:mia-berg/payments#2',
  ],
  'octo--push--payload.json': ['push.pushed', 'github:tag:mia-berg/payments@simple-tag'],
  'octo--push--with-new-branch.json': ['push.pushed', 'github:branch:mia-berg/payments@master'],
  'octo--push--with-organization.json': ['push.pushed', 'github:tag:mia-berg/payments@simple-tag'],
  'octo--release--published.json': ['release.published', 'github:release:mia-berg/payments@0.0.1'],
  'octo--status--with-author-committer-null.json': [
    'status.succeeded',
    'github:branch:mia-berg/payments@master',
  ],
  'octo--workflow_job--completed.failure.with-organization.json': [
    'job.failed',
    'github:branch:mia-berg/payments@main',
  ],
  'octo--workflow_run--completed.json': ['build.succeeded', 'github:branch:acme/shop@master'],
  'octo--workflow_run--requested.json': 'the action requested is not used',
  'opsdroid--check_failed.json': ['check.failed', 'github:pull-request:mia-berg/payments#2'],
  'opsdroid--issue_close.json': ['issue.closed', 'github:issue:luca-rossi/actions-demo#10'],
  'opsdroid--pr_closed.json': [
    'pull-request.declined',
    'github:pull-request:acme-bots/acme-sound#175',
  ],
  'opsdroid--pr_edited.json': ['pull-request.edited', 'github:pull-request:acme-audio/test-repo#9'],
  'opsdroid--pr_reopened.json': [
    'pull-request.reopened',
    'github:pull-request:acme-audio/test-repo#9',
  ],
  'opsdroid--pr_review_edited.json': [
    'review.edited',
    'github:pull-request:acme-audio/test-repo#9',
  ],
  'woodpecker--HookPullRequestClosed.json': [
    'pull-request.declined',
    'github:pull-request:lena-fischer/release-tool#62',
  ],
  'woodpecker--HookPush.json': ['push.pushed', 'github:branch:acme-ci/robin-ci@main'],
};

describe('every published delivery', () => {
  test.each(readdirSync(folder))('%s becomes what the table says', (file) => {
    const { events, reason } = normaliseGithub(read(file), {});

    const got = events.length === 0 ? reason : [events[0]?.kind, events[0]?.subject];
    expect(got).toEqual(TABLE[file]);
    for (const event of events) {
      ProjectEvent.parse(event);
      const judged = githubTriage([]).some((rule) => rule.judge(event) !== null);
      expect(judged).toBe(true);
      expect(event.actor?.id ?? '').not.toContain('@');
    }
  });
});

const repository = {
  id: 7002,
  full_name: 'acme/web',
  private: false,
  default_branch: 'main',
};
const mia = { id: 101, login: 'mia-berg', type: 'User' };
const issue = {
  number: 12,
  title: 'Fix rounding',
  body: 'one\r\ntwo',
  user: mia,
  created_at: '2026-03-02T10:00:00Z',
  updated_at: '2026-03-02T10:05:00Z',
};
const comment = {
  id: 5,
  user: mia,
  body: 'hello',
  created_at: '2026-03-02T10:01:00Z',
  updated_at: '2026-03-02T10:01:00Z',
  author_association: 'NONE',
};

function only(body: unknown): ProjectEvent {
  const { events } = normaliseGithub(body, {});
  expect(events).toHaveLength(1);
  return events[0]!;
}

function judged(
  event: ProjectEvent,
  repos: readonly string[] = [],
): { rule?: string; wakes?: boolean } {
  for (const rule of githubTriage(repos)) {
    const found = rule.judge(event);
    if (found !== null) return { rule: found.rule, wakes: found.wakes };
  }
  return {};
}

describe('what a delivery means', () => {
  test('a comment of somebody outside of a public repository starts nothing; of a member it does', () => {
    const said = { action: 'created', issue, comment, repository, sender: mia };
    const outside = only(said);
    const member = only({ ...said, comment: { ...comment, author_association: 'MEMBER' } });
    const closed = only({ ...said, repository: { ...repository, private: true } });

    expect([outside, member, closed].map((event) => judged(event).rule)).toEqual([
      'outsider',
      'comment-created',
      'comment-created',
    ]);
    expect(outside.actor?.kind).toBe('unknown');
  });

  test('a deleted account is a ghost', () => {
    const event = only({
      action: 'opened',
      issue: { ...issue, user: null },
      repository,
      sender: null,
    });

    expect(event.actor).toEqual({ id: 'ghost', name: 'ghost', kind: 'unknown' });
    expect(event).toMatchObject({ kind: 'issue.opened', text: 'one\ntwo', scope: 'acme/web' });
    expect(event.message).toBe('github:7002:issue:12');
  });

  test('a renamed repository keeps the keys of its facts', () => {
    const before = only({ action: 'opened', issue, repository, sender: mia });
    const renamed = { ...repository, full_name: 'acme/site' };
    const after = only({ action: 'opened', issue, repository: renamed, sender: mia });

    expect(after.key).toBe(before.key);
    expect(after.subject).not.toBe(before.subject);
  });

  test('closed is a merge only where it is one', () => {
    const pull = {
      ...issue,
      closed_at: '2026-03-02T10:05:00Z',
      head: { ref: 'ECD-9-x', sha: 'a' },
    };
    const closed = { action: 'closed', repository, sender: mia };
    const merged = only({
      ...closed,
      pull_request: { ...pull, merged: true, merged_at: '2026-03-02T10:05:00Z' },
    });
    const declined = only({ ...closed, pull_request: { ...pull, merged: false } });

    expect(merged).toMatchObject({ kind: 'pull-request.merged', clues: ['ECD-9-x'] });
    expect(declined.kind).toBe('pull-request.declined');
  });

  test('the name in the unsigned header cannot turn a body into another fact', () => {
    const body = { action: 'opened', issue, repository, sender: mia };

    const { events, reason } = normaliseGithub(body, { 'x-github-event': ['pull_request'] });

    expect(events).toEqual([]);
    expect(reason).toBe('pull_request is not used');
    expect(normaliseGithub(body, { 'x-github-event': ['issues'] }).events).toHaveLength(1);
  });

  test('a ping and a form give a reason', () => {
    const ping = normaliseGithub({ zen: 'x', hook_id: 1 }, { 'x-github-event': ['ping'] });
    const headers = { 'content-type': ['application/x-www-form-urlencoded'] };
    const form = unwrapForm(Buffer.from('payload=%7B%7D'), headers);

    expect(ping.reason).toBe('ping is not used');
    expect(normaliseGithub(JSON.parse(Buffer.from(form).toString()), headers).reason).toMatch(
      /form/,
    );
    const json = Buffer.from('{}');
    expect(unwrapForm(json, { 'content-type': ['application/json'] })).toBe(json);
  });

  const run = {
    id: 9,
    name: 'CI',
    status: 'completed',
    conclusion: 'failure',
    head_branch: 'side',
    event: 'push',
    updated_at: '2026-03-02T10:05:00Z',
    pull_requests: [],
  };
  test.each([
    [{ head_branch: 'main' }, true],
    [{}, false],
    [{ event: 'pull_request' }, true],
    [{ pull_requests: [{ number: 4 }] }, true],
    [{ head_branch: 'main', conclusion: 'success' }, false],
  ])('a run with %j wakes: %s', (patch, wakes) => {
    const body = {
      action: 'completed',
      workflow_run: { ...run, ...patch },
      repository,
      sender: mia,
    };

    expect(judged(only(body)).wakes).toBe(wakes);
  });

  test('a repository that is not watched is left alone, whatever the case of its name', () => {
    const event = only({ action: 'opened', issue, repository, sender: mia });

    expect(judged(event, ['acme/payments']).rule).toBe('repository-not-watched');
    expect(judged(event, ['ACME/Web']).rule).toBe('issue-opened');
  });

  test('odd names make no odd subjects or keys', () => {
    const ref = `refs/heads/a b\u2028c${'x'.repeat(2_000)}`;
    const push = {
      ref,
      before: 'a'.repeat(40),
      after: 'b'.repeat(40),
      commits: [],
      repository,
      sender: mia,
    };
    const event = only({ ...push, head_commit: { timestamp: '2026-03-02T10:05:00Z' } });

    ProjectEvent.parse(event);
    expect(event.subject).toMatch(/^github:branch:acme\/web@a%20b%E2%80%A8cx+~[0-9a-f]{16}$/);
  });
});

describe('the published signature', () => {
  const [proof] = githubWebhook(["It's a Secret to Everybody"]).proofs;
  const body = Buffer.from('Hello, World!');
  const value = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

  test('of the documentation is accepted, and no other', () => {
    const check = (header: string, bytes: Uint8Array): boolean =>
      verifyProofs([proof!], { headers: { 'x-hub-signature-256': [header] }, body: bytes }, 0).ok;

    expect(check(value, body)).toBe(true);
    expect(check(value, Buffer.from('Hello, World?'))).toBe(false);
    expect(check(value.replace('757', '758'), body)).toBe(false);
  });
});

// Numbers in [0, 1), the same on every run.
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

const ODD: readonly unknown[] = [
  null,
  [],
  {},
  '',
  '\0',
  '\ud800',
  'x'.repeat(5_000),
  -1,
  1e308,
  9_007_199_254_740_993,
  true,
  '0000-00-00T00:00:00Z',
  { toString: 1, constructor: null },
];

function mutated(value: unknown, random: () => number): unknown {
  if (random() < 0.02) return ODD[Math.floor(random() * ODD.length)];
  if (Array.isArray(value)) return value.map((one: unknown) => mutated(one, random));
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value).flatMap(([key, inner]) =>
    random() < 0.02 ? [] : [[random() < 0.01 ? '__proto__' : key, mutated(inner, random)] as const],
  );
  return JSON.parse(
    `{${pairs.map(([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(inner)}`).join()}}`,
  );
}

test('a thousand mutants of the published bodies give valid events or a reason', () => {
  const random = seeded(7);
  const bodies = readdirSync(folder).map(read);

  let events = 0;
  for (let count = 0; count < 1_000; count += 1) {
    const body = mutated(bodies[count % bodies.length], random);
    const found = normaliseGithub(body, {});
    for (const event of found.events) ProjectEvent.parse(event);
    for (const { key, title, text } of found.events) {
      expect(`${key}${title}${text ?? ''}`.isWellFormed()).toBe(true);
    }
    expect(found.events.length === 0).toBe((found.reason ?? '') !== '');
    events += found.events.length;
  }
  expect(events).toBeGreaterThan(200);
});
