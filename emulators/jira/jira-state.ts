import type { AdfDocument } from './adf-document.ts';

export interface Person {
  readonly accountId: string;
  readonly displayName: string;
  readonly timeZone: string;
  /** Shown by `/myself` only: Jira hides the addresses of others. */
  readonly emailAddress?: string;
  readonly active?: boolean;
}

export interface Status {
  readonly id: string;
  readonly name: string;
  readonly category: 'new' | 'indeterminate' | 'done';
}

export interface Project {
  readonly id: string;
  readonly key: string;
  readonly name: string;
}

export interface Board {
  readonly id: number;
  readonly name: string;
  readonly type: 'scrum' | 'kanban';
  readonly projectKey: string;
}

export interface Sprint {
  readonly id: number;
  readonly name: string;
  readonly state: 'future' | 'active' | 'closed';
  readonly boardId: number;
  readonly goal?: string;
  readonly createdDate?: string;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly completeDate?: string;
}

export interface Comment {
  readonly id: string;
  readonly author: string;
  updateAuthor: string;
  body: AdfDocument;
  readonly created: Date;
  updated: Date;
  readonly visibility?: unknown;
  readonly properties: Map<string, unknown>;
}

/** Logged work. */
export interface Worklog {
  readonly id: string;
  readonly author: string;
  updateAuthor: string;
  seconds: number;
  readonly started: Date;
  readonly created: Date;
  updated: Date;
}

/** A link: `source` shows the outward word of its type, `destination` the inward one. Both are issue ids. */
export interface IssueLink {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly destination: string;
}

/** One changed field. `toString` is Jira's own name for it, and hides the method of every object. */
export interface ChangeItem {
  readonly field: string;
  readonly fieldtype: 'jira' | 'custom';
  readonly fieldId: string;
  readonly from: string | null;
  readonly fromString: string | null;
  readonly to: string | null;
  readonly toString: string | null;
}

export interface Change {
  readonly id: string;
  readonly author: string;
  readonly created: Date;
  readonly items: readonly ChangeItem[];
}

export interface Issue {
  readonly id: string;
  readonly key: string;
  readonly projectKey: string;
  readonly issueType: string;
  readonly created: Date;
  readonly creator: string;
  readonly reporter: string;
  updated: Date;
  statusChanged: Date;
  summary: string;
  description: AdfDocument | null;
  status: string;
  priority: string;
  assignee: string | null;
  labels: readonly string[];
  duedate: string | null;
  storyPoints: number | null;
  sprint: number | null;
  flagged: boolean;
  resolved: Date | null;
  comments: Comment[];
  worklogs: Worklog[];
  changelog: Change[];
}

/** All that a site knows. Read it freely; change it through the emulator, so that webhooks follow. */
export interface JiraState {
  readonly people: Map<string, Person>;
  readonly projects: Map<string, Project>;
  readonly boards: Map<number, Board>;
  readonly sprints: Map<number, Sprint>;
  readonly issues: Map<string, Issue>;
  links: IssueLink[];
  nextId: number;
}

/** The workflow of every project: any status can be reached from any other. */
export const STATUSES: readonly (Status & {
  readonly transition: string;
  readonly verb: string;
})[] = [
  { id: '10000', name: 'To Do', category: 'new', transition: '11', verb: 'Back to To Do' },
  { id: '3', name: 'In Progress', category: 'indeterminate', transition: '21', verb: 'Start' },
  { id: '10001', name: 'In Review', category: 'indeterminate', transition: '31', verb: 'Review' },
  { id: '10003', name: 'Blocked', category: 'indeterminate', transition: '41', verb: 'Block' },
  { id: '10002', name: 'Done', category: 'done', transition: '51', verb: 'Done' },
];

export const PRIORITIES: readonly { readonly id: string; readonly name: string }[] = [
  { id: '1', name: 'Highest' },
  { id: '2', name: 'High' },
  { id: '3', name: 'Medium' },
  { id: '4', name: 'Low' },
  { id: '5', name: 'Lowest' },
];

export const ISSUE_TYPES: readonly { readonly id: string; readonly name: string }[] = [
  { id: '10001', name: 'Story' },
  { id: '10002', name: 'Task' },
  { id: '10004', name: 'Bug' },
];

export const LINK_TYPES = [
  { id: '10000', name: 'Blocks', inward: 'is blocked by', outward: 'blocks' },
  { id: '10001', name: 'Duplicate', inward: 'is duplicated by', outward: 'duplicates' },
  { id: '10002', name: 'Relates', inward: 'relates to', outward: 'relates to' },
] as const;

/** A status by its name, whatever its case, or undefined. */
export function statusNamed(name: string): (typeof STATUSES)[number] | undefined {
  return STATUSES.find((status) => status.name.toLowerCase() === name.toLowerCase());
}

/** The next id, for whatever is made; ids are numbers in strings and only grow. */
export function nextId(state: JiraState): string {
  state.nextId += 1;
  return String(state.nextId);
}

/** An issue by key or id, or undefined. */
export function findIssue(state: JiraState, idOrKey: string): Issue | undefined {
  return (
    state.issues.get(idOrKey.toUpperCase()) ??
    state.issues.values().find(({ id }) => id === idOrKey)
  );
}
