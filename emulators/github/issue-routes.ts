import type { GithubCall, GithubRoute } from './github-call.ts';
import { isVisible, issueOf, namesIn, ok, paged, repoOf, sinceOf } from './github-call.ts';
import { invalid, notFound } from './github-error.ts';
import { assign, label } from './github-site.ts';
import type { Issue } from './github-state.ts';
import { commentShape, issueShape, labelShape } from './issue-shapes.ts';
import { addComment } from './talk.ts';
import { timelineRows } from './timeline-rows.ts';

const REPO = '/repos/:owner/:repo';
const ISSUE = `${REPO}/issues/:number`;

/** Issues, their comments and time lines. */
export const issueRoutes: readonly GithubRoute[] = [
  { method: 'GET', pattern: `${REPO}/issues`, run: listIssues },
  { method: 'GET', pattern: `${REPO}/issues/comments`, run: listAllComments },
  { method: 'GET', pattern: `${REPO}/issues/comments/:comment`, run: oneComment },
  {
    method: 'GET',
    pattern: ISSUE,
    run: (call) => {
      const { repo, issue } = issueOf(call);
      return ok(issueShape(call.view, repo, issue));
    },
  },
  { method: 'GET', pattern: `${ISSUE}/comments`, run: listComments },
  { method: 'POST', pattern: `${ISSUE}/comments`, writes: true, run: postComment },
  { method: 'GET', pattern: `${ISSUE}/timeline`, run: listTimeline },
  { method: 'POST', pattern: `${ISSUE}/labels`, writes: true, run: postLabels },
  { method: 'POST', pattern: `${ISSUE}/assignees`, writes: true, run: postAssignees },
  { method: 'GET', pattern: '/search/issues', run: search },
];

function byUpdated<Row extends { readonly updated: Date }>(
  call: GithubCall,
  rows: readonly Row[],
): Row[] {
  const since = sinceOf(call);
  const seen = rows.filter((row) => row.updated.getTime() >= since && isVisible(call, row.updated));
  const sorted = seen.toSorted((a, b) => a.updated.getTime() - b.updated.getTime());
  return call.query.get('direction') === 'asc' ? sorted : sorted.toReversed();
}

function listIssues(call: GithubCall) {
  const repo = repoOf(call);
  const state = call.query.get('state') ?? 'open';
  const rows = byUpdated(call, [...repo.issues.values()]).filter(
    (issue) => state === 'all' || issue.state === state,
  );
  return paged(
    call,
    rows.map((issue) => issueShape(call.view, repo, issue)),
  );
}

function listAllComments(call: GithubCall) {
  const repo = repoOf(call);
  const rows = [...repo.issues.values()].flatMap((issue) =>
    issue.comments.map((comment) => ({ issue, comment, updated: comment.updated })),
  );
  return paged(
    call,
    byUpdated(call, rows).map(({ issue, comment }) =>
      commentShape(call.view, { repo, issue }, comment),
    ),
  );
}

function oneComment(call: GithubCall) {
  const repo = repoOf(call);
  for (const issue of repo.issues.values()) {
    const comment = issue.comments.find(({ id }) => String(id) === call.params['comment']);
    if (comment !== undefined) return ok(commentShape(call.view, { repo, issue }, comment));
  }
  throw notFound();
}

// The list of one issue is read from the database itself and does not lag.
function listComments(call: GithubCall) {
  const place = issueOf(call);
  const since = sinceOf(call);
  const rows = place.issue.comments.filter(({ updated }) => updated.getTime() >= since);
  return paged(
    call,
    rows.map((comment) => commentShape(call.view, place, comment)),
  );
}

function postComment(call: GithubCall) {
  const place = issueOf(call);
  const { body } = call.body;
  if (typeof body !== 'string' || body.trim() === '') throw invalid('IssueComment', 'body');
  const comment = addComment(call.site, place, { by: call.account.login, body });
  return ok(commentShape(call.view, place, comment), 201);
}

function listTimeline(call: GithubCall) {
  const place = issueOf(call);
  const rows = timelineRows(call.view, place).filter(({ at }) => isVisible(call, at));
  return paged(
    call,
    rows.map(({ shape }) => shape),
  );
}

function postLabels(call: GithubCall) {
  const place = issueOf(call);
  const names = namesIn(call.body['labels']);
  if (names.length === 0) throw invalid('Label', 'labels');
  for (const name of names) label(call.site, place, { by: call.account.login, name, isOn: true });
  return ok(place.issue.labels.map((name) => labelShape(call.view, place.repo, name)));
}

// Who cannot be assigned is left out without a word.
function postAssignees(call: GithubCall) {
  const place = issueOf(call);
  for (const given of namesIn(call.body['assignees'])) {
    const login = [...call.site.state.members].find(
      (one) => one.toLowerCase() === given.toLowerCase(),
    );
    if (login !== undefined)
      assign(call.site, place, { by: call.account.login, login, isOn: true });
  }
  return ok(issueShape(call.view, place.repo, place.issue), 201);
}

// Words in titles and texts, `repo:`, `is:`, `label:`, `author:` and `assignee:`: what the tests need of the search.
function search(call: GithubCall) {
  const q = call.query.get('q') ?? '';
  const terms = q.split(/\s+/).filter((term) => term !== '');
  if (terms.length === 0) throw invalid('Search', 'q');
  const repos = terms.flatMap((term) =>
    term.startsWith('repo:') ? [term.slice(5).toLowerCase()] : [],
  );
  const rows = [...call.site.state.repos].flatMap(([name, repo]) => {
    if (repos.length > 0 && !repos.includes(name.toLowerCase())) return [];
    return [...repo.issues.values()]
      .filter((issue) => isVisible(call, issue.updated) && terms.every((term) => fits(issue, term)))
      .map((issue) => ({ ...issueShape(call.view, repo, issue), score: 1 }));
  });
  const search_type = 'lexical';
  return paged(call, rows.slice(0, 1_000), (items) => ({
    total_count: rows.length,
    incomplete_results: false,
    items,
    search_type,
  }));
}

function fits(issue: Issue, term: string): boolean {
  const [name = '', value = ''] = term.toLowerCase().split(':', 2);
  switch (name) {
    case 'repo':
      return true;
    case 'is':
      return value === issue.state || value === (issue.pull === null ? 'issue' : 'pr');
    case 'label':
      return issue.labels.some((one) => one.toLowerCase() === value);
    case 'author':
      return issue.author === value;
    case 'assignee':
      return issue.assignees.includes(value);
    default:
      return `${issue.title} ${issue.body ?? ''}`.toLowerCase().includes(name);
  }
}
