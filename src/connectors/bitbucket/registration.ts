import { z } from 'zod';
import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { HttpClient, HttpRequest } from '../http-client.ts';
import { below } from '../http-client.ts';
import { expectShape, fitting } from '../rest-shape.ts';
import { clientFor } from './client.ts';
import { Page } from './pages.ts';
import { isSlug } from './repository.ts';
import type { BitbucketAccess, BitbucketSettings } from './settings.ts';
import { accessOf } from './settings.ts';

/** A webhook of ours, and what was done about it. */
interface HookRow {
  readonly id: string;
  /** The workspace, or the repository as `workspace/slug`. */
  readonly where: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly active: boolean;
  readonly change: 'created' | 'updated' | 'unchanged' | 'removed';
}

/** Makes, changes and removes webhooks. All of it throws a `Failure`. */
export interface BitbucketRegistration {
  /** Every hook, also those of others. */
  list(call: Call): Promise<readonly HookRow[]>;
  /** One hook for this address at each place; what is there already is not made twice. The secret stays as it is there. */
  register(
    hook: { readonly url: string; readonly secret: string; readonly events?: readonly string[] },
    call: Call,
  ): Promise<readonly HookRow[]>;
  /** A new secret for the hooks of this address. */
  rotate(
    hook: { readonly url: string; readonly secret: string },
    call: Call,
  ): Promise<readonly HookRow[]>;
  remove(hook: { readonly url: string }, call: Call): Promise<readonly HookRow[]>;
}

/** Everything that the connector reads. */
export const HOOK_EVENTS: readonly string[] = [
  'pullrequest:created',
  'pullrequest:updated',
  'pullrequest:approved',
  'pullrequest:unapproved',
  'pullrequest:changes_request_created',
  'pullrequest:changes_request_removed',
  'pullrequest:fulfilled',
  'pullrequest:rejected',
  'pullrequest:comment_created',
  'pullrequest:comment_updated',
  'pullrequest:comment_deleted',
  'pullrequest:comment_resolved',
  'pullrequest:comment_reopened',
  'repo:push',
  'repo:commit_status_created',
  'repo:commit_status_updated',
];

const Hook = z.object({
  uuid: z.string().regex(/^\{?[0-9A-Za-z-]{1,60}\}?$/),
  url: z.string(),
  description: z.string().catch(''),
  active: z.boolean().catch(false),
  events: z.array(z.string()).catch([]),
});
type Hook = z.infer<typeof Hook>;

const PAGES = 20;
const LONGEST_SECRET = 128;
const HOOKS = /^\/(repositories\/[\w.-]+\/[\w.-]+|workspaces\/[\w.-]+)\/hooks(\/[0-9A-Za-z%-]+)?$/;

/** Webhooks of the workspace when no repositories are named, else one for each repository; `null` without credentials. */
export function bitbucketRegistration(settings: BitbucketSettings): BitbucketRegistration | null {
  const access = accessOf(settings);
  if (access === null) return null;
  const places = placesOf(access, settings.repos);
  const hooks = hookClient(access);
  const each = async (work: (place: Place) => Promise<readonly HookRow[]>) => {
    const rows: HookRow[] = [];
    for (const place of places) rows.push(...(await work(place)));
    return rows;
  };
  return {
    list: (call) =>
      each(async (place) => {
        const all = await hooks.list(place, call);
        return all.map((hook) => rowOf(place, hook, 'unchanged'));
      }),
    register: (hook, call) => each((place) => registerAt(hooks, { place, hook }, call)),
    rotate: (hook, call) => each((place) => rotateAt(hooks, { place, hook }, call)),
    remove: ({ url }, call) =>
      each(async (place) => {
        const own = (await hooks.list(place, call)).filter((one) => one.url === url);
        for (const one of own) await hooks.remove(place, one, call);
        return own.map((one) => rowOf(place, { ...one, active: false }, 'removed'));
      }),
  };
}

interface Place {
  readonly where: string;
  readonly path: string;
}

function placesOf({ workspace }: BitbucketAccess, repos: readonly string[]): readonly Place[] {
  if (![workspace, ...repos].every(isSlug)) {
    throw new Failure('invalid-settings', 'The workspace or a repository is not a slug.');
  }
  if (repos.length === 0) return [{ where: workspace, path: `/workspaces/${workspace}/hooks` }];
  return repos.map((slug) => {
    const where = `${workspace}/${slug}`;
    return { where, path: `/repositories/${where}/hooks` };
  });
}

