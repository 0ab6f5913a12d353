import type {
  Account,
  Activity,
  BitbucketState,
  Comment,
  Commit,
  Endpoint,
  Hook,
  PullRequestData,
  Repository,
  Status,
} from './bitbucket-state.ts';

/** What shapes need besides the thing itself: where the API is, and who people are. */
export interface View {
  /** With `/2.0`. */
  readonly url: string;
  readonly state: BitbucketState;
}

const SITE = 'https://bitbucket.example';

export function accountShape({ url, state }: View, uuid: string): object {
  const account = state.accounts.get(uuid);
  if (!account) throw new Error(`There is no account ${uuid}.`);
  return accountObject(url, account);
}

function accountObject(url: string, account: Account): object {
  const self = `${url}/users/${encodeURIComponent(account.uuid)}`;
  return {
    display_name: account.name,
    links: {
      self: { href: self },
      html: { href: `${SITE}/${encodeURIComponent(account.uuid)}/` },
      avatar: { href: 'https://avatars.example/1.png' },
    },
    type: account.type,
    uuid: account.uuid,
    ...(account.accountId === null ? {} : { account_id: account.accountId }),
    nickname: account.nickname,
  };
}

export function fullName({ state }: View, repository: Repository): string {
  return `${state.workspace}/${repository.slug}`;
}

function repositoryShape(view: View, repository: Repository): object {
  const name = fullName(view, repository);
  return {
    type: 'repository',
    full_name: name,
    links: {
      self: { href: `${view.url}/repositories/${name}` },
      html: { href: `${SITE}/${name}` },
      avatar: { href: 'https://avatars.example/r.png' },
    },
    name: repository.slug,
    uuid: repository.uuid,
  };
}

/** A repository as it is given on its own. */
export function wholeRepository(view: View, repository: Repository): object {
  return {
    ...repositoryShape(view, repository),
    scm: 'git',
    is_private: true,
    slug: repository.slug,
    workspace: workspaceShape(view),
    mainbranch: { name: 'main', type: 'branch' },
  };
}

export function workspaceShape({ url, state }: View): object {
  return {
    type: 'workspace',
    uuid: '{00000000-0000-4000-8000-000000000001}',
    slug: state.workspace,
    name: state.workspace,
    links: { self: { href: `${url}/workspaces/${state.workspace}` } },
  };
}

function endpointShape(view: View, repository: Repository, { branch, hash }: Endpoint): object {
  const self = `${view.url}/repositories/${fullName(view, repository)}/commit/${hash}`;
  return {
    branch: { name: branch },
    commit: { hash, type: 'commit', links: { self: { href: self } } },
    repository: repositoryShape(view, repository),
  };
}

/** A pull request; lists leave people out unless they are asked for. */
export function pullRequestShape(
  view: View,
  repository: Repository,
  { data, people }: { readonly data: PullRequestData; readonly people: readonly string[] },
): Record<string, unknown> {
  const participants = data.participants.map((one) => ({
    type: 'participant',
    user: accountShape(view, one.account),
    role: one.role,
    approved: one.state === 'approved',
    state: one.state,
    participated_on: one.at,
  }));
  return {
    type: 'pullrequest',
    id: data.id,
    title: data.title,
    description: data.description,
    summary: { type: 'rendered', raw: data.description, markup: 'markdown', html: '' },
    state: data.state,
    draft: data.draft,
    author: accountShape(view, data.author),
    source: endpointShape(view, repository, data.source),
    destination: endpointShape(view, repository, data.destination),
    merge_commit: data.mergeCommit === null ? null : { type: 'commit', hash: data.mergeCommit },
    close_source_branch: false,
    closed_by: data.closedBy === null ? null : accountShape(view, data.closedBy),
    reason: data.reason,
    comment_count: data.comments.filter((comment) => !comment.deleted).length,
    task_count: 0,
    created_on: data.created,
    updated_on: data.updated,
    links: pullRequestLinks(view, repository, data.id),
    ...(people.includes('participants') ? { participants } : {}),
    ...(people.includes('reviewers')
      ? { reviewers: data.reviewers.map((uuid) => accountShape(view, uuid)) }
      : {}),
  };
}

function pullRequestLinks(view: View, repository: Repository, id: number): object {
  const name = fullName(view, repository);
  const self = `${view.url}/repositories/${name}/pullrequests/${id}`;
  return {
    self: { href: self },
    html: { href: `${SITE}/${name}/pull-requests/${id}` },
    comments: { href: `${self}/comments` },
    activity: { href: `${self}/activity` },
    diffstat: { href: `${self}/diffstat` },
  };
}

