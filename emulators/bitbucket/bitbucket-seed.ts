import { createHash } from 'node:crypto';
import type { Account, BitbucketState, Commit, Repository } from './bitbucket-state.ts';

/** Everybody in the small team, with the account ids that they have in Jira too. */
export const PEOPLE = {
  mia: person('712020:mia-0001', 'Mia Berg'),
  ines: person('712020:ines-0002', 'Ines Okafor'),
  jonas: person('712020:jonas-0003', 'Jonas Lind'),
  tom: person('712020:tom-0004', 'Tom Weber'),
} as const;

/** Whose token it is, unless told. */
export const AGENT: Account = person('712020:pm-agent', 'pm-agent');

/** A uuid in braces, the same for the same text. */
export function uuidFor(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `{${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}}`;
}

/** A commit hash of 40 digits, the same for the same text. */
export function hashFor(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

/** A workspace with two repositories and nothing in them but a branch. */
export function smallTeam(workspace: string, now: Date): BitbucketState {
  const accounts = Object.values(PEOPLE).map((one): [string, Account] => [one.uuid, one]);
  const repositories = ['payments', 'web'].map((slug): [string, Repository] => [
    slug,
    newRepository(workspace, slug, now),
  ]);
  return {
    workspace,
    accounts: new Map(accounts),
    repositories: new Map(repositories),
    hooks: [],
    nextId: 311_512_000,
  };
}

function newRepository(workspace: string, slug: string, now: Date): Repository {
  const first: Commit = {
    hash: hashFor(`${workspace}/${slug}`),
    message: 'First commit',
    author: PEOPLE.tom.uuid,
    at: now.toISOString().replace('.000Z', '+00:00'),
  };
  return {
    slug,
    uuid: uuidFor(`${workspace}/${slug}`),
    branches: new Map([['main', first]]),
    pullRequests: [],
    statuses: [],
    defaultReviewers: [PEOPLE.tom.uuid],
  };
}

function person(accountId: string, name: string): Account {
  return { accountId, uuid: uuidFor(accountId), name, nickname: name, type: 'user' };
}
