import { z } from 'zod';
import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { HookAsk, HookRow } from '../../domain/registration.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import type { HttpClient, HttpRequest } from '../http-client.ts';
import { httpClient } from '../http-client.ts';
import { expectShape, fitting } from '../rest-shape.ts';
import { Id } from './payload.ts';
import type { JiraRegistration } from './registration-hooks.ts';
import { hookFilter, ISSUE_EVENTS, sameNames } from './registration-hooks.ts';
import type { JiraSettings } from './settings.ts';

const HOOKS = '/rest/api/3/webhook';
const REFRESH = `${HOOKS}/refresh`;
const TENANT = '/_edge/tenant_info';
const GATEWAY = 'https://api.atlassian.com';
const PAGES = 20;
const PAGE_SIZE = 100;

const Hook = z.object({
  id: Id,
  url: z.string(),
  events: z.array(z.string()).catch([]),
  jqlFilter: z.string().catch(''),
  // Documented as a number, shown as a date.
  expirationDate: z.union([z.string(), z.number()]).nullable().catch(null),
});
type Hook = z.infer<typeof Hook>;

const HookPage = z.object({
  values: z.array(z.unknown()),
  isLast: z.boolean().nullable().catch(null),
});

const Registered = z.object({
  webhookRegistrationResult: z.array(
    z.object({
      createdWebhookId: Id.nullable().catch(null),
      errors: z.array(z.string()).catch([]),
    }),
  ),
});

const Refreshed = z.object({ expirationDate: z.union([z.string(), z.number()]) });
const Tenant = z.object({ cloudId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/) });

/** The dynamic webhooks of an OAuth 2.0 app on one site. They end after 30 days unless refreshed. */
export function dynamicHooks(settings: JiraSettings, token: string): JiraRegistration {
  const hands = handsOf(settings, token);
  return {
    list: async (call) => (await hands.all(call)).map((hook) => row(hook, 'unchanged')),
    register: (ask, call) => register(hands, ask, call),
    rotate: () => {
      const message = 'Dynamic webhooks are signed with the client secret of the app.';
      const fix = 'Change the secret in the developer console, then JIRA_APP_SECRET.';
      return Promise.reject(new Failure('refused', message, { fix }));
    },
    remove: async ({ url }, call) => {
      const found = (await hands.all(call)).filter((hook) => hook.url === url);
      await drop(hands, found, call);
      return found.map((hook) => row(hook, 'removed'));
    },
    refresh: (call) => refresh(hands, call),
  };
}

interface Hands {
  /** The projects in JQL; `null` when none is named. */
  readonly jql: string | null;
  send(
    request: Pick<HttpRequest, 'method' | 'path' | 'query' | 'body' | 'idempotent'>,
    call: Call,
  ): Promise<unknown>;
  all(call: Call): Promise<readonly Hook[]>;
}

function handsOf(settings: JiraSettings, token: string): Hands {
  let client: HttpClient | null = null;
  const send: Hands['send'] = async (request, call) => {
    client ??= hookClient(settings, { token, baseUrl: await gatewayOf(settings, call) });
    return client.request({ ...request, signal: call.signal });
  };
  return {
    send,
    jql: hookFilter(settings.projects),
    all: async (call) => {
      const hooks: Hook[] = [];
      let startAt = 0;
      for (let page = 0; page < PAGES; page += 1) {
        const query = { startAt, maxResults: PAGE_SIZE };
        const get = { method: 'GET', path: HOOKS, query, idempotent: true } as const;
        const { values, isLast } = expectShape(HookPage, await send(get, call));
        hooks.push(...fitting(Hook).parse(values));
        startAt += values.length;
        if (isLast !== false || values.length === 0) return hooks;
      }
      throw new Failure('too-large', 'Jira lists more webhooks than an app may have.');
    },
  };
}

function hookClient(settings: JiraSettings, at: { token: string; baseUrl: string }): HttpClient {
  return httpClient({
    baseUrl: at.baseUrl,
    headers: { authorization: `Bearer ${at.token}` },
    userAgent: 'pm-agent',
    permits: ({ method, path }) => {
      if (method === 'PUT') return path === REFRESH;
      return path === HOOKS && ['GET', 'POST', 'DELETE'].includes(method);
    },
    ...(settings.fetch ? { fetch: settings.fetch } : {}),
  });
}