function pullRequestStub(view: View, repository: Repository, data: PullRequestData): object {
  return {
    type: 'pullrequest',
    id: data.id,
    title: data.title,
    links: pullRequestLinks(view, repository, data.id),
  };
}

export interface CommentOf {
  readonly data: PullRequestData;
  readonly comment: Comment;
}

/** A comment. Of a deleted one nothing is left but its place. */
export function commentShape(
  view: View,
  repository: Repository,
  { data, comment }: CommentOf,
): object {
  const name = fullName(view, repository);
  const self = `${view.url}/repositories/${name}/pullrequests/${data.id}/comments/${comment.id}`;
  const raw = comment.deleted ? '' : comment.raw;
  const { resolution } = comment;
  return {
    id: comment.id,
    created_on: comment.created,
    updated_on: comment.updated,
    content: { type: 'rendered', raw, markup: 'markdown', html: raw === '' ? '' : `<p>${raw}</p>` },
    user: accountShape(view, comment.author),
    deleted: comment.deleted,
    ...(comment.parent === null
      ? {}
      : { parent: { id: comment.parent, links: { self: { href: self } } } }),
    ...(comment.inline === null ? {} : { inline: { ...comment.inline, from: null } }),
    pending: false,
    type: 'pullrequest_comment',
    ...(resolution === null
      ? {}
      : {
          resolution: {
            type: 'comment_resolution',
            user: accountShape(view, resolution.account),
            created_on: resolution.at,
          },
        }),
    links: {
      self: { href: self },
      html: { href: `${SITE}/${name}/pull-requests/${data.id}/_/diff#comment-${comment.id}` },
    },
    pullrequest: pullRequestStub(view, repository, data),
  };
}

export function activityShape(
  view: View,
  repository: Repository,
  { data, line }: { readonly data: PullRequestData; readonly line: Activity },
): object {
  const stub = pullRequestStub(view, repository, data);
  if (line.kind === 'comment') {
    const comment = data.comments.find(({ id }) => id === line.comment);
    if (!comment) throw new Error('The log names a comment that is not there.');
    return { pull_request: stub, comment: commentShape(view, repository, { data, comment }) };
  }
  const user = accountShape(view, line.author);
  if (line.kind !== 'update') {
    return { pull_request: stub, [line.kind]: { date: line.at, user, pullrequest: stub } };
  }
  const { title, description, state, reason } = line;
  const source = endpointShape(view, repository, line.source);
  const destination = endpointShape(view, repository, line.destination);
  const { draft, added = [] } = line.changes;
  const people = added.map((uuid) => accountShape(view, uuid));
  const changes = {
    ...(draft === undefined ? {} : { draft }),
    ...(people.length === 0 ? {} : { reviewers: { added: people } }),
  };
  const said = { title, description, state, reason, source, destination, changes };
  return { pull_request: stub, update: { ...said, author: user, date: line.at } };
}

export function commitShape(view: View, repository: Repository, commit: Commit): object {
  const name = fullName(view, repository);
  const self = `${view.url}/repositories/${name}/commit/${commit.hash}`;
  const user = accountShape(view, commit.author);
  return {
    type: 'commit',
    hash: commit.hash,
    date: commit.at,
    author: { type: 'author', raw: 'Somebody <somebody@example.com>', user },
    message: commit.message,
    links: { self: { href: self } },
  };
}

export function statusShape(view: View, repository: Repository, status: Status): object {
  const name = fullName(view, repository);
  const { hash, key } = status;
  const self = `${view.url}/repositories/${name}/commit/${hash}/statuses/build/${key}`;
  return {
    key,
    type: 'build',
    state: status.state,
    name: status.name,
    refname: status.refname,
    commit: { type: 'commit', hash },
    url: status.url,
    repository: repositoryShape(view, repository),
    description: status.description,
    created_on: status.created,
    updated_on: status.updated,
    links: {
      commit: { href: `${view.url}/repositories/${name}/commit/${hash}` },
      self: { href: self },
    },
  };
}

/** A hook; the secret is never shown. */
export function hookShape({ url }: View, hook: Hook): object {
  const isRepository = hook.where.includes('/');
  const at = isRepository ? `repositories/${hook.where}` : `workspaces/${hook.where}`;
  return {
    type: 'webhook_subscription',
    uuid: hook.uuid,
    url: hook.url,
    description: hook.description,
    subject_type: isRepository ? 'repository' : 'workspace',
    active: hook.active,
    created_at: hook.created,
    events: hook.events,
    secret_set: hook.secret !== null,
    links: { self: { href: `${url}/${at}/hooks/${encodeURIComponent(hook.uuid)}` } },
  };
}
