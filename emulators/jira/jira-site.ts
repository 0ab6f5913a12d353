import type { AdfDocument } from './adf-document.ts';
import { adfToText } from './adf-document.ts';
import { FLAG, FLAG_FIELD, POINTS_FIELD, SPRINT_FIELD } from './issue-shapes.ts';
import type { IssueSeed } from './jira-seed.ts';
import { seededIssue } from './jira-seed.ts';
import type { IssueIndex } from './issue-index.ts';
import type {
  Change,
  ChangeItem,
  Comment,
  Issue,
  IssueLink,
  JiraState,
  Sprint,
  Worklog,
} from './jira-state.ts';
import { findIssue, nextId, PRIORITIES, STATUSES } from './jira-state.ts';

/** Something that changed, told to whoever sends the webhooks. */
export type SiteEvent =
  | {
      readonly kind: 'issue';
      readonly name: 'created' | 'updated' | 'deleted';
      readonly issue: Issue;
      readonly actor: string;
      readonly change?: Change;
    }
  | {
      readonly kind: 'comment';
      readonly name: 'created' | 'updated' | 'deleted';
      readonly issue: Issue;
      readonly comment: Comment;
    }
  | {
      readonly kind: 'worklog';
      readonly name: 'created' | 'updated' | 'deleted';
      readonly issue: Issue;
      readonly worklog: Worklog;
    }
  | { readonly kind: 'link'; readonly name: 'created' | 'deleted'; readonly link: IssueLink }
  | {
      readonly kind: 'sprint';
      readonly name: 'created' | 'updated' | 'started' | 'closed' | 'deleted';
      readonly sprint: Sprint;
    };

/** The fields that can be set on an issue; a description is a document. */
export interface IssuePatch {
  readonly summary?: string;
  readonly description?: AdfDocument | null;
  readonly priority?: string;
  readonly assignee?: string | null;
  readonly labels?: readonly string[];
  readonly duedate?: string | null;
  readonly storyPoints?: number | null;
  readonly sprint?: number | null;
  readonly flagged?: boolean;
  readonly status?: string;
}

/** What a comment is made of. */
interface NewComment {
  readonly body: AdfDocument;
  readonly visibility?: unknown;
  readonly properties?: readonly { readonly key: string; readonly value: unknown }[];
}

/** A site whose every change is dated, kept in the history and announced. */
export interface JiraSite {
  readonly state: JiraState;
  readonly now: () => Date;
  readonly index: IssueIndex;
  announce(event: SiteEvent): void;
  createIssue(actor: string, seed: IssueSeed, patch?: IssuePatch): Issue;
  /** Changes fields; fields that keep their value leave no trace, as in Jira. */
  change(actor: string, issue: Issue, patch: IssuePatch): void;
  deleteIssue(actor: string, issue: Issue): void;
  addComment(actor: string, issue: Issue, comment: NewComment): Comment;
  editComment(actor: string, found: FoundComment, body: AdfDocument): Comment;
  deleteComment(found: FoundComment): void;
}

export interface FoundComment {
  readonly issue: Issue;
  readonly comment: Comment;
}

interface SiteParts {
  readonly state: JiraState;
  readonly now: () => Date;
  readonly announce: (event: SiteEvent) => void;
  readonly index: IssueIndex;
}

/** The site over a state; `announce` is called after each change, at once. */
export function jiraSite(parts: SiteParts): JiraSite {
  const { state, now, announce, index } = parts;
  return {
    state,
    now,
    index,
    announce,
    createIssue: (actor, seed, patch = {}) => {
      const made = seededIssue(state, { reporter: actor, ...seed }, now());
      const issue = { ...made, ...patch, creator: actor };
      state.issues.set(issue.key, issue);
      const change = {
        id: nextId(state),
        author: actor,
        created: now(),
        items: firstValues(state, issue),
      };
      index.note(issue);
      announce({ kind: 'issue', name: 'created', issue, actor, change });
      return issue;
    },
    change: (actor, issue, patch) => changeIssue(parts, { actor, issue }, patch),
    deleteIssue: (actor, issue) => {
      index.drop(issue);
      state.issues.delete(issue.key);
      announce({ kind: 'issue', name: 'deleted', issue, actor });
    },
    ...commentHands(parts),
  };
}

type CommentHands = Pick<JiraSite, 'addComment' | 'editComment' | 'deleteComment'>;

function commentHands(parts: SiteParts): CommentHands {
  const { now, announce, index } = parts;
  return {
    addComment: (actor, issue, given) => {
      const comment = newComment(parts, actor, given);
      index.touch(issue);
      issue.comments.push(comment);
      issue.updated = comment.created;
      index.note(issue);
      announce({ kind: 'comment', name: 'created', issue, comment });
      return comment;
    },
    editComment: (actor, { issue, comment }, body) => {
      const at = now();
      index.touch(issue);
      Object.assign(comment, { body, updateAuthor: actor, updated: at });
      issue.updated = at;
      index.note(issue);
      announce({ kind: 'comment', name: 'updated', issue, comment });
      return comment;
    },
    deleteComment: ({ issue, comment }) => {
      // Deleting does not touch `updated`: it cannot be seen by polling.
      index.touch(issue);
      issue.comments = issue.comments.filter(({ id }) => id !== comment.id);
      index.note(issue);
      announce({ kind: 'comment', name: 'deleted', issue, comment });
    },
  };
}

