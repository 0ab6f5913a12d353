import type { JiraCall, JiraRoute } from './jira-call.ts';
import { issueOf, ok, pageOf } from './jira-call.ts';
import { JiraError } from './jira-error.ts';
import { worklogShape } from './other-shapes.ts';
import { addWorklog } from './site-changes.ts';

const WORKLOGS = '/rest/api/3/issue/:issue/worklog';

/** Logged work. */
export const worklogRoutes: readonly JiraRoute[] = [
  { method: 'GET', pattern: WORKLOGS, run: listWorklogs },
  { method: 'POST', pattern: WORKLOGS, writes: true, run: logWork },
];

function listWorklogs(call: JiraCall) {
  const { startAt, maxResults } = pageOf(call, 5_000);
  const issue = issueOf(call);
  // By the day the work was done on, not by when it was logged.
  const after = Number(call.query.get('startedAfter') ?? -Infinity);
  const found = issue.worklogs.filter(({ started }) => started.getTime() > after);
  return ok({
    startAt,
    maxResults,
    total: found.length,
    worklogs: found
      .slice(startAt, startAt + maxResults)
      .map((worklog) => worklogShape(call.view, issue, worklog)),
  });
}

function logWork(call: JiraCall) {
  const seconds = call.body['timeSpentSeconds'];
  if (typeof seconds !== 'number' || seconds <= 0) {
    throw new JiraError(400, '', { timeLogged: 'You must indicate the time spent working.' });
  }
  const issue = issueOf(call);
  const worklog = addWorklog(call.site, { actor: call.account.accountId, issue }, { seconds });
  return ok(worklogShape(call.view, issue, worklog), 201);
}
