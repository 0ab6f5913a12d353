import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProjectEvent } from '../../domain/event.ts';
import { normaliseBitbucket } from './normalise.ts';

const folder = new URL('../../../test/fixtures/bitbucket/webhooks/', import.meta.url);

function load(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}

function read(event: string, body: unknown): ReturnType<typeof normaliseBitbucket> {
  return normaliseBitbucket(body, { 'x-event-key': [event] });
}

// File, event of its header, what it becomes: `kind subject`, or the reason why there is nothing.
const TABLE: readonly (readonly [string, string, readonly string[] | string])[] = [
  [
    'atlantis--bitbucket-cloud-pull-event-created',
    'pullrequest:created',
    ['pull-request.created bitbucket:pull-request:leahall/terraform-example/16'],
  ],
  [
    'atlantis--bitbucket-cloud-pull-event-rejected',
    'pullrequest:rejected',
    ['pull-request.declined bitbucket:pull-request:leahall/terraform-example/13'],
  ],
  [
    'drone--pipeline_hook_created',
    'repo:commit_status_created',
    ['build.started bitbucket:branch:examplebuilds/testrepo/main'],
  ],
  [
    'drone--pipeline_hook_update',
    'repo:commit_status_updated',
    ['build.succeeded bitbucket:branch:examplebuilds/testrepo/main'],
  ],
  [
    'drone--pr_comment_created',
    'pullrequest:comment_created',
    ['comment.created bitbucket:pull-request:acme-clouds/spring-sample/1'],
  ],
  [
    'drone--pr_fulfilled',
    'pullrequest:fulfilled',
    ['pull-request.merged bitbucket:pull-request:miaberg/foo/1'],
  ],
  [
    'drone--pr_updated',
    'pullrequest:updated',
    ['pull-request.updated bitbucket:pull-request:miaberg/foo/1'],
  ],
  ['drone--push_branch_create', 'repo:push', ['push.pushed bitbucket:branch:miaberg/foo/develop']],
  ['drone--push_tag_create', 'repo:push', ['push.tagged bitbucket:tag:miaberg/foo/feature/x']],
  [
    'gop--commit-comment-created',
    'repo:commit_comment_created',
    'comments on commits are not followed',
  ],
  [
    'gop--issue-comment-created',
    'issue:comment_created',
    'the issue tracker of Bitbucket is not followed',
  ],
  ['gop--issue-created', 'issue:created', 'the issue tracker of Bitbucket is not followed'],
  ['gop--issue-updated', 'issue:updated', 'the issue tracker of Bitbucket is not followed'],
  [
    'gop--pull-request-approval-removed',
    'pullrequest:unapproved',
    ['pull-request.unapproved bitbucket:pull-request:team_name/repo_name/1'],
  ],
  [
    'gop--pull-request-approved',
    'pullrequest:approved',
    ['pull-request.approved bitbucket:pull-request:team_name/repo_name/1'],
  ],
  [
    'gop--pull-request-comment-created',
    'pullrequest:comment_created',
    ['comment.created bitbucket:pull-request:team_name/repo_name/1'],
  ],
  [
    'gop--pull-request-comment-deleted',
    'pullrequest:comment_deleted',
    ['comment.deleted bitbucket:pull-request:team_name/repo_name/1'],
  ],
  [
    'gop--pull-request-comment-updated',
    'pullrequest:comment_updated',
    ['comment.updated bitbucket:pull-request:team_name/repo_name/1'],
  ],
  [
    'gop--pull-request-created',
    'pullrequest:created',
    ['pull-request.created bitbucket:pull-request:team_name/repo_name/1'],
  ],
  [
    'gop--pull-request-declined',
    'pullrequest:rejected',
    ['pull-request.declined bitbucket:pull-request:team_name/repo_name/1'],
  ],
  [
    'gop--pull-request-updated',
    'pullrequest:updated',
    ['pull-request.updated bitbucket:pull-request:team_name/repo_name/1'],
  ],
  [
    'gop--repo-push',
    'repo:push',
    ['push.pushed bitbucket:branch:team_name/repo_name/name-of-branch'],
  ],
  [
    'jenkins--branch_created',
    'repo:push',
    ['push.pushed bitbucket:branch:olgaruiz/test-repos/feature/test'],
  ],
  [
    'jenkins--commit_created',
    'repo:push',
    ['push.pushed bitbucket:branch:olgaruiz/test-repos/feature/issue-819'],
  ],
  [
    'jenkins--pr-createPayloadOrigin',
    'pullrequest:created',
    ['pull-request.created bitbucket:pull-request:acmebeers/temp/1'],
  ],
  [
    'jenkins--pr-fulfilledPayload',
    'pullrequest:fulfilled',
    ['pull-request.merged bitbucket:pull-request:acmebeers/temp/2'],
  ],
  [
    'jenkins--pr-updatePayload_newCommit',
    'pullrequest:updated',
    ['pull-request.updated bitbucket:pull-request:acmebeers/temp/3'],
  ],
  [
    'jenkins--pr-updatePayload_newDestinationCommit',
    'pullrequest:updated',
    ['pull-request.updated bitbucket:pull-request:acmebeers/temp/3'],
  ],
  [
    'jenkins--pullrequest_rejected',
    'pullrequest:rejected',
    ['pull-request.declined bitbucket:pull-request:olgaruiz/test-repos/735'],
  ],
  [
    'jenkins--push-multipleChangesPayload',
    'repo:push',
    [
      'push.pushed bitbucket:branch:acmebeers/temp/main',
      'push.pushed bitbucket:branch:acmebeers/temp/manchu',
      'push.tagged bitbucket:tag:acmebeers/temp/v0.1',
    ],
  ],
  [
    'jenkins--push-updatePayload',
    'repo:push',
    ['push.pushed bitbucket:branch:acmebeers/temp/main'],
  ],
  [
    'jenkins--signed_payload',
    'repo:push',
    ['push.pushed bitbucket:branch:jonaslind/test-repos/feature/webhook'],
  ],
  ['jenkins--tag_deleted', 'repo:push', ['push.tagged bitbucket:tag:olgaruiz/test-repos/test']],
];

