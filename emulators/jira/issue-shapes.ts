import type { AdfDocument } from './adf-document.ts';
import { adfToText, adfToWiki } from './adf-document.ts';
import { jiraDate } from './jira-date.ts';
import type { Change, Comment, Issue, JiraState, Person, Sprint, Status } from './jira-state.ts';
import { ISSUE_TYPES, LINK_TYPES, PRIORITIES, STATUSES } from './jira-state.ts';

/** The ids under which this site keeps its custom fields. */
export const SPRINT_FIELD = 'customfield_10020';
export const POINTS_FIELD = 'customfield_10016';
export const FLAG_FIELD = 'customfield_10021';

/** The one box that can be ticked. */
export const FLAG = { id: '10019', value: 'Impediment' };

/** Where a body is going: REST v3 speaks ADF, webhooks speak the older v2 shapes. */
export interface View {
  readonly url: string;
  readonly version: 2 | 3;
  readonly state: JiraState;
}

type Json = Record<string, unknown>;

const SIZES = ['48x48', '24x24', '16x16', '32x32'];

function api({ url, version }: View): string {
  return `${url}/rest/api/${version}`;
}

function avatars(base: string): Json {
  return Object.fromEntries(
    SIZES.map((size) => [size, `${base}${base.includes('?') ? '&' : '?'}s=${size}`]),
  );
}

/** A person as others see them: no address. Someone unknown is shown by id, as Jira shows a former user. */
export function userShape(view: View, accountId: string): Json {
  const person: Person = view.state.people.get(accountId) ?? {
    accountId,
    displayName: 'Former user',
    timeZone: 'Etc/UTC',
    active: false,
  };
  return {
    self: `${api(view)}/user?accountId=${encodeURIComponent(accountId)}`,
    accountId,
    avatarUrls: avatars(`${view.url}/avatar/${encodeURIComponent(accountId)}.png`),
    displayName: person.displayName,
    active: person.active ?? true,
    timeZone: person.timeZone,
    accountType: 'atlassian',
  };
}

function userOrNull(view: View, accountId: string | null): Json | null {
  return accountId === null ? null : userShape(view, accountId);
}

const CATEGORIES = {
  new: { id: 2, key: 'new', colorName: 'blue-gray', name: 'To Do' },
  indeterminate: { id: 4, key: 'indeterminate', colorName: 'yellow', name: 'In Progress' },
  done: { id: 3, key: 'done', colorName: 'green', name: 'Done' },
} as const;

/** A status with its category. */
export function statusShape(view: View, { id, name, category }: Status): Json {
  const { id: categoryId, ...rest } = CATEGORIES[category];
  return {
    self: `${api(view)}/status/${id}`,
    description: '',
    iconUrl: `${view.url}/`,
    name,
    id,
    statusCategory: {
      self: `${api(view)}/statuscategory/${categoryId}`,
      id: categoryId,
      ...rest,
    },
  };
}

/** A project, as issues carry it. */
export function projectShape(view: View, key: string): Json {
  const project = view.state.projects.get(key) ?? { id: '0', key, name: key };
  return {
    self: `${api(view)}/project/${project.id}`,
    id: project.id,
    key,
    name: project.name,
    projectTypeKey: 'software',
    simplified: false,
    avatarUrls: avatars(`${view.url}/secure/projectavatar?avatarId=10324`),
  };
}

/** A sprint as the sprint field of an issue holds it. */
function sprintValue({ id, name, state, boardId, ...dates }: Sprint): Json {
  return { id, name, state, boardId, ...dates };
}

/** The few fields that a comment's webhook shows of its issue. */
export function reducedFields(view: View, issue: Issue): Json {
  return {
    summary: issue.summary,
    issuetype: typeShape(view, issue.issueType),
    project: projectShape(view, issue.projectKey),
    assignee: userOrNull(view, issue.assignee),
    priority: priorityShape(view, issue.priority),
    status: statusOf(view, issue),
  };
}

/** All fields of an issue. */
export function allFields(view: View, issue: Issue): Json {
  const sprint = issue.sprint === null ? undefined : view.state.sprints.get(issue.sprint);
  return {
    ...reducedFields(view, issue),
    ...emptyFields(view, issue),
    resolution: issue.resolved ? resolutionShape(view) : null,
    resolutiondate: issue.resolved ? jiraDate(issue.resolved) : null,
    created: jiraDate(issue.created),
    updated: jiraDate(issue.updated),
    statuscategorychangedate: jiraDate(issue.statusChanged),
    labels: issue.labels,
    description: textShape(view, issue.description),
    creator: userShape(view, issue.creator),
    reporter: userShape(view, issue.reporter),
    duedate: issue.duedate,
    issuelinks: linkShapes(view, issue),
    [SPRINT_FIELD]: sprint ? [sprintValue(sprint)] : null,
    [POINTS_FIELD]: issue.storyPoints,
    [FLAG_FIELD]: issue.flagged
      ? [{ self: `${api(view)}/customFieldOption/${FLAG.id}`, ...FLAG }]
      : null,
  };
}

