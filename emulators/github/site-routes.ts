import type { GithubCall, GithubRoute } from './github-call.ts';
import { addressOf, namesIn, ok, paged, repoOf } from './github-call.ts';
import { GithubError, invalid, notFound } from './github-error.ts';
import type { Hook, HookGiven } from './hooks.ts';
import { deliveryShape, fullDeliveryShape, hookShape } from './hooks.ts';
import { fullRepoShape, profileShape } from './people-shapes.ts';

const REPO = '/repos/:owner/:repo';
const HOOK = `${REPO}/hooks/:hook`;
const KEPT_MS = 3 * 24 * 3_600_000;

/** Accounts, repositories and hooks. */
export const siteRoutes: readonly GithubRoute[] = [
  { method: 'GET', pattern: '/user', run: (call) => ok(profileShape(call.view, call.account)) },
  { method: 'GET', pattern: '/user/:id', run: (call) => account(call, 'id') },
  { method: 'GET', pattern: '/users/:login', run: (call) => account(call, 'login') },
  { method: 'GET', pattern: REPO, run: (call) => ok(fullRepoShape(call.view, repoOf(call))) },
  { method: 'GET', pattern: `${REPO}/hooks`, run: listHooks },
  { method: 'POST', pattern: `${REPO}/hooks`, writes: true, run: postHook },
  { method: 'PATCH', pattern: HOOK, writes: true, run: patchHook },
  {
    method: 'DELETE',
    pattern: HOOK,
    writes: true,
    run: (call) => {
      call.hooks.remove(hookOf(call));
      return { status: 204 };
    },
  },
  { method: 'GET', pattern: `${HOOK}/deliveries`, run: listDeliveries },
  { method: 'GET', pattern: `${HOOK}/deliveries/:delivery`, run: getDelivery },
];

function account(call: GithubCall, by: 'id' | 'login') {
  const wanted = call.params[by] ?? '';
  const people = [...call.site.state.people.values()];
  const person = people.find((one) =>
    by === 'id' ? String(one.id) === wanted : one.login.toLowerCase() === wanted.toLowerCase(),
  );
  if (person === undefined) throw notFound();
  return ok(profileShape(call.view, person));
}

function apiOf(call: GithubCall): string {
  const { owner, name } = repoOf(call);
  return `${call.view.url}/repos/${owner}/${name}`;
}

function listHooks(call: GithubCall) {
  const repo = repoOf(call);
  const rows = call.hooks.all.filter((hook) => hook.repo === repo);
  return paged(
    call,
    rows.map((hook) => hookShape(apiOf(call), hook)),
  );
}

function hookOf(call: GithubCall): Hook {
  const repo = repoOf(call);
  const hook = call.hooks.all.find(
    (one) => one.repo === repo && String(one.id) === call.params['hook'],
  );
  if (hook === undefined) throw notFound();
  return hook;
}

function configIn(
  body: Readonly<Record<string, unknown>>,
): Pick<HookGiven, 'url' | 'secret' | 'contentType'> {
  const config = new Map<string, unknown>(Object.entries(Object(body['config']) as object));
  const url = config.get('url');
  if (typeof url !== 'string' || !URL.canParse(url)) throw invalid('Hook', 'url');
  const secret = config.get('secret');
  const type = config.get('content_type');
  return {
    url,
    secret: typeof secret === 'string' ? secret : '',
    contentType: typeof type === 'string' ? type : 'form',
  };
}

function postHook(call: GithubCall) {
  const repo = repoOf(call);
  const config = configIn(call.body);
  const isTwice = call.hooks.all.some((hook) => hook.repo === repo && hook.url === config.url);
  if (isTwice) {
    const message = 'Hook already exists on this repository';
    throw new GithubError(422, 'Validation Failed', [
      { resource: 'Hook', code: 'custom', message },
    ]);
  }
  const { active, events } = call.body;
  const given = {
    ...config,
    active: active !== false,
    events: events === undefined ? ['push'] : namesIn(events),
  };
  return ok(hookShape(apiOf(call), call.hooks.add(repo, given)), 201);
}

// A `config` replaces the whole one: a secret that is not given again is gone.
function patchHook(call: GithubCall) {
  const hook = hookOf(call);
  const { config, active, events } = call.body;
  call.hooks.change(hook, {
    ...(config === undefined ? {} : configIn(call.body)),
    ...(active === undefined ? {} : { active: active === true }),
    ...(events === undefined ? {} : { events: namesIn(events) }),
  });
  return ok(hookShape(apiOf(call), hook));
}

// Newest first; the next page is named by a cursor in `Link` alone.
function listDeliveries(call: GithubCall) {
  const hook = hookOf(call);
  const floor = call.site.now().getTime() - KEPT_MS;
  const all = call.hooks.deliveries
    .filter((one) => one.hook === hook && one.at.getTime() >= floor)
    .toReversed();
  const perPage = Math.min(Number(call.query.get('per_page') ?? 30), 100);
  const cursor = call.query.get('cursor');
  const rows = cursor === null ? all : all.filter(({ id }) => id <= Number(cursor.slice(1)));
  const next = rows[perPage];
  const link =
    next === undefined
      ? {}
      : { link: `<${addressOf(call, { cursor: `v${next.id}` })}>; rel="next"` };
  return { status: 200, headers: link, json: rows.slice(0, perPage).map(deliveryShape) };
}

function getDelivery(call: GithubCall) {
  const hook = hookOf(call);
  const wanted = call.params['delivery'];
  const found = call.hooks.deliveries.find((one) => one.hook === hook && String(one.id) === wanted);
  if (found === undefined) throw notFound();
  return ok(fullDeliveryShape(found));
}