describe('recorded deliveries', () => {
  test('the table names every file', () => {
    expect(TABLE.map(([name]) => `${name}.json`)).toEqual(readdirSync(folder).toSorted());
  });

  test.each(TABLE)('%s (%s) becomes the right events', (name, event, wanted) => {
    const { events, reason } = read(event, load(`${name}.json`));

    for (const one of events) ProjectEvent.parse(one);
    if (typeof wanted === 'string')
      expect({ events, reason }).toEqual({ events: [], reason: wanted });
    else expect(events.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(wanted);
  });
});

const body = () => load('drone--pr_comment_created.json') as Record<string, unknown>;

describe('what an event says', () => {
  test('a comment has its words, its author by the Atlassian account id, and the branch as a clue', () => {
    const [event] = read('pullrequest:comment_created', body()).events;

    expect(event).toMatchObject({
      kind: 'comment.created',
      scope: 'acme-clouds/spring-sample',
      actor: { name: 'Ines Okafor', kind: 'person' },
      at: '2022-06-23T22:10:09.939Z',
      title: 'Ines Okafor commented on acme-clouds/spring-sample#1: Update pom.xml',
      text: 'test comment',
      message: expect.stringMatching(/^bitbucket:comment:[0-9a-f-]{36}\/1\/311512047$/) as string,
      clues: ['tiwhitepaper-ines'],
      restricted: false,
    });
    expect(event?.actor?.id).toMatch(/^712020:/);
  });

  test('what was deleted is not quoted, and a draft of a review is nothing yet', () => {
    const [deleted] = read('pullrequest:comment_deleted', body()).events;
    const comment = { ...(body()['comment'] as object), pending: true };

    expect(deleted).toMatchObject({ kind: 'comment.deleted', text: null });
    expect(read('pullrequest:comment_created', { ...body(), comment }).reason).toBe(
      'the comment is not published yet',
    );
  });

  test('a new pull request may be answered, and a decline says why', () => {
    const created = load('drone--pr_updated.json');
    const [event] = read('pullrequest:created', created).events;
    const declined = read('pullrequest:rejected', load('gop--pull-request-declined.json'));

    expect(event?.message).toMatch(/^bitbucket:pull-request:[0-9a-f-]{36}\/1$/);
    expect(declined.events[0]?.text).toBe('reason for declining the PR (if applicable)');
  });

  test('a request for changes is told with who wants them, and when they no longer do', () => {
    const { approval, ...rest } = load('gop--pull-request-approved.json') as Record<
      string,
      unknown
    >;
    const given = { ...rest, changes_request: approval };

    const kinds = ['created', 'removed'].flatMap((word) =>
      read(`pullrequest:changes_request_${word}`, given).events.map(({ kind }) => kind),
    );

    expect(kinds).toEqual([
      'pull-request.changes-requested',
      'pull-request.changes-request-removed',
    ]);
  });

  test('a build is about its branch, without an actor, and a state that is not known is none', () => {
    const built = load('drone--pipeline_hook_update.json') as Record<string, unknown>;
    const status = (more: object) => ({
      ...built,
      commit_status: { ...(built['commit_status'] as object), ...more },
    });

    const [failed] = read('repo:commit_status_updated', status({ state: 'FAILED' })).events;
    const [bare] = read('repo:commit_status_updated', status({ refname: null })).events;
    const odd = read('repo:commit_status_updated', status({ state: 'DREAMING' }));

    expect(failed).toMatchObject({ kind: 'build.failed', actor: null });
    expect(bare?.subject).toBe('bitbucket:commit:examplebuilds/testrepo/bdf6fac0519f');
    expect(odd.reason).toBe('a state of a build that is not known');
  });

  test('our own invisible marker is not part of the words', () => {
    const content = { raw: 'Seen.\n\n[//]: # (pm-agent:a-1)' };
    const comment = { ...(body()['comment'] as object), content };

    const [event] = read('pullrequest:comment_created', { ...body(), comment }).events;

    expect(event?.text).toBe('Seen.');
  });

  test('an e-mail address is never the id of somebody', () => {
    const actor = { display_name: 'Mia', account_id: 'mia@example.com', type: 'user' };

    const [event] = read('pullrequest:updated', {
      ...(load('drone--pr_updated.json') as object),
      actor,
    }).events;

    expect(event?.actor).toEqual({ id: 'unknown', name: 'Mia', kind: 'unknown' });
  });

  test('a branch with odd characters or a long name still gives a subject', () => {
    const push = load('jenkins--push-updatePayload.json') as {
      push: { changes: { new: { name: string } }[] };
    };
    for (const name of ['a\u00a0b', 'x'.repeat(5_000), 'feature/a:b', '\ud800']) {
      push.push.changes[0]!.new.name = name;
      const { events } = read('repo:push', push);

      expect(ProjectEvent.parse(events[0]).subject).toMatch(
        /^bitbucket:branch:acmebeers\/temp\/\S+$/,
      );
    }
  });
});

describe('the event name stands in a header that is not signed', () => {
  test('without the header there is no event', () => {
    expect(normaliseBitbucket(body(), {})).toEqual({ events: [], reason: 'no header x-event-key' });
    expect(normaliseBitbucket(body(), { 'X-Event-Key': ['repo:push'] }).events).toEqual([]);
  });

  test.each([
    ['pullrequest:created', 'drone--pr_fulfilled'],
    ['pullrequest:fulfilled', 'drone--pr_updated'],
    ['pullrequest:rejected', 'drone--pr_fulfilled'],
    ['pullrequest:updated', 'drone--pr_comment_created'],
    ['pullrequest:approved', 'drone--pr_updated'],
    ['pullrequest:changes_request_created', 'gop--pull-request-approved'],
    ['repo:push', 'drone--pr_updated'],
  ])('%s is not believed of %s', (event, name) => {
    expect(read(event, load(`${name}.json`))).toEqual({
      events: [],
      reason: 'the body is of another event than the header says',
    });
  });

  test('names that are no events of ours give a reason', () => {
    for (const name of ['__proto__', 'constructor', 'repo:fork', 'x'.repeat(500)]) {
      expect(read(name, body()).reason).toMatch(/is not used$/);
    }
  });
});

test('1,000 mutants of recorded bodies are survived', () => {
  const files = TABLE.map(([name, event]) => ({
    event,
    text: JSON.stringify(load(`${name}.json`)),
  }));
  const mutant = fc
    .tuple(
      fc.constantFrom(...files),
      fc.nat(),
      fc.nat(40),
      fc.constantFrom('null', '0', '""', '{}', '[]'),
    )
    .map(([{ event, text }, at, length, value]) => {
      const start = at % text.length;
      return { event, text: text.slice(0, start) + value + text.slice(start + length) };
    });
  let count = 0;

  fc.assert(
    fc.property(mutant, ({ event, text }) => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        parsed = text;
      }
      const { events, reason } = read(event, parsed);
      for (const one of events) ProjectEvent.parse(one);
      expect(events.length === 0).toBe(reason !== undefined && reason !== '');
      count += 1;
    }),
    { numRuns: 1_000, seed: 7 },
  );
  expect(count).toBe(1_000);
});

test('every field of every body may be anything', () => {
  const oddities = [null, 0, -1, '', 'x', [], {}, true, 1e300];
  const broken = TABLE.flatMap(([name, event]) =>
    oddities.flatMap((odd) =>
      variants(load(`${name}.json`), odd).map((variant) => ({ event, variant })),
    ),
  );

  for (const { event, variant } of broken) {
    for (const one of read(event, variant).events) ProjectEvent.parse(one);
  }
  expect(broken.length).toBeGreaterThan(5_000);
});

/** The body with one field of the first three levels replaced. */
function variants(value: unknown, odd: unknown, depth = 3): unknown[] {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    { ...value, [key]: odd },
    ...variants(inner, odd, depth - 1).map((one) => ({ ...value, [key]: one })),
  ]);
}
