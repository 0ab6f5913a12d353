import type { Activity, Issue, IssueRow, Occurrence, SentryState } from './sentry-state.ts';
import { nextId } from './sentry-state.ts';

/** An error as an application reports it. Errors with one title are one issue. */
export interface ErrorReport {
  readonly title: string;
  readonly culprit?: string;
  readonly level?: string;
  readonly release?: string;
  /** `production` unless told. */
  readonly environment?: string;
  /** Whom it happened to. */
  readonly user?: string;
  readonly priority?: string;
}

type IssueAction = 'created' | 'resolved' | 'assigned' | 'archived' | 'unresolved';
export type MetricAction = 'critical' | 'warning' | 'resolved';

/** Something that happened, told to whoever sends the webhooks. `by` is a user, `null` Sentry itself. */
export type SiteEvent =
  | {
      readonly kind: 'issue';
      readonly action: IssueAction;
      readonly issue: Issue;
      readonly by: string | null;
    }
  | {
      readonly kind: 'comment';
      readonly action: 'created' | 'updated' | 'deleted';
      readonly issue: Issue;
      readonly comment: Activity;
      readonly by: string;
    }
  | {
      readonly kind: 'alert';
      readonly issue: Issue;
      readonly occurrence: Occurrence;
      readonly rule: string;
    }
  | {
      readonly kind: 'metric-alert';
      readonly action: MetricAction;
      readonly id: string;
      readonly name: string;
      readonly project: string;
      readonly text: string;
      readonly at: Date;
    };

/** What changes of an issue, the entry of its activity, and the webhook that tells of it. */
interface Deed {
  readonly by: string | null;
  readonly patch: Partial<IssueRow>;
  readonly type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly action: IssueAction | null;
}

/** An organisation whose every change is dated, kept in the activity and announced. */
export interface SentrySite {
  readonly state: SentryState;
  readonly now: () => Date;
  capture(project: string, report: ErrorReport): Issue;
  act(issue: Issue, deed: Deed): void;
  assign(issue: Issue, by: string, assignee: string | null): void;
  comment(issue: Issue, by: string, text: string): Activity;
  editComment(id: string, text: string): void;
  deleteComment(id: string): void;
  fireAlert(issue: Issue, rule: string): void;
  announce(event: SiteEvent): void;
}

interface SiteParts {
  readonly state: SentryState;
  readonly now: () => Date;
  readonly announce: (event: SiteEvent) => void;
}

/** The site over a state; `announce` is called after each change, at once. */
export function sentrySite(parts: SiteParts): SentrySite {
  const { state, announce } = parts;
  const site: SentrySite = {
    ...parts,
    capture: (project, report) => capture(parts, project, report),
    act: (issue, deed) => act(parts, issue, deed),
    assign: (issue, by, assignee) => assign(parts, issue, { by, assignee }),
    comment: (issue, by, text) => {
      const comment = add(parts, issue, { type: 'note', user: by, data: { text } });
      change(parts, issue, { comments: issue.row.comments + 1 });
      announce({ kind: 'comment', action: 'created', issue, comment, by });
      return comment;
    },
    editComment: (id, text) => {
      const { issue, comment, by } = findComment(state, id);
      comment.data = { text };
      announce({ kind: 'comment', action: 'updated', issue, comment, by });
    },
    deleteComment: (id) => {
      const { issue, comment, by } = findComment(state, id);
      issue.activity.splice(issue.activity.indexOf(comment), 1);
      change(parts, issue, { comments: issue.row.comments - 1 });
      announce({ kind: 'comment', action: 'deleted', issue, comment, by });
    },
    fireAlert: (issue, rule) => {
      const occurrence = issue.occurrences.at(-1);
      if (occurrence === undefined) throw new Error('That issue never occurred.');
      announce({ kind: 'alert', issue, occurrence, rule });
    },
  };
  return site;
}