/** A comment anywhere on the site, with its issue, or undefined. */
export function findComment(
  state: JiraState,
  id: string,
  idOrKey?: string,
): FoundComment | undefined {
  const wanted = idOrKey === undefined ? undefined : findIssue(state, idOrKey);
  const issues = idOrKey === undefined ? [...state.issues.values()] : wanted ? [wanted] : [];
  return issues
    .flatMap((issue) => issue.comments.map((comment) => ({ issue, comment })))
    .find(({ comment }) => comment.id === id);
}

function newComment({ state, now }: SiteParts, actor: string, given: NewComment): Comment {
  const at = now();
  return {
    id: nextId(state),
    author: actor,
    updateAuthor: actor,
    body: given.body,
    created: at,
    updated: at,
    ...(given.visibility === undefined ? {} : { visibility: given.visibility }),
    properties: new Map((given.properties ?? []).map(({ key, value }) => [key, value])),
  };
}

function changeIssue(
  { state, now, announce, index }: SiteParts,
  { actor, issue }: { actor: string; issue: Issue },
  patch: IssuePatch,
): void {
  const at = now();
  const items = itemsOf(state, issue, patch);
  if (items.length === 0) return;
  const status =
    patch.status === undefined ? undefined : STATUSES.find(({ id }) => id === patch.status);
  index.touch(issue);
  Object.assign(issue, patch, { updated: at });
  if (status)
    Object.assign(issue, { statusChanged: at, resolved: status.category === 'done' ? at : null });
  const change = { id: nextId(state), author: actor, created: at, items };
  issue.changelog.push(change);
  index.note(issue);
  announce({ kind: 'issue', name: 'updated', issue, actor, change });
}

type Side = readonly [id: string | null, name: string | null];

function itemsOf(state: JiraState, issue: Issue, patch: IssuePatch): ChangeItem[] {
  return Object.entries(patch).flatMap(([name, value]) => {
    const read = FIELDS[name];
    const before = new Map<string, unknown>(Object.entries(issue)).get(name);
    if (!read || JSON.stringify(before) === JSON.stringify(value)) return [];
    const item = changeItem(read, read.side(before, state), read.side(value, state));
    return name === 'status' ? [...resolutionItem(issue, value), item] : [item];
  });
}

// Reaching Done also sets the resolution, in the same entry; leaving it clears the resolution.
function resolutionItem(issue: Issue, status: unknown): ChangeItem[] {
  const isDone = STATUSES.find(({ id }) => id === status)?.category === 'done';
  if (isDone === (issue.resolved !== null)) return [];
  const none: Side = [null, null];
  const done: Side = ['10000', 'Done'];
  const field = { field: 'resolution', fieldId: 'resolution' };
  return [isDone ? changeItem(field, none, done) : changeItem(field, done, none)];
}

interface FieldName {
  readonly field: string;
  readonly fieldId: string;
}

function changeItem({ field, fieldId }: FieldName, before: Side, after: Side): ChangeItem {
  return {
    field,
    fieldtype: fieldId.startsWith('customfield_') ? 'custom' : 'jira',
    fieldId,
    from: before[0],
    fromString: before[1],
    to: after[0],
    toString: after[1],
  };
}

type FieldReader = FieldName & { side(value: unknown, state: JiraState): Side };

const plain = (value: unknown): Side => [null, textOf(value)];

const FIELDS: Readonly<Record<string, FieldReader>> = {
  summary: { field: 'summary', fieldId: 'summary', side: plain },
  description: {
    field: 'description',
    fieldId: 'description',
    side: (value) => [null, value === null ? null : adfToText(value as AdfDocument)],
  },
  priority: {
    field: 'priority',
    fieldId: 'priority',
    side: (value) => [PRIORITIES.find(({ name }) => name === value)?.id ?? null, textOf(value)],
  },
  labels: {
    field: 'labels',
    fieldId: 'labels',
    side: (value) => [null, (value as readonly string[]).join(' ')],
  },
  duedate: {
    field: 'duedate',
    fieldId: 'duedate',
    side: (value) => [textOf(value), textOf(value)],
  },
  flagged: {
    field: 'Flagged',
    fieldId: FLAG_FIELD,
    side: (value) => (value === true ? [`[${FLAG.id}]`, FLAG.value] : ['', '']),
  },
  storyPoints: { field: 'Story point estimate', fieldId: POINTS_FIELD, side: plain },
  assignee: {
    field: 'assignee',
    fieldId: 'assignee',
    side: (value, { people }) => [textOf(value), people.get(String(value))?.displayName ?? null],
  },
  sprint: {
    field: 'Sprint',
    fieldId: SPRINT_FIELD,
    side: (value, { sprints }) => [textOf(value) ?? '', sprints.get(Number(value))?.name ?? ''],
  },
  status: {
    field: 'status',
    fieldId: 'status',
    side: (value) => [textOf(value), STATUSES.find(({ id }) => id === value)?.name ?? null],
  },
};

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value).replace(/^"|"$/g, '');
}

function firstValues(state: JiraState, issue: Issue): ChangeItem[] {
  const { summary, description, priority, assignee, status } = issue;
  return Object.entries({ description, priority, assignee, status, summary }).flatMap(
    ([name, value]) => {
      const read = FIELDS[name];
      return read && value !== null
        ? [changeItem(read, [null, null], read.side(value, state))]
        : [];
    },
  );
}
