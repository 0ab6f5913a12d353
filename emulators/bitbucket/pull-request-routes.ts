import {
  actingOn,
  fieldOf,
  listedPullRequest,
  NO_CONTENT,
  ok,
  page,
  pullRequestOf,
  repositoryOf,
  textOf,
  visibleUntil,
} from './bitbucket-call.ts';
import type { BitbucketCall, BitbucketRoute } from './bitbucket-call.ts';
import { BitbucketError } from './bitbucket-error.ts';
import {
  accountShape,
  activityShape,
  commitShape,
  fullName,
  pullRequestShape,
  statusShape,
} from './bitbucket-shapes.ts';
import {
  closePullRequest,
  createPullRequest,
  lagged,
  review,
  updatePullRequest,
} from './bitbucket-site.ts';
import { setBuild } from './set-build.ts';
import type { ReviewAct } from './bitbucket-site.ts';
import type { PullRequestData, Status } from './bitbucket-state.ts';
import { filterOf, sorted } from './query.ts';

const AT = '/repositories/:workspace/:repo/pullrequests';
const READ = 'pullrequest';
const WRITE = 'pullrequest:write';

/** Pull requests, their log, votes and builds. */
export const pullRequestRoutes: readonly BitbucketRoute[] = [
  { method: 'GET', pattern: AT, scope: READ, run: list },
  { method: 'POST', pattern: AT, scope: WRITE, writes: true, run: create },
  { method: 'GET', pattern: `${AT}/activity`, scope: READ, run: allActivity },
  { method: 'GET', pattern: `${AT}/:id`, scope: READ, run: whole },
  { method: 'PUT', pattern: `${AT}/:id`, scope: WRITE, writes: true, run: change },
  { method: 'GET', pattern: `${AT}/:id/activity`, scope: READ, run: activity },
  { method: 'GET', pattern: `${AT}/:id/commits`, scope: READ, run: commits },
  { method: 'GET', pattern: `${AT}/:id/statuses`, scope: READ, run: statuses },
  { method: 'GET', pattern: `${AT}/:id/diffstat`, scope: READ, run: diffstatRedirect },
  {
    method: 'GET',
    pattern: '/repositories/:workspace/:repo/diffstat/:fork/:spec',
    scope: 'repository',
    run: diffstat,
  },
  {
    method: 'POST',
    pattern: `${AT}/:id/approve`,
    scope: WRITE,
    writes: true,
    run: vote('approve'),
  },
  {
    method: 'DELETE',
    pattern: `${AT}/:id/approve`,
    scope: WRITE,
    writes: true,
    run: vote('unapprove'),
  },
  {
    method: 'POST',
    pattern: `${AT}/:id/request-changes`,
    scope: WRITE,
    writes: true,
    run: vote('request-changes'),
  },
  {
    method: 'DELETE',
    pattern: `${AT}/:id/request-changes`,
    scope: WRITE,
    writes: true,
    run: vote('withdraw-request'),
  },
  {
    method: 'POST',
    pattern: `${AT}/:id/decline`,
    scope: WRITE,
    writes: true,
    run: close('DECLINED'),
  },
  { method: 'POST', pattern: `${AT}/:id/merge`, scope: WRITE, writes: true, run: close('MERGED') },
  {
    method: 'POST',
    pattern: '/repositories/:workspace/:repo/commit/:commit/statuses/build',
    scope: 'repository:write',
    writes: true,
    run: build,
  },
];

const PEOPLE = ['participants', 'reviewers'];

function list(call: BitbucketCall) {
  const repository = repositoryOf(call);
  const states = call.query.getAll('state');
  const passes = filterOf(call.query.get('q'));
  const fields = call.query.get('fields') ?? '';
  // Only open ones come unless states are named; people only when they are asked for.
  const wanted = states.length === 0 ? ['OPEN'] : states;
  const people = PEOPLE.filter((name) => fields.includes(`+values.${name}`));
  const shown = repository.pullRequests
    .map((one) => lagged(one, visibleUntil(call)))
    .filter((data) => data !== undefined)
    .filter((data) => wanted.includes(data.state) && passes(data));
  const values = sorted(shown, call.query.get('sort')).map((data) =>
    pullRequestShape(call.view, repository, { data, people }),
  );
  return page(call, values, 50);
}

function whole(call: BitbucketCall) {
  const { data } = pullRequestOf(call);
  return ok(pullRequestShape(call.view, repositoryOf(call), { data, people: PEOPLE }));
}

function create(call: BitbucketCall) {
  const repository = repositoryOf(call);
  const branch = textOf(fieldOf(fieldOf(call.body, 'source'), 'branch'), 'name');
  const { description } = call.body;
  const { data } = createPullRequest(call.parts, repository, {
    author: call.account.uuid,
    title: textOf(call.body, 'title'),
    branch,
    description: typeof description === 'string' ? description : '',
  });
  return ok(pullRequestShape(call.view, repository, { data, people: PEOPLE }), 201);
}