interface Wanted {
  readonly place: Place;
  readonly hook: {
    readonly url: string;
    readonly secret: string;
    readonly events?: readonly string[];
  };
}

async function registerAt(hooks: Hooks, wanted: Wanted, call: Call): Promise<readonly HookRow[]> {
  const { place, hook } = wanted;
  const events = hook.events ?? HOOK_EVENTS;
  const own = (await hooks.list(place, call)).filter((one) => one.url === hook.url);
  if (own.length === 0) {
    const body = { ...bodyOf(hook.url, events), secret: checked(hook.secret) };
    return [rowOf(place, await hooks.create(place, body, call), 'created')];
  }
  const rows: HookRow[] = [];
  for (const one of own) {
    const isSame = one.active && sameEvents(one.events, events);
    // Without a secret in it the change leaves the old one in force.
    const now = isSame
      ? one
      : await hooks.update(place, { one, body: bodyOf(one.url, events) }, call);
    rows.push(rowOf(place, now, isSame ? 'unchanged' : 'updated'));
  }
  return rows;
}

async function rotateAt(hooks: Hooks, wanted: Wanted, call: Call): Promise<readonly HookRow[]> {
  const { place, hook } = wanted;
  const rows: HookRow[] = [];
  for (const one of (await hooks.list(place, call)).filter(({ url }) => url === hook.url)) {
    const body = {
      ...bodyOf(one.url, one.events),
      active: one.active,
      secret: checked(hook.secret),
    };
    rows.push(rowOf(place, await hooks.update(place, { one, body }, call), 'updated'));
  }
  return rows;
}

function bodyOf(url: string, events: readonly string[]): object {
  return { description: 'pm-agent', url, active: true, events };
}

function checked(secret: string): string {
  if (secret !== '' && secret.length <= LONGEST_SECRET) return secret;
  throw new Failure('invalid-input', 'The secret of a webhook has 1 to 128 characters.');
}

function sameEvents(some: readonly string[], others: readonly string[]): boolean {
  return new Set(some).symmetricDifference(new Set(others)).size === 0;
}

function rowOf({ where }: Place, hook: Hook, change: HookRow['change']): HookRow {
  const { uuid, url, events, active } = hook;
  return { id: uuid, where, url, events, active, change };
}

interface Hooks {
  list(place: Place, call: Call): Promise<readonly Hook[]>;
  create(place: Place, body: object, call: Call): Promise<Hook>;
  update(place: Place, change: { one: Hook; body: object }, call: Call): Promise<Hook>;
  remove(place: Place, hook: Hook, call: Call): Promise<void>;
}

// A client of its own: it can send calls about webhooks and nothing else.
function hookClient(access: BitbucketAccess): Hooks {
  const client = clientFor(access, ({ path }) => HOOKS.test(path));
  const send = async (request: Omit<HttpRequest, 'signal' | 'idempotent'>, { signal }: Call) => {
    return client.request({ ...request, signal, idempotent: request.method === 'GET' });
  };
  return {
    list: (place, call) => listHooks({ client, baseUrl: access.baseUrl }, place, call),
    create: async (place, body, call) =>
      expectShape(Hook, await send({ method: 'POST', path: place.path, body }, call)),
    update: async (place, { one, body }, call) =>
      expectShape(Hook, await send({ method: 'PUT', path: pathOf(place, one), body }, call)),
    remove: async (place, hook, call) => {
      await send({ method: 'DELETE', path: pathOf(place, hook) }, call);
    },
  };
}

// The uuid has braces around it.
function pathOf(place: Place, hook: Hook): string {
  return `${place.path}/${encodeURIComponent(hook.uuid)}`;
}

async function listHooks(
  from: { readonly client: HttpClient; readonly baseUrl: string },
  place: Place,
  { signal }: Call,
): Promise<readonly Hook[]> {
  const hooks: Hook[] = [];
  let next: { path: string; query: URLSearchParams } | null = {
    path: place.path,
    query: new URLSearchParams({ pagelen: '100' }),
  };
  for (let page = 0; page < PAGES && next !== null; page += 1) {
    const request = { method: 'GET', ...next, signal, idempotent: true } as const;
    const answer: z.infer<typeof Page> = expectShape(Page, await from.client.request(request));
    hooks.push(...fitting(Hook).parse(answer.values));
    next = answer.next ? below(from.baseUrl, answer.next) : null;
    if (answer.next && next === null) throw new Failure('bad-answer', 'A page lies elsewhere.');
  }
  // An unread page could hold our hook, and it would be made twice.
  if (next !== null) throw new Failure('too-large', `${place.where} has too many webhooks.`);
  return hooks;
}
