import type { Call, Identity } from '../../domain/connector.ts';
import { Failure, isRetryable } from '../../domain/failure.ts';
import type { JiraReader } from './client.ts';
import { requireWatched } from './issue-key.ts';
import type { CommentView, IssueView } from './issue-view.ts';
import { commentView, descriptionOf, historyView, issueLine } from './issue-view.ts';
import type { RestIssue } from './rest.ts';
import { expectShape } from '../rest-shape.ts';
import { CommentPage, Fields, Myself, RestIssue as Shape, Sprints } from './rest.ts';
import type { JiraSettings } from './settings.ts';
import { browseUrl } from './settings.ts';

const LATEST = 20;
const SPRINT_SCHEMA = 'com.pyxis.greenhopper.jira:gh-sprint';
const FIELDS = 'summary,description,status,assignee,priority,duedate,updated';

/** What may be read of a Jira site, bounded to the watched projects. All of it throws a `Failure`. */
export interface JiraSite {
  readonly settings: JiraSettings;
  readonly reader: JiraReader;
  issue(key: string, call: Call): Promise<IssueView>;
  /** The newest comments, newest first. */
  comments(key: string, limit: number, call: Call): Promise<CommentView[]>;
  myself(call: Call): Promise<Identity>;
}

/** The site that a reader reaches. */
export function jiraSite(settings: JiraSettings, reader: JiraReader): JiraSite {
  const sprintField = sprintFieldOf(reader);
  const comments: JiraSite['comments'] = async (key, limit, call) => {
    requireWatched(key, settings.projects);
    const query = { orderBy: '-created', startAt: 0, maxResults: limit };
    const answer = await reader.get(`/rest/api/3/issue/${key}/comment`, query, call);
    return expectShape(CommentPage, answer).comments.slice(0, limit).map(commentView);
  };
  return {
    settings,
    reader,
    comments,
    issue: async (key, call) => {
      requireWatched(key, settings.projects);
      const field = await sprintField(call);
      const query = { fields: field === null ? FIELDS : `${FIELDS},${field}`, expand: 'changelog' };
      const answer = await reader.get(`/rest/api/3/issue/${key}`, query, call);
      const issue = expectShape(Shape, answer);
      // An issue that was moved answers to its old key too.
      requireWatched(issue.key, settings.projects);
      const latest = await comments(issue.key, LATEST, call);
      return viewOf(issue, { latest, field, url: browseUrl(settings, issue.key) });
    },
    myself: async (call) => {
      const me = expectShape(Myself, await reader.get('/rest/api/3/myself', {}, call));
      return { accountId: me.accountId, name: me.displayName ?? me.accountId };
    },
  };
}

interface Besides {
  readonly latest: readonly CommentView[];
  readonly field: string | null;
  readonly url: string | null;
}

function viewOf(issue: RestIssue, besides: Besides): IssueView {
  const histories = issue.changelog?.histories ?? [];
  return {
    ...issueLine(issue, besides.url),
    sprint: besides.field === null ? null : sprintName(issue.fields[besides.field]),
    description: descriptionOf(issue),
    comments: oldestFirst(besides.latest),
    history: oldestFirst(histories.map(historyView)).slice(-LATEST),
  };
}

// Cloud lists the newest first, Data Center the oldest.
function oldestFirst<Item extends { readonly at: string | null }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (a.at ?? '').localeCompare(b.at ?? ''));
}

/** The active sprint of the list, else the nearest future one. */
function sprintName(value: unknown): string | null {
  const parsed = Sprints.safeParse(value);
  if (!parsed.success) return null;
  const active = parsed.data.find((sprint) => sprint.state === 'active');
  if (active !== undefined) return active.name;
  const future = parsed.data.filter((sprint) => sprint.state === 'future');
  const [nearest] = future.toSorted((a, b) =>
    (a.startDate ?? '~').localeCompare(b.startDate ?? '~'),
  );
  return nearest?.name ?? null;
}

// The number of the sprint field differs from site to site; it is looked up once. Without it issues are still read.
function sprintFieldOf(reader: JiraReader): (call: Call) => Promise<string | null> {
  let known: string | null | undefined;
  return async (call) => {
    if (known !== undefined) return known;
    try {
      const fields = expectShape(Fields, await reader.get('/rest/api/3/field', {}, call));
      known = fields.find((field) => field.schema.custom === SPRINT_SCHEMA)?.id ?? null;
    } catch (error) {
      if (error instanceof Failure && !isRetryable(error)) known = null;
      return null;
    }
    return known;
  };
}
