import type { Call, Identity, Profile } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { systemClock } from '../../lib/clock.ts';
import { expectShape } from '../rest-shape.ts';
import type { GithubReader, Params } from './client.ts';
import { ownerAndRepo } from './client.ts';
import { Account, RestIssue, RestPull, RestRepo } from './rest.ts';
import type { GithubSettings } from './settings.ts';
import { requireRepo } from './settings.ts';

/** What may be read of GitHub, bounded to the configured repositories. All of it throws a `Failure`. */
export interface GithubSite {
  readonly settings: GithubSettings;
  readonly reader: GithubReader;
  /** Something below `/repos/{owner}/{repo}`. Throws `denied` before anything is sent for another repository. */
  read(repo: string, path: string, ask: { params: Params; call: Call }): Promise<unknown>;
  issue(repo: string, number: number, call: Call): Promise<RestIssue>;
  pull(repo: string, number: number, call: Call): Promise<RestPull>;
  myself(call: Call): Promise<Identity>;
  /** The number of our own account. */
  self(call: Call): Promise<string>;
  profile(accountId: string, call: Call): Promise<Profile | null>;
}

/** The site that a reader reaches. */
export function githubSite(settings: GithubSettings, reader: GithubReader): GithubSite {
  const read: GithubSite['read'] = async (repo, path, { params, call }) => {
    requireRepo(repo, settings.repos);
    const names = { ...ownerAndRepo(repo), ...params };
    return (await reader.get(`/repos/{owner}/{repo}${path}`, names, call)).data;
  };
  return {
    settings,
    reader,
    read,
    issue: async (repo, number, call) => {
      const params = { issue_number: number };
      const issue = expectShape(
        RestIssue,
        await read(repo, '/issues/{issue_number}', { params, call }),
      );
      return stillThere(issue, repo);
    },
    pull: async (repo, number, call) => {
      const params = { pull_number: number };
      return expectShape(RestPull, await read(repo, '/pulls/{pull_number}', { params, call }));
    },
    myself: (call) => myself(settings, reader, call),
    self: async (call) => expectShape(Account, (await reader.get('/user', {}, call)).data).id,
    profile: (accountId, call) => profile(reader, accountId, call),
  };
}

// An issue that was moved answers from its new place too, which may be another repository.
function stillThere(issue: RestIssue, repo: string): RestIssue {
  const address = issue.repository_url;
  if (address === null || address.toLowerCase().endsWith(`/${repo.toLowerCase()}`)) return issue;
  throw new Failure('denied', 'The issue was moved to another repository.');
}

async function myself(
  settings: GithubSettings,
  reader: GithubReader,
  call: Call,
): Promise<Identity> {
  const { data, headers, now } = await reader.get('/user', {}, call);
  const skew = now === null ? null : now - Math.floor(systemClock.now() / 1000) * 1000;
  const me = expectShape(Account, data);
  const scopes = headers['x-oauth-scopes'];
  const grants = await Promise.all(
    settings.repos.map(async (name) => {
      const repo = expectShape(
        RestRepo,
        (await reader.get('/repos/{owner}/{repo}', ownerAndRepo(name), call)).data,
      );
      const held =
        repo.permissions === null ? null : repo.permissions.push || repo.permissions.triage;
      return {
        name: `write:${name}`,
        held,
        note: 'labels, assignees and reviews need it; comments do not',
      };
    }),
  );
  // A fine-grained token has no scopes; GitHub does not say what it may do.
  const note =
    scopes === undefined ? 'a fine-grained token does not tell' : cleanText(String(scopes), 200);
  return {
    accountId: me.id,
    name: me.name ?? me.login,
    aliases: [me.login],
    clockSkewMs: skew,
    grants: [...grants, { name: 'scopes', held: null, note }],
  };
}

async function profile(reader: GithubReader, id: string, call: Call): Promise<Profile | null> {
  if (!/^[A-Za-z0-9_[\]-]{1,100}$/.test(id)) return null;
  // Our ids are the numbers of accounts; a login is taken as well.
  const isNumber = /^\d+$/.test(id);
  const path = isNumber ? '/user/{account_id}' : '/users/{username}';
  try {
    const { data } = await reader.get(path, isNumber ? { account_id: id } : { username: id }, call);
    const account = expectShape(Account, data);
    return {
      name: account.name ?? account.login,
      email: account.email,
      zone: null,
      kind: account.type === 'Bot' ? 'bot' : account.type === 'User' ? 'person' : 'unknown',
    };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}
