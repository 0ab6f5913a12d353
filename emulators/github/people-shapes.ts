import type { GithubState, Person, Repo } from './github-state.ts';
import { stamp } from './github-state.ts';

/** What every answer is written with; `url` is where the emulator listens. */
export interface View {
  readonly url: string;
  readonly state: GithubState;
}

export const SITE = 'https://github.com';

function node(kind: string, id: number): string {
  return Buffer.from(`0:${kind}${id}`).toString('base64');
}

/** The opaque id that everything bears besides its number. */
export const nodeId = node;

/** An account as it stands in other answers. An unknown login is a deleted account. */
export function userShape(view: View, login: string): Record<string, unknown> | null {
  const person = view.state.people.get(login);
  return person === undefined ? null : accountShape(view, person);
}

function accountShape({ url }: View, person: Person): Record<string, unknown> {
  const { id, login, type } = person;
  const self = `${url}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: node('User', id),
    avatar_url: `https://avatars.example/u/${id}`,
    gravatar_id: '',
    url: self,
    html_url: `${SITE}/${login}`,
    followers_url: `${self}/followers`,
    following_url: `${self}/following{/other_user}`,
    gists_url: `${self}/gists{/gist_id}`,
    starred_url: `${self}/starred{/owner}{/repo}`,
    subscriptions_url: `${self}/subscriptions`,
    organizations_url: `${self}/orgs`,
    repos_url: `${self}/repos`,
    events_url: `${self}/events{/privacy}`,
    received_events_url: `${self}/received_events`,
    type,
    site_admin: false,
  };
}

/** An account as `/user` and `/users/{username}` give it. */
export function profileShape(view: View, person: Person): object {
  return {
    ...accountShape(view, person),
    name: person.name,
    company: null,
    blog: '',
    location: null,
    email: person.email,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  };
}

const PLAIN = [
  'forks',
  'hooks',
  'events',
  'tags',
  'languages',
  'stargazers',
  'contributors',
  'subscribers',
  'subscription',
  'merges',
  'downloads',
  'deployments',
  'teams',
];

const TEMPLATES = {
  keys: 'keys{/key_id}',
  collaborators: 'collaborators{/collaborator}',
  issue_events: 'issues/events{/number}',
  assignees: 'assignees{/user}',
  branches: 'branches{/branch}',
  blobs: 'git/blobs{/sha}',
  git_tags: 'git/tags{/sha}',
  git_refs: 'git/refs{/sha}',
  trees: 'git/trees{/sha}',
  statuses: 'statuses/{sha}',
  commits: 'commits{/sha}',
  git_commits: 'git/commits{/sha}',
  comments: 'comments{/number}',
  issue_comment: 'issues/comments{/number}',
  contents: 'contents/{+path}',
  compare: 'compare/{base}...{head}',
  archive: '{archive_format}{/ref}',
  issues: 'issues{/number}',
  pulls: 'pulls{/number}',
  milestones: 'milestones{/number}',
  notifications: 'notifications{?since,all,participating}',
  labels: 'labels{/name}',
  releases: 'releases{/id}',
};

function linksOf(self: string): object {
  return Object.fromEntries([
    ...PLAIN.map((name) => [`${name}_url`, `${self}/${name}`] as const),
    ...Object.entries(TEMPLATES).map(([name, path]) => [`${name}_url`, `${self}/${path}`] as const),
  ]);
}

/** A repository; in a push GitHub writes some of its times in seconds, which the caller overwrites. */
export function repoShape(view: View, repo: Repo): Record<string, unknown> {
  const fullName = `${repo.owner}/${repo.name}`;
  const self = `${view.url}/repos/${fullName}`;
  const open = [...repo.issues.values()].filter(({ state }) => state === 'open').length;
  return {
    id: repo.id,
    node_id: node('Repository', repo.id),
    name: repo.name,
    full_name: fullName,
    private: repo.isPrivate,
    owner: userShape(view, repo.owner),
    html_url: `${SITE}/${fullName}`,
    description: null,
    fork: false,
    url: self,
    ...linksOf(self),
    created_at: '2024-01-01T00:00:00Z',
    updated_at: '2024-01-01T00:00:00Z',
    pushed_at: '2024-01-01T00:00:00Z',
    git_url: `git://github.com/${fullName}.git`,
    ssh_url: `git@github.com:${fullName}.git`,
    clone_url: `${SITE}/${fullName}.git`,
    svn_url: `${SITE}/${fullName}`,
    homepage: null,
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: open,
    license: null,
    visibility: repo.isPrivate ? 'private' : 'public',
    forks: 0,
    open_issues: open,
    watchers: 0,
    default_branch: repo.defaultBranch,
  };
}

/** A repository on its own, with what the agent may do there. */
export function fullRepoShape(view: View, repo: Repo): object {
  return {
    ...repoShape(view, repo),
    network_count: 0,
    subscribers_count: 0,
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
  };
}

/** What somebody is to the repositories. */
export function associationOf({ state }: View, login: string): string {
  return state.members.has(login) ? 'MEMBER' : 'NONE';
}

/** A time, or nothing. */
export function stampOrNull(date: Date | null): string | null {
  return date === null ? null : stamp(date);
}
