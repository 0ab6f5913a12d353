/** A person, an app or a workspace. */
export interface Account {
  readonly accountId: string | null;
  /** With its braces. */
  readonly uuid: string;
  readonly name: string;
  readonly nickname: string;
  readonly type: 'user' | 'app_user' | 'team';
}

/** A vote or a visit of somebody in a pull request. */
interface Participant {
  readonly account: string;
  role: 'PARTICIPANT' | 'REVIEWER';
  state: 'approved' | 'changes_requested' | null;
  at: string | null;
}

export interface Comment {
  readonly id: number;
  readonly author: string;
  raw: string;
  readonly created: string;
  updated: string;
  deleted: boolean;
  readonly parent: number | null;
  readonly inline: { readonly path: string; readonly to: number } | null;
  resolution: { readonly account: string; readonly at: string } | null;
}

/** A line of the log of a pull request. */
export type Activity =
  | {
      readonly kind: 'update';
      readonly at: string;
      readonly author: string;
      readonly title: string;
      readonly description: string;
      readonly state: string;
      readonly reason: string;
      readonly source: Endpoint;
      readonly destination: Endpoint;
      readonly changes: LogChanges;
    }
  | {
      readonly kind: 'approval' | 'changes_requested';
      readonly at: string;
      readonly author: string;
    }
  | { readonly kind: 'comment'; readonly at: string; readonly comment: number };

/** What an update changed, as the log tells it. */
interface LogChanges {
  readonly draft?: { readonly old: boolean; readonly new: boolean };
  /** Accounts by their uuid. */
  readonly added?: readonly string[];
}

export interface Endpoint {
  readonly branch: string;
  /** 12 digits, as pull requests show them. */
  readonly hash: string;
}

/** Everything that a pull request shows; plain data, so that a copy of it is a moment of the past. */
export interface PullRequestData {
  readonly id: number;
  title: string;
  description: string;
  state: 'OPEN' | 'MERGED' | 'DECLINED';
  readonly author: string;
  source: Endpoint;
  destination: Endpoint;
  draft: boolean;
  reviewers: string[];
  participants: Participant[];
  comments: Comment[];
  /** Oldest first. */
  log: Activity[];
  commits: Commit[];
  readonly created: string;
  updated: string;
  closedBy: string | null;
  reason: string;
  mergeCommit: string | null;
}

/** A pull request and what it was: lists that lag show an earlier moment. */
export interface PullRequest {
  readonly data: PullRequestData;
  readonly moments: { readonly at: number; readonly data: PullRequestData }[];
}

export interface Commit {
  /** 40 digits. */
  readonly hash: string;
  readonly message: string;
  readonly author: string;
  readonly at: string;
}

export interface Status {
  readonly hash: string;
  readonly key: string;
  state: 'INPROGRESS' | 'SUCCESSFUL' | 'FAILED' | 'STOPPED';
  name: string;
  description: string;
  url: string;
  readonly refname: string | null;
  readonly created: string;
  updated: string;
  /** When it changed, for lists that lag. */
  changed: number;
}

export interface Repository {
  readonly slug: string;
  readonly uuid: string;
  /** Heads of the branches. */
  readonly branches: Map<string, Commit>;
  readonly pullRequests: PullRequest[];
  readonly statuses: Status[];
  readonly defaultReviewers: readonly string[];
}

export interface Hook {
  readonly uuid: string;
  /** The workspace, or `workspace/slug`. */
  readonly where: string;
  url: string;
  description: string;
  active: boolean;
  events: readonly string[];
  secret: string | null;
  readonly created: string;
}

/** All that the site knows. Accounts are keyed by their uuid. */
export interface BitbucketState {
  readonly workspace: string;
  readonly accounts: Map<string, Account>;
  readonly repositories: Map<string, Repository>;
  readonly hooks: Hook[];
  nextId: number;
}