function change(call: BitbucketCall) {
  const acting = actingOn(call);
  const { data } = acting.pullRequest;
  if (data.state !== 'OPEN')
    throw new BitbucketError(400, 'Only open pull requests can be changed.');
  const { description, reviewers } = call.body;
  updatePullRequest(call.parts, acting, {
    // In practice the title has to come along, whatever is changed.
    title: textOf(call.body, 'title'),
    ...(typeof description === 'string' ? { description } : {}),
    ...(Array.isArray(reviewers) ? { reviewers: reviewersOf(call, reviewers, data) } : {}),
  });
  return whole(call);
}

function reviewersOf(call: BitbucketCall, list: readonly unknown[], data: PullRequestData) {
  return list.map((one) => {
    const uuid = textOf(one, 'uuid');
    if (!call.view.state.accounts.has(uuid)) {
      throw new BitbucketError(400, `reviewers: ${uuid} is not a valid user`);
    }
    if (uuid === data.author) {
      throw new BitbucketError(400, 'reviewers: the author cannot be a reviewer');
    }
    return uuid;
  });
}

function activity(call: BitbucketCall) {
  const repository = repositoryOf(call);
  const data = listedPullRequest(call);
  const lines = data.log.toReversed();
  return page(
    call,
    lines.map((line) => activityShape(call.view, repository, { data, line })),
    50,
  );
}

function allActivity(call: BitbucketCall) {
  const repository = repositoryOf(call);
  const lines = repository.pullRequests
    .map((one) => lagged(one, visibleUntil(call)))
    .filter((data) => data !== undefined)
    .flatMap((data) => data.log.map((line) => ({ data, line })))
    .toSorted((a, b) => Date.parse(b.line.at) - Date.parse(a.line.at));
  return page(
    call,
    lines.map((one) => activityShape(call.view, repository, one)),
    50,
  );
}

function commits(call: BitbucketCall) {
  const repository = repositoryOf(call);
  const { data } = pullRequestOf(call);
  return page(
    call,
    data.commits.toReversed().map((commit) => commitShape(call.view, repository, commit)),
  );
}

function statuses(call: BitbucketCall) {
  const repository = repositoryOf(call);
  const { data } = pullRequestOf(call);
  const hashes = data.commits.map(({ hash }) => hash);
  const until = visibleUntil(call);
  const shown = repository.statuses.filter(({ hash, changed }) => {
    return hashes.includes(hash) && changed <= until;
  });
  return page(
    call,
    shown
      .toSorted((a, b) => (a.updated < b.updated ? 1 : -1))
      .map((status) => statusShape(call.view, repository, status)),
  );
}

function diffstatRedirect(call: BitbucketCall) {
  const { data } = pullRequestOf(call);
  const name = fullName(call.view, repositoryOf(call));
  const spec = `${name}:${data.source.hash}%0D${data.destination.hash}`;
  const query = `from_pullrequest_id=${data.id}&topic=true`;
  const location = `${call.view.url}/repositories/${name}/diffstat/${spec}?${query}`;
  return { status: 302, headers: { location } };
}

function diffstat(call: BitbucketCall) {
  repositoryOf(call);
  if (!/^[^:]+:[0-9a-f]{7,}\r[0-9a-f]{7,}$/.test(call.params['spec'] ?? '')) {
    throw new BitbucketError(404, 'Commit not found');
  }
  const file = { path: 'src/rounding.ts', type: 'commit_file' };
  const values = [
    {
      type: 'diffstat',
      status: 'modified',
      lines_added: 12,
      lines_removed: 3,
      old: file,
      new: file,
    },
  ];
  return page(call, values, 500);
}

function vote(act: ReviewAct) {
  return (call: BitbucketCall) => {
    const acting = actingOn(call);
    review(call.parts, acting, act);
    const { data } = acting.pullRequest;
    const own = data.participants.find(({ account }) => account === acting.actor);
    if (act === 'unapprove' || act === 'withdraw-request' || !own) return NO_CONTENT;
    return ok({
      type: 'participant',
      user: accountShape(call.view, own.account),
      role: own.role,
      approved: own.state === 'approved',
      state: own.state,
      participated_on: own.at,
    });
  };
}

function close(state: 'MERGED' | 'DECLINED') {
  return (call: BitbucketCall) => {
    const acting = actingOn(call);
    if (acting.pullRequest.data.state !== 'OPEN') {
      throw new BitbucketError(409, 'This pull request is already closed.');
    }
    closePullRequest(call.parts, acting, { state });
    return whole(call);
  };
}

const STATES: readonly Status['state'][] = ['INPROGRESS', 'SUCCESSFUL', 'FAILED', 'STOPPED'];

function build(call: BitbucketCall) {
  const repository = repositoryOf(call);
  const state = STATES.find((one) => one === call.body['state']);
  if (!state) throw new BitbucketError(400, 'state: invalid');
  const status = setBuild(call.parts, repository, {
    hash: call.params['commit'] ?? '',
    key: textOf(call.body, 'key'),
    url: textOf(call.body, 'url'),
    state,
    actor: call.account.uuid,
  });
  return ok(statusShape(call.view, repository, status), 201);
}
