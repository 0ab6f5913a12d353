import { assertLoopback } from '../http/loopback.ts';
import {
  checkWorkspace,
  fieldOf,
  NO_CONTENT,
  ok,
  page,
  repositoryOf,
  textOf,
} from './bitbucket-call.ts';
import type { BitbucketCall, BitbucketRoute } from './bitbucket-call.ts';
import { BitbucketError, notFound } from './bitbucket-error.ts';
import { uuidFor } from './bitbucket-seed.ts';
import { fullName, hookShape } from './bitbucket-shapes.ts';
import { stamp } from './bitbucket-site.ts';
import type { Hook } from './bitbucket-state.ts';

/** Webhooks of the workspace and of repositories. */
export const hookRoutes: readonly BitbucketRoute[] = [
  '/workspaces/:workspace/hooks',
  '/repositories/:workspace/:repo/hooks',
].flatMap((at): BitbucketRoute[] => [
  { method: 'GET', pattern: at, scope: 'webhook', run: list },
  { method: 'POST', pattern: at, scope: 'webhook', writes: true, run: create },
  {
    method: 'GET',
    pattern: `${at}/:hook`,
    scope: 'webhook',
    run: (call) => shown(call, hookOf(call)),
  },
  { method: 'PUT', pattern: `${at}/:hook`, scope: 'webhook', writes: true, run: change },
  { method: 'DELETE', pattern: `${at}/:hook`, scope: 'webhook', writes: true, run: remove },
]);

function whereOf(call: BitbucketCall): string {
  if (call.params['repo'] !== undefined) return fullName(call.view, repositoryOf(call));
  checkWorkspace(call.view, call.params['workspace']);
  return call.view.state.workspace;
}

function hookOf(call: BitbucketCall): Hook {
  const where = whereOf(call);
  const found = call.view.state.hooks.find((hook) => {
    return hook.where === where && hook.uuid === call.params['hook'];
  });
  if (!found) throw notFound('Webhook');
  return found;
}

function shown({ view }: BitbucketCall, hook: Hook, status = 200) {
  return ok(hookShape(view, hook), status);
}

function list(call: BitbucketCall) {
  const where = whereOf(call);
  const own = call.view.state.hooks.filter((hook) => hook.where === where);
  return page(
    call,
    own.map((hook) => hookShape(call.view, hook)),
  );
}

function create(call: BitbucketCall) {
  const where = whereOf(call);
  const { state } = call.view;
  state.nextId += 1;
  const hook: Hook = {
    uuid: uuidFor(`hook ${state.nextId}`),
    where,
    ...wanted(call),
    secret: secretOf(call) ?? null,
    created: stamp(call.parts.now()),
  };
  state.hooks.push(hook);
  return shown(call, hook, 201);
}

function change(call: BitbucketCall) {
  const hook = hookOf(call);
  Object.assign(hook, wanted(call));
  const secret = secretOf(call);
  // Left out, the secret stays; empty, it is removed.
  if (secret !== undefined) hook.secret = secret;
  return shown(call, hook);
}

function remove(call: BitbucketCall) {
  const hook = hookOf(call);
  const { hooks } = call.view.state;
  hooks.splice(hooks.indexOf(hook), 1);
  return NO_CONTENT;
}

function wanted({ body }: BitbucketCall): Pick<Hook, 'url' | 'description' | 'active' | 'events'> {
  const url = textOf(body, 'url');
  try {
    assertLoopback(url);
  } catch {
    throw new BitbucketError(400, 'url: the address cannot be reached');
  }
  const events = fieldOf(body, 'events');
  if (!Array.isArray(events) || events.length === 0) {
    throw new BitbucketError(400, 'events: at least one is needed');
  }
  const description = body['description'];
  return {
    url,
    description: typeof description === 'string' ? description : '',
    active: body['active'] !== false,
    events: events.map(String),
  };
}

function secretOf({ body }: BitbucketCall): string | null | undefined {
  const secret = fieldOf(body, 'secret');
  if (secret === undefined) return undefined;
  if (secret === null || secret === '') return null;
  if (typeof secret !== 'string' || secret.length > 128) {
    throw new BitbucketError(400, 'secret: at most 128 characters');
  }
  return secret;
}
