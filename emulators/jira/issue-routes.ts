import { isAdfDocument } from './adf-validator.ts';
import { changeShape, statusShape } from './issue-shapes.ts';
import type { JiraCall, JiraRoute } from './jira-call.ts';
import { issueOf, issueShape, namesIn, NO_CONTENT, ok, page } from './jira-call.ts';
import { JiraError } from './jira-error.ts';
import type { IssuePatch } from './jira-site.ts';
import type { Issue } from './jira-state.ts';
import { findIssue, ISSUE_TYPES, PRIORITIES, STATUSES } from './jira-state.ts';

const ISSUE = '/rest/api/3/issue/:issue';

/** Issues, their history, and the changes that REST can make to them. */
export const issueRoutes: readonly JiraRoute[] = [
  { method: 'POST', pattern: '/rest/api/3/issue', writes: true, run: createIssue },
  { method: 'POST', pattern: '/rest/api/3/issue/bulkfetch', run: bulkFetch },
  { method: 'GET', pattern: ISSUE, run: getIssue },
  { method: 'PUT', pattern: ISSUE, writes: true, run: editIssue },
  { method: 'DELETE', pattern: ISSUE, writes: true, run: deleteIssue },
  { method: 'POST', pattern: '/rest/api/3/changelog/bulkfetch', run: bulkChangelogs },
  {
    method: 'GET',
    pattern: `${ISSUE}/changelog`,
    run: (call) =>
      page(
        call,
        issueOf(call).changelog.map((change) => changeShape(call.view, change)),
        100,
      ),
  },
  { method: 'GET', pattern: `${ISSUE}/transitions`, run: listTransitions },
  { method: 'POST', pattern: `${ISSUE}/transitions`, writes: true, run: runTransition },
  { method: 'PUT', pattern: `${ISSUE}/assignee`, writes: true, run: assign },
];

function getIssue(call: JiraCall) {
  const fields = call.query.getAll('fields').flatMap(namesIn);
  const expand = call.query.getAll('expand').flatMap(namesIn);
  const wanted = { fields: fields.length === 0 ? ['*all'] : fields, expand };
  const shape = issueShape(call, issueOf(call), wanted);
  if (!expand.includes('transitions')) return ok(shape);
  return ok({ ...shape, transitions: transitionsOf(call, issueOf(call)) });
}

function bulkFetch(call: JiraCall) {
  const wantedIssues = namesIn(call.body['issueIdsOrKeys']);
  if (wantedIssues.length === 0 || wantedIssues.length > 100) {
    throw new JiraError(400, 'Give 1 to 100 issues.');
  }
  const found = new Set(wantedIssues.flatMap((name) => findIssue(call.site.state, name) ?? []));
  const fields = namesIn(call.body['fields']);
  const wanted = {
    fields: fields.length === 0 ? ['*navigable'] : fields,
    expand: namesIn(call.body['expand']),
  };
  const ascending = [...found].sort((left, right) => Number(left.id) - Number(right.id));
  return ok({
    issues: ascending.map((issue) => issueShape(call, issue, wanted)),
    issueErrors: [],
  });
}

function createIssue(call: JiraCall) {
  const fields = recordIn(call.body['fields']);
  const project = recordIn(fields['project']);
  const { projects, issues } = call.site.state;
  const known = [...projects.values()].find(
    ({ id, key }) => id === project['id'] || key === project['key'],
  );
  if (!known) throw new JiraError(400, '', { project: 'Specify a valid project ID or key' });
  if (typeof fields['summary'] !== 'string' || fields['summary'] === '') {
    throw new JiraError(400, '', { summary: 'You must specify a summary of the issue.' });
  }
  const type = recordIn(fields['issuetype']);
  const issueType = ISSUE_TYPES.find(({ id, name }) => id === type['id'] || name === type['name']);
  if (!issueType) throw new JiraError(400, '', { issuetype: 'Specify a valid issue type' });
  const numbers = [...issues.values()]
    .filter(({ projectKey }) => projectKey === known.key)
    .map(({ key }) => Number(key.split('-')[1]));
  const seed = {
    key: `${known.key}-${Math.max(0, ...numbers) + 1}`,
    summary: fields['summary'],
    type: issueType.name,
  };
  const issue = call.site.createIssue(call.account.accountId, seed, patchOf(fields));
  const self = `${call.view.url}/rest/api/3/issue/${issue.id}`;
  return ok({ id: issue.id, key: issue.key, self }, 201);
}

function editIssue(call: JiraCall) {
  const issue = issueOf(call);
  const fields = recordIn(call.body['fields']);
  const patch = { ...patchOf(fields), ...labelPatch(issue, recordIn(call.body['update'])) };
  call.site.change(call.account.accountId, issue, patch);
  return NO_CONTENT;
}

