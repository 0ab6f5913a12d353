import type { Call, Profile } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape, fitting } from '../rest-shape.ts';
import type { BitbucketReader } from './client.ts';
import { pullRequestPath } from './client.ts';
import type { ListAnswer, ListAsk } from './pages.ts';
import { readList } from './pages.ts';
import { Activity, Comment, CommitStatus, PullRequest, User } from './payload.ts';
import { accountIdOf, actorOf, kindOf } from './person.ts';
import type { PullRequestName, Watched } from './repository.ts';
import { isSlug, isWatched, requireWatched } from './repository.ts';
import type { BitbucketAccess } from './settings.ts';
import { z } from 'zod';

const COMMENT_PAGES = 20;
const LIST_PAGES = 10;
const REPOSITORY_PAGES = 50;

/** A list that was read, and whether it is all there is. */
interface Listed<Item> {
  readonly items: readonly Item[];
  readonly complete: boolean;
}

/** What may be read of a workspace, bounded to the watched repositories. All of it throws a `Failure`. */
export interface Workspace {
  readonly watched: Watched;
  readonly reader: BitbucketReader;
  /** Full names of the watched repositories. */
  repositories(call: Call): Promise<readonly string[]>;
  pullRequest(name: PullRequestName, call: Call): Promise<PullRequest>;
  /** Newest first; `pages` of up to 100. */
  comments(name: PullRequestName, call: Call, pages?: number): Promise<Listed<Comment>>;
  /** Newest first. */
  activity(name: PullRequestName, call: Call): Promise<Listed<Activity>>;
  statuses(name: PullRequestName, call: Call): Promise<Listed<CommitStatus>>;
  /** Our own account, asked for once; `isAsked`: now, whatever is known. */
  self(call: Call, isAsked?: boolean): Promise<NonNullable<User>>;
  /** An account by its Atlassian account id or uuid, `null` when there is none. */
  user(id: string, call: Call): Promise<User>;
  list(repository: string, ask: ListAsk, call: Call): Promise<ListAnswer>;
}

const Named = z.object({ full_name: z.string() });

/** The workspace that a reader reaches. */
export function bitbucketWorkspace(
  access: BitbucketAccess,
  repos: readonly string[],
  reader: BitbucketReader,
): Workspace {
  const watched = { workspace: access.workspace, repos };
  const list: Workspace['list'] = (repository, ask, call) => {
    requireWatched(repository, watched);
    return readList(reader, ask, call);
  };
  return {
    watched,
    reader,
    list,
    repositories: (call) => repositoriesOf(reader, watched, call),
    pullRequest: async (name, call) => {
      requireWatched(name.repository, watched);
      return expectShape(PullRequest, await reader.get(pullRequestPath(name), {}, call));
    },
    comments: async (name, call, pages = COMMENT_PAGES) => {
      const path = `${pullRequestPath(name)}/comments`;
      const query = { sort: '-created_on', pagelen: 100 };
      const { values, complete } = await list(name.repository, { path, query, pages }, call);
      return { items: fitting(Comment).parse(values), complete };
    },
    activity: async (name, call) => {
      const path = `${pullRequestPath(name)}/activity`;
      const ask = { path, query: { pagelen: 50 }, pages: LIST_PAGES };
      const { values, complete } = await list(name.repository, ask, call);
      return { items: fitting(Activity).parse(values), complete };
    },
    statuses: async (name, call) => {
      const path = `${pullRequestPath(name)}/statuses`;
      const query = { pagelen: 100, sort: '-updated_on' };
      const { values, complete } = await list(name.repository, { path, query, pages: 5 }, call);
      return { items: fitting(CommitStatus).parse(values), complete };
    },
    self: selfOf(reader),
    user: (id, call) => userOf(reader, id, call),
  };
}

async function repositoriesOf(
  reader: BitbucketReader,
  watched: Watched,
  call: Call,
): Promise<readonly string[]> {
  const workspace = watched.workspace ?? '';
  if (!isSlug(workspace)) throw new Failure('invalid-settings', 'The workspace is not a slug.');
  if (watched.repos.length > 0) return watched.repos.map((slug) => `${workspace}/${slug}`);
  const query = { pagelen: 100, sort: 'created_on', fields: 'next,values.full_name' };
  const ask = { path: `/repositories/${workspace}`, query, pages: REPOSITORY_PAGES };
  const { values, complete } = await readList(reader, ask, call);
  if (!complete) throw new Failure('too-large', `${workspace} has too many repositories to list.`);
  const names = fitting(Named)
    .parse(values)
    .map((one) => one.full_name);
  return names.filter((name) => isWatched(name, watched));
}

// Asked once: whose comments are ours does not change while a token is in use.
function selfOf(reader: BitbucketReader): Workspace['self'] {
  let known: NonNullable<User> | null = null;
  return async (call, isAsked = false) => {
    if (known !== null && !isAsked) return known;
    const user = expectShape(User, await reader.get('/user', {}, call));
    if (user === null || accountIdOf(user) === null) {
      throw new Failure('bad-answer', 'Bitbucket does not say whose token it is.');
    }
    known = user;
    return user;
  };
}

async function userOf(reader: BitbucketReader, id: string, call: Call): Promise<User> {
  // An id of another system may be anything; only what Bitbucket could mean is asked for.
  if (!/^[A-Za-z0-9:{}_-]{1,200}$/.test(id)) return null;
  try {
    return expectShape(User, await reader.get(`/users/${encodeURIComponent(id)}`, {}, call));
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}

/** What Bitbucket tells of an account: a name, never an e-mail address or a time zone. */
export async function profileOf(
  workspace: Workspace,
  id: string,
  call: Call,
): Promise<Profile | null> {
  const user = await workspace.user(id, call);
  if (user === null) return null;
  return { name: actorOf(user).name, email: null, zone: null, kind: kindOf(user) };
}