// OAuth tokens are taken at the gateway only, under the id of the site (contracts/jira.md section 2).
async function gatewayOf(settings: JiraSettings, call: Call): Promise<string> {
  const { baseUrl, siteUrl } = settings;
  if (baseUrl !== null && /\/ex\/jira\/[^/]+\/?$/.test(baseUrl)) return baseUrl;
  const site = siteUrl ?? baseUrl;
  if (site === null)
    throw new Failure('not-configured', 'The address of the Jira site is not set.');
  const client = httpClient({
    baseUrl: site,
    headers: {},
    userAgent: 'pm-agent',
    permits: ({ method, path }) => method === 'GET' && path === TENANT,
    ...(settings.fetch ? { fetch: settings.fetch } : {}),
  });
  const get = { method: 'GET', path: TENANT, signal: call.signal, idempotent: true } as const;
  const { cloudId } = expectShape(Tenant, await client.request(get));
  return `${settings.gatewayUrl ?? GATEWAY}/ex/jira/${cloudId}`;
}

function row(hook: Hook, change: HookRow['change']): HookRow {
  const { id, url, events, expirationDate } = hook;
  const at = instantOf(expirationDate);
  const end = at === null ? {} : { expiresAt: iso(at) };
  return { id, where: 'OAuth app', url, events, active: true, change, ...end };
}

async function register(hands: Hands, ask: HookAsk, call: Call): Promise<readonly HookRow[]> {
  const events = ask.events ?? ISSUE_EVENTS;
  const found = (await hands.all(call)).filter((hook) => hook.url === ask.url);
  const right = found.filter(
    (hook) => hook.jqlFilter === hands.jql && sameNames(hook.events, events),
  );
  const [kept, ...double] = right;
  const wrong = [...found.filter((hook) => !right.includes(hook)), ...double];
  // The new one first, so that no event falls between; they cannot be changed.
  const rows =
    kept === undefined
      ? await create(hands, { url: ask.url, events }, call)
      : [row(kept, 'unchanged')];
  if (wrong.length === 0) return rows;
  await drop(hands, wrong, call);
  return rows.map((one) => ({ ...one, change: 'updated' }));
}

async function create(
  hands: Hands,
  wanted: { readonly url: string; readonly events: readonly string[] },
  call: Call,
): Promise<readonly HookRow[]> {
  const { url, events } = wanted;
  // A filter must be given, and "is not EMPTY" is no operator that it knows (contracts/jira.md section 1.5).
  if (hands.jql === null) {
    const fix = 'Name the watched projects in JIRA_PROJECTS.';
    throw new Failure('not-configured', 'A dynamic webhook needs projects.', { fix });
  }
  const body = { url, webhooks: [{ events, jqlFilter: hands.jql }] };
  const post = { method: 'POST', path: HOOKS, body, idempotent: false } as const;
  const results = expectShape(Registered, await hands.send(post, call)).webhookRegistrationResult;
  // The whole answer is 200 even where nothing was registered.
  const ids = results.map(({ createdWebhookId, errors }) => {
    if (createdWebhookId !== null) return createdWebhookId;
    const why = cleanText(errors.join('; '), 200);
    throw new Failure('refused', `Jira did not register the webhook: ${why}`);
  });
  if (ids.length === 0) throw new Failure('bad-answer', 'Jira says nothing of the webhook.');
  const made = (await hands.all(call)).filter(({ id }) => ids.includes(id));
  return made.map((hook) => row(hook, 'created'));
}

async function drop(hands: Hands, hooks: readonly Hook[], call: Call): Promise<void> {
  if (hooks.length === 0) return;
  const body = { webhookIds: hooks.map(({ id }) => Number(id)) };
  await hands.send({ method: 'DELETE', path: HOOKS, body, idempotent: true }, call);
}

async function refresh(hands: Hands, call: Call): Promise<readonly HookRow[]> {
  const hooks = await hands.all(call);
  if (hooks.length === 0) return [];
  const body = { webhookIds: hooks.map(({ id }) => Number(id)) };
  const put = { method: 'PUT', path: REFRESH, body, idempotent: true } as const;
  const { expirationDate } = expectShape(Refreshed, await hands.send(put, call));
  return hooks.map((hook) => row({ ...hook, expirationDate }, 'updated'));
}
