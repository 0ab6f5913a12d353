import type { JiraCall, JiraRoute } from './jira-call.ts';
import { issueShape, namesIn, NO_CONTENT, ok, page, pageOf } from './jira-call.ts';
import { JiraError } from './jira-error.ts';
import { matchesJql } from './jql.ts';
import type { Board, Sprint } from './jira-state.ts';
import { findIssue } from './jira-state.ts';
import { sprintShape } from './other-shapes.ts';
import { changeSprint } from './site-changes.ts';

const AGILE = '/rest/agile/1.0';

/** Boards and sprints. */
export const agileRoutes: readonly JiraRoute[] = [
  { method: 'GET', pattern: `${AGILE}/board`, run: listBoards },
  { method: 'GET', pattern: `${AGILE}/board/:board/sprint`, run: listSprints },
  {
    method: 'GET',
    pattern: `${AGILE}/sprint/:sprint`,
    run: (call) => ok(sprintShape(call.view, sprintOf(call))),
  },
  { method: 'POST', pattern: `${AGILE}/sprint/:sprint`, writes: true, run: updateSprint },
  { method: 'GET', pattern: `${AGILE}/sprint/:sprint/issue`, run: issuesOfSprint },
  { method: 'POST', pattern: `${AGILE}/sprint/:sprint/issue`, writes: true, run: moveToSprint },
  { method: 'POST', pattern: `${AGILE}/backlog/issue`, writes: true, run: moveToBacklog },
];

// Closed ones first, then the active, then the future.
function inOrder(sprints: readonly Sprint[]): Sprint[] {
  const states = ['closed', 'active', 'future'];
  return sprints.toSorted((a, b) => states.indexOf(a.state) - states.indexOf(b.state));
}

// Only what is given changes; from future to active to closed and no other way.
function updateSprint(call: JiraCall) {
  const sprint = sprintOf(call);
  const { state, name, goal, startDate, endDate } = call.body;
  if (sprint.state === 'closed') throw new JiraError(400, 'A closed sprint cannot be changed.');
  const isStep =
    state === undefined ||
    state === sprint.state ||
    (state === 'active' && sprint.state === 'future') ||
    (state === 'closed' && sprint.state === 'active');
  if (!isStep) throw new JiraError(400, 'A sprint starts from future and is closed from active.');
  const changed = changeSprint(call.site, sprint, {
    ...(state === 'active' || state === 'closed' ? { state } : {}),
    ...texts({ name, goal, startDate, endDate }),
  });
  return ok(sprintShape(call.view, changed));
}

function texts(given: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string';
    }),
  );
}

function moveToBacklog(call: JiraCall) {
  const keys = namesIn(call.body['issues']);
  if (keys.length === 0 || keys.length > 50) throw new JiraError(400, 'Give 1 to 50 issues.');
  const issues = keys.map((key) => issueNamed(call, key));
  issues.forEach((issue) => call.site.change(call.account.accountId, issue, { sprint: null }));
  return NO_CONTENT;
}

function issueNamed({ site }: JiraCall, key: string) {
  const issue = findIssue(site.state, key);
  if (!issue) throw new JiraError(400, `Issue ${key} does not exist or you may not see it.`);
  return issue;
}

function listBoards(call: JiraCall) {
  const type = call.query.get('type');
  const project = call.query.get('projectKeyOrId');
  const boards = [...call.site.state.boards.values()].filter(
    (board) =>
      (type === null || type.split(',').includes(board.type)) &&
      (project === null || board.projectKey === project),
  );
  return page(
    call,
    boards.map((board) => boardShape(call, board)),
    50,
  );
}

function boardShape({ view }: JiraCall, { id, name, type }: Board) {
  return { id, self: `${view.url}${AGILE}/board/${id}`, name, type };
}

function listSprints(call: JiraCall) {
  const { site, params, query } = call;
  const board = site.state.boards.get(Number(params['board']));
  if (!board)
    throw new JiraError(404, 'The requested board cannot be viewed because it does not exist.');
  if (board.type === 'kanban') throw new JiraError(400, 'The board does not support sprints');
  const states = query.getAll('state').flatMap(namesIn);
  const sprints = [...site.state.sprints.values()].filter(
    ({ boardId, state }) => boardId === board.id && (states.length === 0 || states.includes(state)),
  );
  return page(
    call,
    inOrder(sprints).map((sprint) => sprintShape(call.view, sprint)),
    50,
  );
}

function sprintOf({ site, params }: JiraCall): Sprint {
  const sprint = site.state.sprints.get(Number(params['sprint']));
  if (!sprint) throw new JiraError(404, 'The sprint does not exist or you may not see it.');
  return sprint;
}

function issuesOfSprint(call: JiraCall) {
  const { startAt, maxResults } = pageOf(call, 50);
  const { id } = sprintOf(call);
  const jql = call.query.get('jql');
  const context = { ...call.site, caller: call.account.accountId, now: call.site.now() };
  const issues = [...call.site.state.issues.values()].filter(
    (issue) => issue.sprint === id && (jql === null || matchesJql(jql, context, issue)),
  );
  const fields = call.query.getAll('fields').flatMap(namesIn);
  const wanted = { fields: fields.length === 0 ? ['*navigable'] : fields, expand: [] };
  return ok({
    expand: 'schema,names',
    startAt,
    maxResults,
    total: issues.length,
    issues: issues
      .slice(startAt, startAt + maxResults)
      .map((issue) => issueShape(call, issue, wanted)),
  });
}

function moveToSprint(call: JiraCall) {
  const sprint = sprintOf(call);
  if (sprint.state === 'closed') {
    throw new JiraError(400, 'The sprint is closed: issues can go to an open one only.');
  }
  const keys = namesIn(call.body['issues']);
  if (keys.length === 0 || keys.length > 50) throw new JiraError(400, 'Give 1 to 50 issues.');
  const issues = keys.map((key) => issueNamed(call, key));
  issues.forEach((issue) => call.site.change(call.account.accountId, issue, { sprint: sprint.id }));
  return NO_CONTENT;
}
