import { checkWorkspace, ok, page, repositoryOf } from './bitbucket-call.ts';
import type { BitbucketCall, BitbucketRoute } from './bitbucket-call.ts';
import { BitbucketError, notFound } from './bitbucket-error.ts';
import { accountShape, wholeRepository, workspaceShape } from './bitbucket-shapes.ts';

/** Accounts, the workspace and its repositories; and what Bitbucket has taken away. */
export const accountRoutes: readonly BitbucketRoute[] = [
  ...[
    '/workspaces',
    '/repositories',
    '/user/permissions/workspaces',
    '/user/permissions/repositories',
    '/pullrequests/:user',
  ].map((pattern): BitbucketRoute => ({ method: 'GET', pattern, run: gone })),
  {
    method: 'GET',
    pattern: '/user',
    scope: 'account',
    run: ({ view, account }) => ok(accountShape(view, account.uuid)),
  },
  { method: 'GET', pattern: '/users/:user', scope: 'account', run: user },
  {
    method: 'GET',
    pattern: '/workspaces/:workspace',
    scope: 'account',
    run: ({ view, params }) => {
      checkWorkspace(view, params['workspace']);
      return ok(workspaceShape(view));
    },
  },
  { method: 'GET', pattern: '/workspaces/:workspace/members', scope: 'account', run: members },
  { method: 'GET', pattern: '/repositories/:workspace', scope: 'repository', run: repositories },
  {
    method: 'GET',
    pattern: '/repositories/:workspace/:repo',
    scope: 'repository',
    run: (call) => ok(wholeRepository(call.view, repositoryOf(call))),
  },
  {
    method: 'GET',
    pattern: '/repositories/:workspace/:repo/default-reviewers',
    scope: 'pullrequest',
    run: (call) =>
      page(
        call,
        repositoryOf(call).defaultReviewers.map((uuid) => accountShape(call.view, uuid)),
      ),
  },
  {
    method: 'GET',
    pattern: '/repositories/:workspace/:repo/effective-default-reviewers',
    scope: 'pullrequest',
    run: (call) =>
      page(
        call,
        repositoryOf(call).defaultReviewers.map((uuid) => ({
          type: 'default_reviewer',
          reviewer_type: 'repository',
          user: accountShape(call.view, uuid),
        })),
      ),
  },
];

function gone(): never {
  throw new BitbucketError(410, 'CHANGE-2770 - Functionality has been deprecated');
}

function user({ view, params }: BitbucketCall) {
  const id = params['user'];
  const found = [...view.state.accounts.values()].find(({ uuid, accountId }) => {
    return id === uuid || id === accountId;
  });
  if (!found) throw notFound(id ?? '');
  return ok(accountShape(view, found.uuid));
}

function members(call: BitbucketCall) {
  checkWorkspace(call.view, call.params['workspace']);
  return page(
    call,
    [...call.view.state.accounts.keys()].map((uuid) => ({
      type: 'workspace_membership',
      user: accountShape(call.view, uuid),
      workspace: workspaceShape(call.view),
    })),
  );
}

function repositories(call: BitbucketCall) {
  checkWorkspace(call.view, call.params['workspace']);
  const all = [...call.view.state.repositories.values()];
  return page(
    call,
    all.map((repository) => wholeRepository(call.view, repository)),
  );
}
