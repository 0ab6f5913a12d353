import { z } from 'zod';
import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { HookAsk, HookRow, Registration } from '../../domain/registration.ts';
import type { HttpClient } from '../http-client.ts';
import { httpClient } from '../http-client.ts';
import { expectShape, fitting } from '../rest-shape.ts';
import { basicAuth } from './client.ts';
import { HOOK_NAME, hookFilter, ISSUE_EVENTS, sameNames } from './registration-hooks.ts';
import type { JiraAccess, JiraSettings } from './settings.ts';

const HOOKS = '/rest/webhooks/1.0/webhook';
const HOOK = /^\/rest\/webhooks\/1\.0\/webhook\/\d+$/;
const SECTION = 'issue-related-events-section';

/** All that the connector reads. */
const EVENTS: readonly string[] = [
  ...ISSUE_EVENTS,
  'worklog_created',
  'worklog_updated',
  'worklog_deleted',
  'issuelink_created',
  'issuelink_deleted',
  'sprint_created',
  'sprint_updated',
  'sprint_started',
  'sprint_closed',
  'sprint_deleted',
];

// The id is told as the last part of `self` only.
const Hook = z
  .object({
    self: z.string().regex(/\/\d+$/),
    url: z.string(),
    events: z.array(z.string()).catch([]),
    filters: z.record(z.string(), z.unknown()).catch({}),
    excludeBody: z.boolean().catch(false),
    enabled: z.boolean().catch(true),
  })
  .transform(({ self, ...hook }) => ({ id: self.slice(self.lastIndexOf('/') + 1), ...hook }));
type Hook = z.infer<typeof Hook>;

/** The admin webhooks of a site; the account must be a Jira administrator. */
export function adminHooks(
  settings: Pick<JiraSettings, 'projects'>,
  access: JiraAccess,
): Registration {
  const hands = handsOf(access, hookFilter(settings.projects) ?? '');
  return {
    list: async (call) => (await hands.all(call)).map((hook) => hands.row(hook, 'unchanged')),
    register: (ask, call) => register(hands, ask, call),
    rotate: (ask, call) => rotate(hands, ask, call),
    remove: async ({ url }, call) => {
      const rows: HookRow[] = [];
      for (const hook of await ours(hands, url, call)) {
        await gone(hands.client.request(hands.one('DELETE', hook.id, { call })));
        rows.push(hands.row(hook, 'removed'));
      }
      return rows;
    },
  };
}

interface Hands {
  readonly client: HttpClient;
  readonly jql: string;
  all(call: Call): Promise<readonly Hook[]>;
  one(method: 'PUT' | 'DELETE', id: string, given: Given): Parameters<HttpClient['request']>[0];
  row(hook: Hook, change: HookRow['change']): HookRow;
}

interface Given {
  readonly body?: object;
  readonly call: Call;
}

function handsOf(access: JiraAccess, jql: string): Hands {
  const client = httpClient({
    baseUrl: access.baseUrl,
    headers: { authorization: basicAuth(access) },
    userAgent: 'pm-agent',
    permits: ({ method, path }) => {
      if (method === 'GET' || method === 'POST') return path === HOOKS;
      return (method === 'PUT' || method === 'DELETE') && HOOK.test(path);
    },
    ...(access.fetch ? { fetch: access.fetch } : {}),
  });
  return {
    client,
    jql,
    all: async ({ signal }) => {
      const get = { method: 'GET', path: HOOKS, signal, idempotent: true } as const;
      return expectShape(fitting(Hook), await client.request(get));
    },
    one: (method, id, { body, call: { signal } }) => {
      const path = `${HOOKS}/${id}`;
      return { method, path, signal, idempotent: true, ...(body === undefined ? {} : { body }) };
    },
    row: ({ id, url, events, enabled: active }, change) => {
      return { id, where: new URL(access.baseUrl).host, url, events, active, change };
    },
  };
}

async function ours(hands: Hands, url: string, call: Call): Promise<readonly Hook[]> {
  return (await hands.all(call)).filter((hook) => hook.url === url);
}

async function register(hands: Hands, ask: HookAsk, call: Call): Promise<readonly HookRow[]> {
  requireSecret(ask.secret);
  const found = await ours(hands, ask.url, call);
  const events = ask.events ?? EVENTS;
  if (found.length === 0) {
    const body = { ...bodyOf(hands, ask.url, events), secret: ask.secret };
    const { signal } = call;
    // Sent once: a second one would be a second webhook. Whoever repeats the command finds the first.
    const post = { method: 'POST', path: HOOKS, body, signal, idempotent: false } as const;
    const made = expectShape(Hook, await hands.client.request(post));
    return [hands.row(made, 'created')];
  }
  const rows: HookRow[] = [];
  for (const hook of found) {
    rows.push(
      isRight(hands, hook, events)
        ? hands.row(hook, 'unchanged')
        : await put(hands, { hook, events }, call),
    );
  }
  return rows;
}

async function rotate(
  hands: Hands,
  { url, secret }: Pick<HookAsk, 'url' | 'secret'>,
  call: Call,
): Promise<readonly HookRow[]> {
  requireSecret(secret);
  const found = await ours(hands, url, call);
  if (found.length === 0) throw new Failure('not-found', 'Jira has no webhook at that address.');
  const rows: HookRow[] = [];
  for (const hook of found)
    rows.push(await put(hands, { hook, events: hook.events, secret }, call));
  return rows;
}

interface Put {
  readonly hook: Hook;
  readonly events: readonly string[];
  /** Without it the old one stays. */
  readonly secret?: string;
}

async function put(hands: Hands, { hook, events, secret }: Put, call: Call): Promise<HookRow> {
  const body = {
    ...bodyOf(hands, hook.url, events),
    ...(secret === undefined ? {} : { secret }),
  };
  await hands.client.request(hands.one('PUT', hook.id, { body, call }));
  return hands.row({ ...hook, events: [...events], enabled: true }, 'updated');
}

function bodyOf(hands: Hands, url: string, events: readonly string[]): object {
  return {
    name: HOOK_NAME,
    url,
    events,
    filters: { [SECTION]: hands.jql },
    excludeBody: false,
    enabled: true,
  };
}

function isRight(hands: Hands, hook: Hook, events: readonly string[]): boolean {
  const filter = Object.hasOwn(hook.filters, SECTION) ? hook.filters[SECTION] : '';
  const isWanted = hook.enabled && !hook.excludeBody && filter === hands.jql;
  return isWanted && sameNames(hook.events, events);
}

// Without a secret Jira would send unsigned bodies, which nobody takes.
function requireSecret(secret: string): void {
  if (secret === '') throw new Failure('invalid-settings', 'A webhook needs a secret.');
}

async function gone(removal: Promise<unknown>): Promise<void> {
  await removal.catch((error: unknown) => {
    if (!(error instanceof Failure) || error.kind !== 'not-found') throw error;
  });
}
