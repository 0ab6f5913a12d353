import type { Call, Identity } from '../../domain/connector.ts';
import { Failure, isRetryable } from '../../domain/failure.ts';
import type { JiraReader } from './client.ts';
import { requireWatched } from './issue-key.ts';
import type { CommentView, IssueView } from './issue-view.ts';
import { commentView, descriptionOf, historyView, issueLine } from './issue-view.ts';
import type { RestIssue } from './rest.ts';
import { expectShape } from '../rest-shape.ts';
import { CommentPage, Fields, Myself, RestIssue as Shape } from './rest.ts';
import type { JiraSettings } from './settings.ts';
import { browseUrl } from './settings.ts';
import { currentSprint } from './sprint-value.ts';

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
  /** Some fields of an issue, named as in a query. Denied where it belongs to a project that is not watched. */
  fields(key: string, names: string, call: Call): Promise<RestIssue>;
  /** The field that holds the sprints, `null` where the site has none. */
  sprintField(call: Call): Promise<string | null>;
  specialFields(call: Call): Promise<SpecialFields>;
  myself(call: Call): Promise<Identity>;
  /** Our own account id; asked for once. */
  ourId(call: Call): Promise<string>;
}

/** The site that a reader reaches. */
export function jiraSite(settings: JiraSettings, reader: JiraReader): JiraSite {
  const specialFields = specialFieldsOf(reader);
  const sprintField: JiraSite['sprintField'] = async (call) => (await specialFields(call)).sprint;
  const comments: JiraSite['comments'] = async (key, limit, call) => {
    requireWatched(key, settings.projects);
    const query = { orderBy: '-created', startAt: 0, maxResults: limit };
    const answer = await reader.get(`/rest/api/3/issue/${key}/comment`, query, call);
    return expectShape(CommentPage, answer).comments.slice(0, limit).map(commentView);
  };
  const fields: JiraSite['fields'] = async (key, names, call) => {
    requireWatched(key, settings.projects);
    const answer = await reader.get(`/rest/api/3/issue/${key}`, { fields: names }, call);
    const issue = expectShape(Shape, answer);
    requireWatched(issue.key, settings.projects);
    return issue;
  };
  const myself = whoWeAre(reader);
  return {
    settings,
    reader,
    comments,
    fields,
    sprintField,
    specialFields,
    myself,
    ourId: once(async (call) => (await myself(call)).accountId),
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
  };
}

function whoWeAre(reader: JiraReader): JiraSite['myself'] {
  return async (call) => {
    const me = expectShape(Myself, await reader.get('/rest/api/3/myself', {}, call));
    return { accountId: me.accountId, name: me.displayName ?? me.accountId };
  };
}

// A failure is not remembered: the next call asks again.
function once<Value>(ask: (call: Call) => Promise<Value>): (call: Call) => Promise<Value> {
  let known: { readonly value: Value } | null = null;
  return async (call) => {
    known ??= { value: await ask(call) };
    return known.value;
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
    sprint:
      besides.field === null ? null : (currentSprint(issue.fields[besides.field])?.name ?? null),
    description: descriptionOf(issue),
    comments: oldestFirst(besides.latest),
    history: oldestFirst(histories.map(historyView)).slice(-LATEST),
  };
}

// Cloud lists the newest first, Data Center the oldest.
function oldestFirst<Item extends { readonly at: string | null }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (a.at ?? '').localeCompare(b.at ?? ''));
}

/** Fields whose numbers differ from site to site; `null` where the site has none. */
export interface SpecialFields {
  readonly sprint: string | null;
  /** Says that work on an issue cannot go on. */
  readonly flag: string | null;
}

const NONE: SpecialFields = { sprint: null, flag: null };
const FLAG_SCHEMA = 'com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes';

// They are looked up once. Without them issues are still read.
function specialFieldsOf(reader: JiraReader): (call: Call) => Promise<SpecialFields> {
  let known: SpecialFields | null = null;
  return async (call) => {
    if (known !== null) return known;
    try {
      const fields = expectShape(Fields, await reader.get('/rest/api/3/field', {}, call));
      const sprint = fields.find(({ schema }) => schema.custom === SPRINT_SCHEMA)?.id ?? null;
      const isFlag = (name: string | null): boolean => name?.toLowerCase() === 'flagged';
      const flags = fields.filter(({ schema }) => schema.custom === FLAG_SCHEMA);
      known = { sprint, flag: flags.find(({ name }) => isFlag(name))?.id ?? null };
    } catch (error) {
      if (error instanceof Failure && !isRetryable(error)) known = NONE;
      return NONE;
    }
    return known;
  };
}
