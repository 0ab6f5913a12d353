import type { JiraCall, JiraRoute } from './jira-call.ts';
import { ok } from './jira-call.ts';
import { issueNotFound, JiraError } from './jira-error.ts';
import type { Issue } from './jira-state.ts';
import { findIssue, LINK_TYPES } from './jira-state.ts';
import { addLink } from './site-changes.ts';

/** Links between issues, and their types. */
export const linkRoutes: readonly JiraRoute[] = [
  { method: 'GET', pattern: '/rest/api/3/issueLinkType', run: listTypes },
  { method: 'POST', pattern: '/rest/api/3/issueLink', writes: true, run: link },
];

function listTypes({ view }: JiraCall) {
  const self = (id: string) => `${view.url}/rest/api/3/issueLinkType/${id}`;
  return ok({ issueLinkTypes: LINK_TYPES.map((type) => ({ ...type, self: self(type.id) })) });
}

function link(call: JiraCall) {
  const { type, inwardIssue, outwardIssue } = call.body;
  const kind = LINK_TYPES.find(
    ({ id, name }) => id === part(type, 'id') || name === part(type, 'name'),
  );
  if (!kind) throw new JiraError(404, 'No issue link type with that name was found.');
  // The names are those of the ends as seen from the other side: a link goes from `inwardIssue` to `outwardIssue`.
  const [source, destination] = [named(call, inwardIssue), named(call, outwardIssue)];
  addLink(call.site, { actor: call.account.accountId, source, destination }, kind.name);
  return { status: 201 };
}

function named({ site }: JiraCall, value: unknown): Issue {
  const issue = findIssue(site.state, String(part(value, 'key') ?? part(value, 'id')));
  if (!issue) throw issueNotFound();
  return issue;
}

function part(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