function capture(parts: SiteParts, project: string, report: ErrorReport): Issue {
  const known = [...parts.state.issues.values()].find(
    ({ row }) => row.project === project && row.title === report.title,
  );
  const issue = known ?? newIssue(parts, project, report);
  const at = parts.now();
  const id = nextId(parts.state).padStart(32, '0');
  const { release = null, environment = 'production', user = null } = report;
  issue.occurrences.push({ id, at, release, environment, user });
  const users = new Set(issue.occurrences.map((one) => one.user).filter((one) => one !== null));
  const seen = { lastSeen: at, count: issue.row.count + 1, users: users.size };
  if (known === undefined) {
    change(parts, issue, seen);
    parts.announce({ kind: 'issue', action: 'created', issue, by: null });
    return issue;
  }
  if (issue.row.status !== 'resolved') {
    change(parts, issue, seen);
    return issue;
  }
  act(parts, issue, {
    by: null,
    patch: { ...seen, status: 'unresolved', substatus: 'regressed', statusDetails: {} },
    type: 'set_regression',
    data: { event_id: id },
    action: 'unresolved',
  });
  return issue;
}

function newIssue(parts: SiteParts, project: string, report: ErrorReport): Issue {
  const { state, now } = parts;
  if (!state.projects.has(project)) throw new Error(`There is no project ${project}.`);
  const inProject = [...state.issues.values()].filter(({ row }) => row.project === project);
  const [type = 'Error', ...value] = report.title.split(': ');
  const row: IssueRow = {
    id: nextId(state),
    shortId: `${project.toUpperCase()}-${inProject.length + 1}`,
    project,
    title: report.title,
    culprit: report.culprit ?? 'app.js in pay',
    level: report.level ?? 'error',
    priority: report.priority ?? 'high',
    users: 0,
    type,
    value: value.join(': '),
    firstSeen: now(),
    lastSeen: now(),
    count: 0,
    status: 'unresolved',
    substatus: 'new',
    statusDetails: {},
    assignee: null,
    comments: 0,
  };
  const issue: Issue = { row, rows: [], activity: [], occurrences: [] };
  // Every issue has the same number for this one.
  issue.activity.push({ id: '0', type: 'first_seen', user: null, dateCreated: now(), data: {} });
  state.issues.set(row.id, issue);
  return issue;
}

function act(parts: SiteParts, issue: Issue, deed: Deed): void {
  add(parts, issue, { type: deed.type, user: deed.by, data: deed.data ?? {} });
  change(parts, issue, deed.patch);
  if (deed.action === null) return;
  parts.announce({ kind: 'issue', action: deed.action, issue, by: deed.by });
}

function assign(
  parts: SiteParts,
  issue: Issue,
  { by, assignee }: { readonly by: string; readonly assignee: string | null },
): void {
  const before = issue.row.assignee;
  if (before === assignee) return;
  const [assigneeType, id] = (assignee ?? '').split(':');
  act(parts, issue, {
    by,
    patch: { assignee },
    type: assignee === null ? 'unassigned' : 'assigned',
    data: assignee === null ? {} : { assignee: id, assigneeType },
    // A change from one to another is not told.
    action: before === null ? 'assigned' : null,
  });
}

function add(
  { state, now }: SiteParts,
  issue: Issue,
  given: Pick<Activity, 'type' | 'user' | 'data'>,
): Activity {
  const activity: Activity = { id: nextId(state), dateCreated: now(), ...given };
  issue.activity.push(activity);
  return activity;
}

function change({ now }: SiteParts, issue: Issue, patch: Partial<IssueRow>): void {
  issue.row = { ...issue.row, ...patch };
  issue.rows.push({ since: now().getTime(), row: issue.row });
}

function findComment(
  state: SentryState,
  id: string,
): { issue: Issue; comment: Activity; by: string } {
  for (const issue of state.issues.values()) {
    const comment = issue.activity.find((one) => one.type === 'note' && one.id === id);
    if (comment?.user) return { issue, comment, by: comment.user };
  }
  throw new Error(`There is no comment ${id}.`);
}
