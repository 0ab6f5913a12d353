import { FLAG_FIELD, POINTS_FIELD, projectShape, SPRINT_FIELD, userShape } from './issue-shapes.ts';
import type { JiraCall, JiraRoute } from './jira-call.ts';
import { issueShape, namesIn, ok, page, pageOf } from './jira-call.ts';
import { jiraDate } from './jira-date.ts';
import { JiraError } from './jira-error.ts';
import { searchJql } from './jql.ts';

const SEARCH = '/rest/api/3/search/jql';

/** The site itself: who asks, what they may, its fields, projects and people, and search. */
export const siteRoutes: readonly JiraRoute[] = [
  { method: 'GET', pattern: '/rest/api/3/myself', run: myself },
  { method: 'GET', pattern: '/rest/api/3/serverInfo', run: serverInfo },
  { method: 'GET', pattern: '/rest/api/3/mypermissions', run: permissions },
  { method: 'GET', pattern: '/rest/api/3/field', run: () => ok(FIELDS) },
  { method: 'GET', pattern: '/rest/api/3/project/search', run: projects },
  { method: 'GET', pattern: '/rest/api/3/user', run: user },
  { method: 'GET', pattern: '/rest/api/3/user/search', run: users },
  { method: 'GET', pattern: '/rest/api/3/user/assignable/search', run: users },
  { method: 'GET', pattern: SEARCH, run: (call) => search(call, queryOf(call)) },
  { method: 'POST', pattern: SEARCH, run: (call) => search(call, call.body) },
  { method: 'POST', pattern: '/rest/api/3/search/approximate-count', run: count },
  ...['2', '3'].flatMap((version) =>
    ['GET', 'POST'].map((method) => ({
      method,
      pattern: `/rest/api/${version}/search`,
      run: gone,
    })),
  ),
];

function myself({ view, account }: JiraCall) {
  const address = account.emailAddress === undefined ? {} : { emailAddress: account.emailAddress };
  return ok({
    ...userShape(view, account.accountId),
    ...address,
    locale: 'en_GB',
    expand: 'groups,applicationRoles',
  });
}

function serverInfo({ view, site }: JiraCall) {
  return ok({
    baseUrl: view.url,
    version: '1001.0.0-SNAPSHOT',
    versionNumbers: [1001, 0, 0],
    deploymentType: 'Cloud',
    buildNumber: 100_204,
    buildDate: '2026-11-02T12:59:12.000+0000',
    serverTime: jiraDate(site.now()),
    scmInfo: '0000000000000000000000000000000000000000',
    serverTitle: 'Jira',
  });
}

const PERMISSIONS = [
  'BROWSE_PROJECTS CREATE_ISSUES EDIT_ISSUES DELETE_ISSUES ASSIGN_ISSUES ASSIGNABLE_USER',
  'TRANSITION_ISSUES RESOLVE_ISSUES SCHEDULE_ISSUES LINK_ISSUES ADD_COMMENTS',
  'EDIT_OWN_COMMENTS DELETE_OWN_COMMENTS MANAGE_SPRINTS_PERMISSION',
].flatMap((names) => names.split(' '));

function permissions({ query, site, denied }: JiraCall) {
  const names = namesIn(query.get('permissions') ?? undefined);
  if (names.length === 0)
    throw new JiraError(400, "The 'permissions' query parameter is required.");
  const project = query.get('projectKey');
  if (project !== null && !site.state.projects.has(project)) {
    throw new JiraError(404, `No project could be found with key '${project}'.`);
  }
  const unknown = names.find((name) => !PERMISSIONS.includes(name));
  if (unknown !== undefined) throw new JiraError(400, `Unrecognized permission: ${unknown}`);
  const shapes = names.map((key) => ({
    id: String(10 + PERMISSIONS.indexOf(key)),
    key,
    name: key.toLowerCase().replaceAll('_', ' '),
    type: 'PROJECT',
    description: '',
    havePermission: !denied.includes(key),
  }));
  return ok({ permissions: Object.fromEntries(shapes.map((shape) => [shape.key, shape])) });
}

function projects(call: JiraCall) {
  const { view, site } = call;
  const keys = call.query.getAll('keys').flatMap(namesIn);
  const shown = [...site.state.projects.keys()].filter(
    (key) => keys.length === 0 || keys.includes(key),
  );
  const shapes = shown.map((key) => ({
    ...projectShape(view, key),
    style: 'classic',
    isPrivate: false,
  }));
  return page(call, shapes, 50);
}

function user({ view, site, query }: JiraCall) {
  const accountId = query.get('accountId') ?? '';
  if (!site.state.people.has(accountId)) {
    throw new JiraError(
      404,
      'Specified user does not exist or you do not have required permissions',
    );
  }
  return ok(userShape(view, accountId));
}

