import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { commentEvents } from './comment-event.ts';
import { onceKey, versionKey } from './keys.ts';
import { normaliseBitbucket } from './normalise.ts';
import { Activity, Comment, PullRequest } from './payload.ts';

function load(file: string): unknown {
  const at = new URL(`../../../test/fixtures/bitbucket/rest/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(at, 'utf8'));
}

const repository = {
  full_name: 'foo/bar',
  uuid: '{f6c37714-cfda-4298-aadb-08997b3eec24}',
};
const pullRequest = PullRequest.parse(load('danger--bitbucket_cloud_pr'));
const about = { repository, pullRequest };
const id = { repository, id: pullRequest.id };
const log = z.array(Activity).parse(load('danger--bitbucket_cloud_activities'));
const updates = log.flatMap(({ update }) => (update === null ? [] : [update]));

// Whoever published the recordings wrote another title into each of them.
const { title } = updates[0]!;
const shown = { ...(load('danger--bitbucket_cloud_pr') as object), title };

function pushed(event: string, more: object) {
  const body = { repository, pullrequest: shown, ...more };
  return normaliseBitbucket(body, { 'x-event-key': [event] }).events.map(({ key }) => key);
}

test('the last update in a recorded log has the key of the webhook of that version', () => {
  expect(pushed('pullrequest:updated', {})).toEqual([versionKey(id, updates[0]!)]);
});

test('the time of a pull request is not the time of its last update in recorded answers', () => {
  const raw = load('danger--bitbucket_cloud_activities') as { update?: { date: string } }[];
  const dates = raw.flatMap(({ update }) => (update ? [update.date] : []));

  expect(dates).not.toContain(pullRequest.updated_on);
});

test('each version of a recorded log has a key of its own', () => {
  const keys = updates.map((update) => versionKey(id, update));

  expect(keys).toHaveLength(7);
  expect(new Set(keys).size).toBe(7);
});

test('a recorded approval has the same key from the log and from a webhook', () => {
  const raw = load('danger--bitbucket_cloud_activities') as { approval?: object }[];
  const approval = raw.find((line) => line.approval !== undefined)?.approval;

  const [key] = pushed('pullrequest:approved', { approval });

  expect(key).toMatch(
    /^bitbucket:pull-request:f6c37714[-0-9a-f]+\/324:approved:[0-9a-f-]{36}:1560959692598$/,
  );
});

test('recorded comments that were written once stand for one fact, as the webhook does', () => {
  for (const raw of load('danger--bitbucket_cloud_comments') as object[]) {
    const found = commentEvents(about, Comment.parse(raw));

    const keys = found.map((one) => (typeof one === 'string' ? one : one.key));
    expect(keys).toEqual(pushed('pullrequest:comment_created', { comment: raw }));
  }
});

test('an edited and resolved comment over REST has the keys of its three webhooks', () => {
  const resolution = { created_on: '2026-03-02T11:00:00.500000+00:00', user: null };
  const comment = {
    id: 7,
    content: { raw: 'b' },
    created_on: '2026-03-02T09:00:00.123456+00:00',
    updated_on: '2026-03-02T10:00:00.123456+00:00',
    resolution,
  };

  const keys = commentEvents(about, Comment.parse(comment)).map((one) =>
    typeof one === 'string' ? one : one.key,
  );

  expect(keys).toEqual(
    ['created', 'updated', 'resolved'].flatMap((word) =>
      pushed(`pullrequest:comment_${word}`, { comment }),
    ),
  );
});

test('a version is its words, its branches and its commit, and nothing else', () => {
  const version = updates[0]!;
  const word = fc.string();
  fc.assert(
    fc.property(word, word, (title, description) => {
      const same = { ...version, title, description, author: null, reason: 'x', state: 'MERGED' };
      const isSame = title === version.title && description === version.description;
      expect(versionKey(id, same) === versionKey(id, version)).toBe(isSame);
    }),
  );
});

test('a repository keeps its keys when it is renamed', () => {
  const renamed = { ...repository, full_name: 'foo/other' };

  expect(onceKey({ repository: renamed, id: '1' }, 'merged')).toBe(
    onceKey({ repository, id: '1' }, 'merged'),
  );
});
