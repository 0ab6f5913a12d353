import type { JiraCall, JiraRoute } from './jira-call.ts';
import { issueShape, namesIn, NO_CONTENT, ok, page, pageOf } from './jira-call.ts';
import { JiraError } from './jira-error.ts';
import type { Board, Sprint } from './jira-state.ts';
import { findIssue } from './jira-state.ts';

const AGILE = '/rest/agile/1.0';

/** Boards and sprints. */
export const agileRoutes: readonly JiraRoute[] = [
  { method: 'GET', pattern: `${AGILE}/board`, run: listBoards },
  { method: 'GET', pattern: `${AGILE}/board/:board/sprint`, run: listSprints },
  {
    method: 'GET',
    pattern: `${AGILE}/sprint/:sprint`,
    run: (call) => ok(sprintShape(call, sprintOf(call))),
  },
  { method: 'GET', pattern: `${AGILE}/sprint/:sprint/issue`, run: issuesOfSprint },
  { method: 'POST', pattern: `${AGILE}/sprint/:sprint/issue`, writes: true, run: moveToSprint },
];

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

function sprintShape({ view }: JiraCall, sprint: Sprint) {
  const { id, name, state, boardId, ...rest } = sprint;
  return {
    id,
    self: `${view.url}${AGILE}/sprint/${id}`,
    state,
    name,
    ...rest,
    originBoardId: boardId,
  };
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
    sprints.map((sprint) => sprintShape(call, sprint)),
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
  const issues = [...call.site.state.issues.values()].filter(({ sprint }) => sprint === id);
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
  const issues = keys.map((key) => {
    const issue = findIssue(call.site.state, key);
    if (!issue) throw new JiraError(400, `Issue ${key} does not exist or you may not see it.`);
    return issue;
  });
  issues.forEach((issue) => call.site.change(call.account.accountId, issue, { sprint: sprint.id }));
  return NO_CONTENT;
}