function users(call: JiraCall) {
  const { startAt, maxResults } = pageOf(call, 50);
  const wanted = (call.query.get('query') ?? '').toLowerCase();
  const found = [...call.site.state.people.values()].filter(({ displayName, accountId }) => {
    const id = call.query.get('accountId');
    return id === null ? displayName.toLowerCase().includes(wanted) : id === accountId;
  });
  const shapes = found.map(({ accountId }) => userShape(call.view, accountId));
  return ok(shapes.slice(startAt, startAt + maxResults));
}

function gone(): never {
  throw new JiraError(
    410,
    'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046',
  );
}

type Search = Readonly<Record<string, unknown>>;

function queryOf({ query }: JiraCall): Search {
  const maxResults = query.get('maxResults');
  return {
    ...Object.fromEntries(query),
    fields: query.getAll('fields').flatMap(namesIn),
    ...(maxResults === null ? {} : { maxResults: Number(maxResults) }),
  };
}

function found(call: JiraCall, jql: unknown) {
  const context = {
    state: call.site.state,
    caller: call.account.accountId,
    now: call.site.now(),
    issues: call.site.index.visible(),
  };
  return searchJql(typeof jql === 'string' ? jql : '', context);
}

function search(call: JiraCall, { jql, fields, expand, maxResults, nextPageToken }: Search) {
  const size = maxResults === undefined ? 50 : Number(maxResults);
  if (!Number.isInteger(size) || size < 1) throw new JiraError(400, 'maxResults is not valid.');
  if (expand !== undefined && typeof expand !== 'string') {
    throw new JiraError(
      400,
      'Invalid request payload. Refer to the REST API documentation and try again.',
    );
  }
  const all = found(call, jql);
  const start = offsetOf(nextPageToken, jql);
  const end = start + Math.min(size, 5_000);
  const names = namesIn(fields);
  const wanted = { fields: names.length === 0 ? ['id'] : names, expand: namesIn(expand) };
  const more = end < all.length;
  return ok({
    issues: all.slice(start, end).map((issue) => issueShape(call, issue, wanted)),
    ...(more ? { nextPageToken: tokenFor(end, jql) } : {}),
    isLast: !more,
  });
}

function count(call: JiraCall) {
  return ok({ count: found(call, call.body['jql']).length });
}

// A token belongs to its query, as in Jira.
function tokenFor(offset: number, jql: unknown): string {
  return Buffer.from(JSON.stringify([offset, jql])).toString('base64url');
}

function offsetOf(token: unknown, jql: unknown): number {
  if (token === undefined || token === null) return 0;
  const text = Buffer.from(typeof token === 'string' ? token : '', 'base64url').toString();
  const offset = Number(/^\[(\d+),/.exec(text)?.[1]);
  if (token !== tokenFor(offset, jql)) throw new JiraError(400, 'The nextPageToken is not valid.');
  return offset;
}

interface FieldRow {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly custom?: string;
  readonly items?: string;
}

const FIELDS = [
  { id: 'summary', name: 'Summary', type: 'string' },
  { id: 'status', name: 'Status', type: 'status' },
  { id: 'assignee', name: 'Assignee', type: 'user' },
  { id: 'reporter', name: 'Reporter', type: 'user' },
  { id: 'priority', name: 'Priority', type: 'priority' },
  { id: 'labels', name: 'Labels', type: 'array', items: 'string' },
  { id: 'created', name: 'Created', type: 'datetime' },
  { id: 'updated', name: 'Updated', type: 'datetime' },
  { id: 'duedate', name: 'Due date', type: 'date' },
  { id: 'description', name: 'Description', type: 'string' },
  {
    id: POINTS_FIELD,
    name: 'Story point estimate',
    type: 'number',
    custom: 'com.pyxis.greenhopper.jira:jsw-story-points',
  },
  {
    id: SPRINT_FIELD,
    name: 'Sprint',
    type: 'array',
    items: 'json',
    custom: 'com.pyxis.greenhopper.jira:gh-sprint',
  },
  {
    id: FLAG_FIELD,
    name: 'Flagged',
    type: 'array',
    items: 'option',
    custom: 'com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes',
  },
].map(fieldShape);

function fieldShape({ id, name, type, custom, items }: FieldRow) {
  const number = Number(id.split('_')[1]);
  return {
    id,
    key: id,
    name,
    custom: custom !== undefined,
    orderable: true,
    navigable: true,
    searchable: true,
    clauseNames: custom === undefined ? [id] : [`cf[${number}]`, name],
    schema: {
      type,
      ...(items === undefined ? {} : { items }),
      ...(custom === undefined ? { system: id } : { custom, customId: number }),
    },
  };
}
