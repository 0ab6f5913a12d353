/** A user as Sentry shows it; integrations have one too. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly username: string;
}

export interface Project {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly platform: string;
}

export interface Team {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

/** A comment, or something that happened to an issue. */
export interface Activity {
  readonly id: string;
  readonly type: string;
  /** `null`: Sentry itself. */
  readonly user: string | null;
  readonly dateCreated: Date;
  data: Readonly<Record<string, unknown>>;
}

/** One error event. */
export interface Occurrence {
  readonly id: string;
  readonly at: Date;
  readonly release: string | null;
  readonly environment: string;
  /** Whom it happened to. */
  readonly user: string | null;
}

export interface Release {
  readonly version: string;
  readonly project: string;
  readonly created: Date;
  readonly commits: readonly Commit[];
}

interface Commit {
  readonly id: string;
  readonly message: string;
  readonly author: string;
  readonly created: Date;
}

type Status = 'unresolved' | 'resolved' | 'ignored';

/** What lists show of an issue; a list may show an older version of it. */
export interface IssueRow {
  readonly id: string;
  readonly shortId: string;
  readonly project: string;
  readonly title: string;
  readonly culprit: string;
  readonly level: string;
  readonly priority: string;
  readonly users: number;
  readonly type: string;
  readonly value: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly count: number;
  readonly status: Status;
  readonly substatus: string | null;
  readonly statusDetails: Readonly<Record<string, unknown>>;
  /** `user:7`, `team:3` or `null`. */
  readonly assignee: string | null;
  readonly comments: number;
}

/** An issue with its past; `rows` holds every version of it, oldest first. */
export interface Issue {
  row: IssueRow;
  readonly rows: { readonly since: number; readonly row: IssueRow }[];
  readonly activity: Activity[];
  readonly occurrences: Occurrence[];
}

/** All that an organisation knows. Read it freely; change it through the emulator, so that webhooks follow. */
export interface SentryState {
  readonly organization: string;
  readonly people: Map<string, Person>;
  readonly teams: Map<string, Team>;
  readonly projects: Map<string, Project>;
  readonly issues: Map<string, Issue>;
  readonly releases: Release[];
  nextId: number;
}

/** The next number, for whatever is made; numbers only grow. */
export function nextId(state: SentryState): string {
  state.nextId += 1;
  return String(state.nextId);
}