// Each end shows the other: the source on the outward side.
function linkShapes(view: View, issue: Issue): Json[] {
  const { links, issues } = view.state;
  return links
    .filter(({ source, destination }) => source === issue.id || destination === issue.id)
    .flatMap(({ id, type: name, source, destination }) => {
      const isOutward = source === issue.id;
      const other = issues.values().find((one) => one.id === (isOutward ? destination : source));
      const type = LINK_TYPES.find((one) => one.name === name);
      if (!other || !type) return [];
      const end = {
        id: other.id,
        key: other.key,
        self: `${api(view)}/issue/${other.id}`,
        fields: {
          summary: other.summary,
          status: statusOf(view, other),
          priority: priorityShape(view, other.priority),
          issuetype: typeShape(view, other.issueType),
        },
      };
      const self = `${api(view)}/issueLink/${id}`;
      const shownType = { ...type, self: `${api(view)}/issueLinkType/${type.id}` };
      return [{ id, self, type: shownType, [isOutward ? 'outwardIssue' : 'inwardIssue']: end }];
    });
}

// Fields that this stand-in never fills, so that a reader meets them as they come.
function emptyFields(view: View, issue: Issue): Json {
  const nulls = [
    'timespent aggregatetimespent lastViewed timeestimate aggregatetimeoriginalestimate',
    'timeoriginalestimate security aggregatetimeestimate environment',
  ].flatMap((names) => names.split(' '));
  const lists = ['fixVersions', 'versions', 'components', 'attachment', 'subtasks'];
  const progress = { progress: 0, total: 0 };
  const self = `${api(view)}/issue/${issue.key}`;
  return {
    ...Object.fromEntries(nulls.map((name) => [name, null])),
    ...Object.fromEntries(lists.map((name) => [name, []])),
    workratio: -1,
    watches: { self: `${self}/watchers`, watchCount: 1, isWatching: false },
    votes: { self: `${self}/votes`, votes: 0, hasVoted: false },
    timetracking: {},
    progress,
    aggregateprogress: progress,
  };
}

function textShape(view: View, text: AdfDocument | null): unknown {
  if (view.version === 3) return text;
  return text === null ? null : adfToText(text);
}

function statusOf(view: View, issue: Issue): Json {
  const status = STATUSES.find(({ id }) => id === issue.status);
  if (!status) throw new Error(`${issue.key} has a status that does not exist`);
  return statusShape(view, status);
}

function typeShape(view: View, name: string): Json {
  const id = ISSUE_TYPES.find((type) => type.name === name)?.id ?? '10002';
  return {
    self: `${api(view)}/issuetype/${id}`,
    id,
    description: '',
    iconUrl: `${view.url}/secure/viewavatar?size=xsmall&avatarId=10315&avatarType=issuetype`,
    name,
    subtask: false,
    avatarId: 10315,
  };
}

function priorityShape(view: View, name: string): Json {
  const id = PRIORITIES.find((priority) => priority.name === name)?.id ?? '3';
  const iconUrl = `${view.url}/images/icons/priorities/${name.toLowerCase()}.svg`;
  return { self: `${api(view)}/priority/${id}`, iconUrl, name, id };
}

function resolutionShape(view: View): Json {
  const self = `${api(view)}/resolution/10000`;
  return { self, id: '10000', description: 'Work has been completed on this issue.', name: 'Done' };
}

/** A comment; its properties are shown only where they are asked for. */
export function commentShape(
  view: View,
  issue: Issue,
  { comment, properties }: { comment: Comment; properties: boolean },
): Json {
  const shown = [...comment.properties].map(([key, value]) => ({ key, value }));
  return {
    self: `${api(view)}/issue/${issue.id}/comment/${comment.id}`,
    id: comment.id,
    author: userShape(view, comment.author),
    body: view.version === 3 ? comment.body : adfToWiki(comment.body),
    updateAuthor: userShape(view, comment.updateAuthor),
    created: jiraDate(comment.created),
    updated: jiraDate(comment.updated),
    ...(comment.visibility === undefined ? {} : { visibility: comment.visibility }),
    jsdPublic: true,
    ...(properties ? { properties: shown } : {}),
  };
}

/** One entry of an issue's history. */
export function changeShape(view: View, change: Change): Json {
  return {
    id: change.id,
    author: userShape(view, change.author),
    created: jiraDate(change.created),
    items: change.items,
  };
}
