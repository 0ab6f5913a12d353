import type { AdfDocument } from './adf-document.ts';
import { isAdfDocument } from './adf-validator.ts';
import { commentShape } from './issue-shapes.ts';
import type { JiraCall, JiraRoute } from './jira-call.ts';
import { issueOf, namesIn, NO_CONTENT, ok, page, pageOf } from './jira-call.ts';
import { JiraError } from './jira-error.ts';
import type { FoundComment } from './jira-site.ts';
import { findComment } from './jira-site.ts';

const COMMENTS = '/rest/api/3/issue/:issue/comment';
const PROPERTY = '/rest/api/3/comment/:comment/properties/:key';
const MOST_CHARACTERS = 32_768;

/** Comments and their properties. */
export const commentRoutes: readonly JiraRoute[] = [
  { method: 'GET', pattern: COMMENTS, run: listComments },
  { method: 'POST', pattern: COMMENTS, writes: true, run: addComment },
  { method: 'GET', pattern: `${COMMENTS}/:comment`, run: (call) => shown(call, commentOf(call)) },
  { method: 'PUT', pattern: `${COMMENTS}/:comment`, writes: true, run: editComment },
  {
    method: 'DELETE',
    pattern: `${COMMENTS}/:comment`,
    writes: true,
    run: (call) => {
      call.site.deleteComment(commentOf(call));
      return NO_CONTENT;
    },
  },
  { method: 'POST', pattern: '/rest/api/3/comment/list', run: commentsById },
  { method: 'GET', pattern: '/rest/api/3/comment/:comment/properties', run: listProperties },
  { method: 'GET', pattern: PROPERTY, run: getProperty },
  { method: 'PUT', pattern: PROPERTY, writes: true, run: putProperty },
];

function listComments(call: JiraCall) {
  const { startAt, maxResults } = pageOf(call, 100);
  const issue = issueOf(call);
  const comments = [...issue.comments];
  if (call.query.get('orderBy') === '-created') comments.reverse();
  const properties = wantsProperties(call);
  return ok({
    comments: comments
      .slice(startAt, startAt + maxResults)
      .map((comment) => commentShape(call.view, issue, { comment, properties })),
    maxResults,
    startAt,
    total: comments.length,
  });
}

function wantsProperties({ query }: JiraCall): boolean {
  return query.getAll('expand').flatMap(namesIn).includes('properties');
}

function addComment(call: JiraCall) {
  const { site, account, body } = call;
  const issue = issueOf(call);
  const comment = site.addComment(account.accountId, issue, {
    body: documentIn(body['body']),
    properties: propertiesIn(body['properties']),
    ...(body['visibility'] === undefined ? {} : { visibility: body['visibility'] }),
  });
  return ok(commentShape(call.view, issue, { comment, properties: wantsProperties(call) }), 201);
}

function documentIn(value: unknown): AdfDocument {
  if (!isAdfDocument(value))
    throw new JiraError(400, '', { comment: 'Comment body is not valid!' });
  return value;
}

function propertiesIn(value: unknown): { key: string; value: unknown }[] {
  if (value === undefined) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((one) => {
    const given = new Map<string, unknown>(Object.entries(one as object));
    const key = given.get('key');
    if (typeof key !== 'string' || !given.has('value') || given.size !== 2) {
      throw new JiraError(400, 'Each property needs a key and a value, and nothing else.');
    }
    return { key, value: checkedProperty(given.get('value')) };
  });
}

function checkedProperty(value: unknown): unknown {
  if (JSON.stringify(value).length <= MOST_CHARACTERS) return value;
  throw new JiraError(400, `The value of a property is limited to ${MOST_CHARACTERS} characters.`);
}

function editComment(call: JiraCall) {
  const found = commentOf(call);
  const document = documentIn(call.body['body']);
  const comment = call.site.editComment(call.account.accountId, found, document);
  return shown(call, { ...found, comment });
}

function shown(call: JiraCall, { issue, comment }: FoundComment) {
  return ok(commentShape(call.view, issue, { comment, properties: wantsProperties(call) }));
}

function commentOf(call: JiraCall): FoundComment {
  const { site, params } = call;
  const id = params['comment'] ?? '';
  const found = findComment(site.state, id, 'issue' in params ? issueOf(call).key : undefined);
  if (!found) throw new JiraError(404, `Can not find a comment for the id: ${id}.`);
  return found;
}

function commentsById(call: JiraCall) {
  const ids = Array.isArray(call.body['ids']) ? call.body['ids'].map(String) : [];
  if (ids.length === 0 || ids.length > 1_000) throw new JiraError(400, 'Give 1 to 1000 ids.');
  const properties = wantsProperties(call);
  const found = ids.flatMap((id) => findComment(call.site.state, id) ?? []);
  const shapes = found.map(({ issue, comment }) =>
    commentShape(call.view, issue, { comment, properties }),
  );
  return page(call, shapes, 1_000);
}

function listProperties(call: JiraCall) {
  const { comment } = commentOf(call);
  const base = `${call.view.url}/rest/api/3/comment/${comment.id}/properties`;
  return ok({
    keys: [...comment.properties.keys()].map((key) => ({ self: `${base}/${key}`, key })),
  });
}

function getProperty(call: JiraCall) {
  const key = call.params['key'] ?? '';
  const { properties } = commentOf(call).comment;
  if (!properties.has(key)) throw new JiraError(404, `The property ${key} does not exist.`);
  return ok({ key, value: properties.get(key) });
}

function putProperty(call: JiraCall) {
  const key = call.params['key'] ?? '';
  const { properties } = commentOf(call).comment;
  const status = properties.has(key) ? 200 : 201;
  properties.set(key, checkedProperty(call.body));
  return { status };
}
