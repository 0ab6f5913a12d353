import type { AdminHook, DynamicHook } from './hook-registry.ts';
import type { JiraCall, JiraRoute } from './jira-call.ts';
import { namesIn, NO_CONTENT, ok, page } from './jira-call.ts';
import { jiraDate } from './jira-date.ts';
import { JiraError } from './jira-error.ts';
import { searchJql } from './jql.ts';

const ADMIN = '/rest/webhooks/1.0/webhook';
const DYNAMIC = '/rest/api/3/webhook';

/** Webhooks: those of administrators, and those of apps. */
export const hookRoutes: readonly JiraRoute[] = [
  { method: 'GET', pattern: ADMIN, run: (call) => ok(adminHooks(call)) },
  { method: 'POST', pattern: ADMIN, run: createAdmin },
  { method: 'GET', pattern: `${ADMIN}/:hook`, run: (call) => ok(adminShape(call, hookOf(call))) },
  { method: 'PUT', pattern: `${ADMIN}/:hook`, run: updateAdmin },
  { method: 'DELETE', pattern: `${ADMIN}/:hook`, run: removeAdmin },
  { method: 'GET', pattern: DYNAMIC, run: listDynamic },
  { method: 'POST', pattern: DYNAMIC, run: createDynamic },
  { method: 'DELETE', pattern: DYNAMIC, run: removeDynamic },
  { method: 'PUT', pattern: `${DYNAMIC}/refresh`, run: refresh },
];

function adminHooks(call: JiraCall) {
  return [...call.hooks.admin.values()].map((hook) => adminShape(call, hook));
}

// The secret is write-only; the id stands in `self` alone.
function adminShape({ view, account }: JiraCall, { id, secret, ...hook }: AdminHook) {
  return {
    ...hook,
    self: `${view.url}${ADMIN}/${id}`,
    isSigned: secret !== '',
    lastUpdatedUser: account.accountId,
    lastUpdatedDisplayName: account.displayName,
  };
}

function hookOf({ hooks, params }: JiraCall): AdminHook {
  const hook = hooks.admin.get(Number(params['hook']));
  if (!hook) throw new JiraError(404, 'There is no webhook with that id.');
  return hook;
}

function createAdmin(call: JiraCall) {
  const blank = { filters: {}, excludeBody: false, enabled: true, secret: '' };
  const hook = adminFrom(call, {
    id: call.hooks.nextId(),
    name: '',
    url: '',
    events: [],
    ...blank,
  });
  call.hooks.saveAdmin(hook);
  return ok(adminShape(call, hook), 201);
}

function updateAdmin(call: JiraCall) {
  const hook = adminFrom(call, hookOf(call));
  call.hooks.saveAdmin(hook);
  return ok(adminShape(call, hook));
}

function removeAdmin(call: JiraCall) {
  call.hooks.remove(hookOf(call).id);
  return NO_CONTENT;
}

// What is left out keeps its value, the secret above all.
function adminFrom({ body }: JiraCall, before: AdminHook): AdminHook {
  const { name, url, events, filters, excludeBody, enabled, secret } = body;
  const address = typeof url === 'string' ? url : before.url;
  if (!URL.canParse(address)) throw new JiraError(400, 'The address of the webhook is not valid.');
  return {
    id: before.id,
    name: typeof name === 'string' ? name : before.name,
    url: address,
    events: events === undefined ? before.events : namesIn(events),
    filters: typeof filters === 'object' && filters !== null ? { ...filters } : before.filters,
    excludeBody: typeof excludeBody === 'boolean' ? excludeBody : before.excludeBody,
    enabled: typeof enabled === 'boolean' ? enabled : before.enabled,
    secret: typeof secret === 'string' ? secret : before.secret,
  };
}

function requireApp({ isApp }: JiraCall): void {
  if (isApp) return;
  throw new JiraError(403, 'Only Connect and OAuth 2.0 apps can use this resource.');
}

function listDynamic(call: JiraCall) {
  requireApp(call);
  const live = [...call.hooks.dynamic.values()].filter(({ expires }) => expires > call.site.now());
  return page(call, live.map(dynamicShape), 100);
}

function dynamicShape({ id, url, events, jqlFilter, expires }: DynamicHook) {
  return { id, url, events, jqlFilter, expirationDate: jiraDate(expires) };
}

const APP_EVENTS = [
  ...['created', 'updated', 'deleted'].flatMap((word) => [`jira:issue_${word}`, `comment_${word}`]),
  'issue_property_set',
  'issue_property_deleted',
];
const MOST_HOOKS = 5;

function createDynamic(call: JiraCall) {
  requireApp(call);
  const { url, webhooks } = call.body;
  if (typeof url !== 'string' || !Array.isArray(webhooks)) {
    throw new JiraError(400, 'The address and the webhooks must be given.');
  }
  const other = [...call.hooks.dynamic.values()].find((hook) => hook.url !== url);
  if (other) throw new JiraError(400, 'Only a single URL per app is allowed.');
  const webhookRegistrationResult = webhooks.map((wanted: unknown) => result(call, url, wanted));
  return ok({ webhookRegistrationResult });
}

// Every element stands for itself: one may fail in an answer of 200.
function result(call: JiraCall, url: string, wanted: unknown): object {
  const given = new Map(Object.entries(Object(wanted) as object));
  const events = namesIn(given.get('events'));
  const jqlFilter = String(given.get('jqlFilter') ?? '');
  const errors = events
    .filter((name) => !APP_EVENTS.includes(name))
    .map((name) => `The event ${name} is unsupported`);
  if (call.hooks.dynamic.size >= MOST_HOOKS) errors.push('Too many webhooks are registered');
  try {
    const { site, account } = call;
    searchJql(jqlFilter, { state: site.state, caller: account.accountId, now: site.now() });
  } catch (error) {
    errors.push(`The JQL filter is invalid: ${String(error)}`);
  }
  if (errors.length > 0) return { errors };
  const id = call.hooks.nextId();
  call.hooks.saveDynamic({ id, url, events, jqlFilter, expires: call.hooks.nextEnd() });
  return { createdWebhookId: id };
}

function idsIn(call: JiraCall): number[] {
  const { webhookIds } = call.body;
  const ids = Array.isArray(webhookIds) ? webhookIds.map(Number) : [];
  if (ids.length === 0) throw new JiraError(400, 'Give at least one id of a webhook.');
  return ids;
}

function removeDynamic(call: JiraCall) {
  requireApp(call);
  idsIn(call).forEach((id) => call.hooks.dynamic.has(id) && call.hooks.remove(id));
  return { status: 202 };
}

function refresh(call: JiraCall) {
  requireApp(call);
  const expires = call.hooks.nextEnd();
  for (const id of idsIn(call)) {
    const hook = call.hooks.dynamic.get(id);
    if (hook && hook.expires > call.site.now()) call.hooks.saveDynamic({ ...hook, expires });
  }
  return ok({ expirationDate: jiraDate(expires) });
}
