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
} from './bitbucket-call.ts';
import type { BitbucketCall, BitbucketRoute } from './bitbucket-call.ts';
import { BitbucketError, notFound } from './bitbucket-error.ts';
import { accountShape, commentShape } from './bitbucket-shapes.ts';
import { addComment, changeComment } from './bitbucket-site.ts';
import type { Comment } from './bitbucket-state.ts';

const AT = '/repositories/:workspace/:repo/pullrequests/:id/comments';
const READ = 'pullrequest';
const WRITE = 'pullrequest:write';

/** Comments on pull requests. */
export const commentRoutes: readonly BitbucketRoute[] = [
  { method: 'GET', pattern: AT, scope: READ, run: list },
  { method: 'POST', pattern: AT, scope: WRITE, writes: true, run: add },
  {
    method: 'GET',
    pattern: `${AT}/:comment`,
    scope: READ,
    run: (call) => shown(call, commentOf(call)),
  },
  { method: 'PUT', pattern: `${AT}/:comment`, scope: WRITE, writes: true, run: edit },
  { method: 'DELETE', pattern: `${AT}/:comment`, scope: WRITE, writes: true, run: remove },
  { method: 'POST', pattern: `${AT}/:comment/resolve`, scope: WRITE, writes: true, run: resolve },
  { method: 'DELETE', pattern: `${AT}/:comment/resolve`, scope: WRITE, writes: true, run: reopen },
];

// Deleted comments stay in the list.
function list(call: BitbucketCall) {
  const repository = repositoryOf(call);
  const data = listedPullRequest(call);
  const sort = call.query.get('sort') ?? 'created_on';
  const key = sort.endsWith('updated_on') ? 'updated' : 'created';
  const ordered = data.comments.toSorted((a, b) =>
    a[key] === b[key] ? a.id - b.id : a[key] < b[key] ? -1 : 1,
  );
  if (sort.startsWith('-')) ordered.reverse();
  return page(
    call,
    ordered.map((comment) => commentShape(call.view, repository, { data, comment })),
  );
}

function commentOf(call: BitbucketCall): Comment {
  const { data } = pullRequestOf(call);
  const found = data.comments.find(({ id }) => String(id) === call.params['comment']);
  if (!found) throw notFound('Comment');
  return found;
}

function shown(call: BitbucketCall, comment: Comment, status = 200) {
  const { data } = pullRequestOf(call);
  return ok(commentShape(call.view, repositoryOf(call), { data, comment }), status);
}

function add(call: BitbucketCall) {
  const raw = textOf(fieldOf(call.body, 'content'), 'raw');
  if (raw.trim() === '') throw new BitbucketError(400, 'content.raw: this field cannot be blank');
  const parent = fieldOf(fieldOf(call.body, 'parent'), 'id');
  const { data } = pullRequestOf(call);
  if (parent !== undefined && !data.comments.some(({ id, deleted }) => id === parent && !deleted)) {
    throw new BitbucketError(400, 'parent: comment not found');
  }
  const wanted = { raw, parent: typeof parent === 'number' ? parent : null };
  return shown(call, addComment(call.parts, actingOn(call), wanted), 201);
}

function edit(call: BitbucketCall) {
  const comment = commentOf(call);
  const raw = textOf(fieldOf(call.body, 'content'), 'raw');
  if (comment.author !== call.account.uuid) throw forbidden();
  changeComment(call.parts, { ...actingOn(call), comment }, { act: 'updated', raw });
  return shown(call, comment);
}

function remove(call: BitbucketCall) {
  const comment = commentOf(call);
  if (comment.author !== call.account.uuid) throw forbidden();
  changeComment(call.parts, { ...actingOn(call), comment }, { act: 'deleted' });
  return NO_CONTENT;
}

function resolve(call: BitbucketCall) {
  const comment = commentOf(call);
  if (comment.resolution) throw new BitbucketError(409, 'The comment is resolved already.');
  changeComment(call.parts, { ...actingOn(call), comment }, { act: 'resolved' });
  return ok({
    type: 'comment_resolution',
    user: accountShape(call.view, call.account.uuid),
    created_on: commentOf(call).resolution?.at,
  });
}

function reopen(call: BitbucketCall) {
  changeComment(call.parts, { ...actingOn(call), comment: commentOf(call) }, { act: 'reopened' });
  return NO_CONTENT;
}

function forbidden(): BitbucketError {
  return new BitbucketError(403, 'You do not have permission to change this comment.');
}