// Of the operations of `update` only those of labels are known.
function labelPatch(issue: Issue, update: Record<string, unknown>): IssuePatch {
  const unknown = Object.keys(update).find((name) => name !== 'labels');
  if (unknown !== undefined) throw new JiraError(400, '', { [unknown]: 'It cannot be updated.' });
  if (update['labels'] === undefined) return {};
  const steps: unknown[] = Array.isArray(update['labels']) ? update['labels'] : [];
  const labels = new Set(issue.labels);
  for (const step of steps.map(recordIn)) {
    if (typeof step['add'] === 'string') labels.add(step['add']);
    if (typeof step['remove'] === 'string') labels.delete(step['remove']);
  }
  return { labels: [...labels] };
}

function deleteIssue(call: JiraCall) {
  call.site.deleteIssue(call.account.accountId, issueOf(call));
  return NO_CONTENT;
}

function bulkChangelogs(call: JiraCall) {
  const names = namesIn(call.body['issueIdsOrKeys']);
  const fieldIds = namesIn(call.body['fieldIds']);
  if (names.length === 0 || names.length > 1_000 || fieldIds.length > 10) {
    throw new JiraError(400, 'Give 1 to 1000 issues and at most 10 fields.');
  }
  const found = new Set(names.flatMap((name) => findIssue(call.site.state, name) ?? []));
  const issueChangeLogs = [...found].map((issue) => ({
    issueId: issue.id,
    changeHistories: issue.changelog
      .filter(({ items }) => {
        return fieldIds.length === 0 || items.some((item) => fieldIds.includes(item.fieldId));
      })
      .map((change) => changeShape(call.view, change)),
  }));
  return ok({ issueChangeLogs });
}

const SETTABLE = ['summary', 'description', 'priority', 'assignee', 'labels', 'duedate'];
const ON_CREATE = ['project', 'issuetype'];

function patchOf(fields: Record<string, unknown>): IssuePatch {
  const unknown = Object.keys(fields).filter((name) => ![...SETTABLE, ...ON_CREATE].includes(name));
  if (unknown[0] !== undefined) {
    const why = `Field '${unknown[0]}' cannot be set. It is not on the appropriate screen, or unknown.`;
    throw new JiraError(400, '', { [unknown[0]]: why });
  }
  const { summary, description, priority, assignee, labels, duedate } = fields;
  if (description !== undefined && description !== null && !isAdfDocument(description)) {
    throw new JiraError(400, '', {
      description:
        'Operation value must be an Atlassian Document (see the Atlassian Document Format)',
    });
  }
  return {
    ...(typeof summary === 'string' ? { summary } : {}),
    ...(description === undefined ? {} : { description }),
    ...(priority === undefined ? {} : { priority: priorityIn(priority) }),
    ...(assignee === undefined ? {} : { assignee: accountIn(assignee) }),
    ...(labels === undefined ? {} : { labels: namesIn(labels) }),
    ...(duedate === undefined ? {} : { duedate: duedate === null ? null : textIn(duedate) }),
  };
}

function priorityIn(value: unknown): string {
  const { id, name } = recordIn(value);
  const found = PRIORITIES.find((priority) => priority.id === id || priority.name === name);
  if (!found) throw new JiraError(400, '', { priority: 'The priority selected is invalid.' });
  return found.name;
}

function accountIn(value: unknown): string | null {
  return value === null ? null : textIn(recordIn(value)['accountId']);
}

function textIn(value: unknown): string {
  if (typeof value !== 'string') throw new JiraError(400, 'data was not a string');
  return value;
}

function recordIn(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function transitionsOf({ view }: JiraCall, issue: Issue) {
  return STATUSES.filter(({ id }) => id !== issue.status).map((status) => ({
    id: status.transition,
    name: status.verb,
    to: statusShape(view, status),
    hasScreen: false,
    isGlobal: true,
    isInitial: false,
    isAvailable: true,
    isConditional: false,
    looped: false,
  }));
}

function listTransitions(call: JiraCall) {
  return ok({ expand: 'transitions', transitions: transitionsOf(call, issueOf(call)) });
}

function runTransition(call: JiraCall) {
  const issue = issueOf(call);
  const { id } = recordIn(call.body['transition']);
  const status = STATUSES.find(({ transition }) => transition === id);
  if (!status || status.id === issue.status) {
    throw new JiraError(
      400,
      `It seems that you have tried to perform an invalid workflow operation.`,
    );
  }
  call.site.change(call.account.accountId, issue, { status: status.id });
  return NO_CONTENT;
}

function assign(call: JiraCall) {
  const issue = issueOf(call);
  const given = call.body['accountId'];
  const assignee = given === null || given === '-1' ? null : textIn(given);
  if (assignee !== null && !call.site.state.people.has(assignee)) {
    throw new JiraError(400, '', { assignee: `User '${assignee}' cannot be assigned issues.` });
  }
  call.site.change(call.account.accountId, issue, { assignee });
  return NO_CONTENT;
}
