/** An account. */
export interface Person {
  readonly id: number;
  readonly login: string;
  readonly name: string;
  readonly email: string | null;
  readonly type: 'User' | 'Bot';
}

export interface Comment {
  readonly id: number;
  readonly author: string;
  readonly created: Date;
  updated: Date;
  body: string;
}

/** A comment on a line of a diff. */
export interface LineComment extends Comment {
  readonly path: string;
  readonly line: number;
  readonly review: number;
}

export interface Review {
  readonly id: number;
  readonly author: string;
  readonly submitted: Date;
  readonly commit: string;
  body: string;
  /** As webhooks write it; REST writes it in upper case. */
  state: 'approved' | 'changes_requested' | 'commented' | 'dismissed';
}

/** An entry of a time line; `about` is the label, login or review it tells of. */
export interface Entry {
  readonly id: number;
  readonly event: string;
  readonly actor: string;
  readonly at: Date;
  readonly about?: string;
  readonly review?: Review;
}

export interface Commit {
  readonly sha: string;
  readonly message: string;
  readonly author: string;
  /** When it was pushed. */
  readonly at: Date;
  /** When it was committed, where that was before. */
  readonly made?: Date;
}

/** What a pull request has beyond an issue. */
export interface Pull {
  readonly id: number;
  readonly branch: string;
  readonly base: string;
  readonly commits: Commit[];
  readonly reviewers: string[];
  readonly reviews: Review[];
  readonly lineComments: LineComment[];
  draft: boolean;
  merged: Date | null;
  mergedBy: string | null;
}

/** An issue; a pull request where `pull` is set. */
export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  readonly created: Date;
  readonly pull: Pull | null;
  readonly labels: string[];
  readonly assignees: string[];
  readonly timeline: Entry[];
  comments: Comment[];
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  updated: Date;
  closed: Date | null;
}

export interface Run {
  readonly id: number;
  readonly name: string;
  readonly branch: string;
  readonly sha: string;
  readonly actor: string;
  readonly event: string;
  readonly pulls: readonly number[];
  readonly created: Date;
  updated: Date;
  attempt: number;
  status: 'in_progress' | 'completed';
  conclusion: string | null;
}

export interface Check {
  readonly id: number;
  readonly name: string;
  readonly sha: string;
  readonly branch: string;
  readonly conclusion: string;
  readonly completed: Date;
}

export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'success' | 'failure' | 'error' | 'pending';
  readonly at: Date;
}

export interface Release {
  readonly id: number;
  readonly tag: string;
  readonly author: string;
  readonly published: Date;
}

export interface Repo {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly defaultBranch: string;
  readonly issues: Map<number, Issue>;
  readonly runs: Run[];
  readonly checks: Check[];
  readonly statuses: Status[];
  readonly releases: Release[];
}

/** All that a site knows. Read it freely; change it through the emulator, so that webhooks follow. */
export interface GithubState {
  readonly people: Map<string, Person>;
  readonly repos: Map<string, Repo>;
  /** Logins of those who have a part in the repositories. */
  readonly members: Set<string>;
  nextId: number;
}

/** The organisation that owns the repositories of the seed. */
const ORGANISATION: Person = {
  id: 500,
  login: 'acme',
  name: 'Acme',
  email: null,
  type: 'User',
};

/** The account of the agent. */
export const AGENT: Person = {
  id: 9001,
  login: 'pm-agent',
  name: 'PM Agent',
  email: 'agent@example.com',
  type: 'User',
};

const PEOPLE: readonly Person[] = [
  { id: 101, login: 'mia-berg', name: 'Mia Berg', email: 'mia@example.com', type: 'User' },
  { id: 102, login: 'ines-okafor', name: 'Ines Okafor', email: null, type: 'User' },
  { id: 103, login: 'jonas-lind', name: 'Jonas Lind', email: null, type: 'User' },
  { id: 104, login: 'tom-weber', name: 'Tom Weber', email: null, type: 'User' },
  { id: 201, login: 'passer-by', name: 'Passer By', email: null, type: 'User' },
  { id: 301, login: 'deps[bot]', name: 'deps[bot]', email: null, type: 'Bot' },
];

/** A small team with two repositories: `acme/payments` is private, `acme/web` is public. `passer-by` is no member. */
export function smallTeam(): GithubState {
  const everybody = [...PEOPLE, AGENT, ORGANISATION];
  const members = everybody.filter(({ login }) => login !== 'passer-by').map(({ login }) => login);
  return {
    people: new Map(everybody.map((person) => [person.login, person])),
    repos: new Map(
      [newRepo(7001, 'payments', true), newRepo(7002, 'web', false)].map((repo) => [
        `${repo.owner}/${repo.name}`,
        repo,
      ]),
    ),
    members: new Set(members),
    nextId: 1_000_000,
  };
}

function newRepo(id: number, name: string, isPrivate: boolean): Repo {
  return {
    id,
    owner: ORGANISATION.login,
    name,
    isPrivate,
    defaultBranch: 'main',
    issues: new Map(),
    runs: [],
    checks: [],
    statuses: [],
    releases: [],
  };
}

/** The next id of whatever is made. */
export function nextId(state: GithubState): number {
  state.nextId += 1;
  return state.nextId;
}

/** Time as GitHub writes it: whole seconds. */
export function stamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
