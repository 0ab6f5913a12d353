import { createHash, createHmac } from 'node:crypto';
import { assertLoopback } from '../http/loopback.ts';
import type {
  SenderHabits,
  Sending,
  WebhookFault,
  WebhookRecord,
  WebhookSender,
  WebhookTarget,
} from '../http/webhook-sender.ts';
import { webhookSender } from '../http/webhook-sender.ts';
import type { Announcement } from './github-site.ts';
import type { Repo } from './github-state.ts';
import { nextId, stamp } from './github-state.ts';
import type { GithubState } from './github-state.ts';

/** A hook of a repository. */
export interface Hook {
  readonly id: number;
  readonly repo: Repo;
  readonly created: Date;
  updated: Date;
  url: string;
  secret: string;
  contentType: string;
  active: boolean;
  events: readonly string[];
  sender: WebhookSender;
}

/** A delivery as the hook's list keeps it. */
export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly hook: Hook;
  readonly at: Date;
  readonly event: string;
  readonly action: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: unknown;
  /** Undefined where it never left: hooks to other machines are not called. */
  readonly record: WebhookRecord | undefined;
}

/** The hooks of all repositories and what they have sent. */
export interface Hooks {
  readonly all: readonly Hook[];
  readonly deliveries: readonly Delivery[];
  readonly records: readonly WebhookRecord[];
  announce(announcement: Announcement): void;
  add(repo: Repo, given: HookGiven): Hook;
  change(hook: Hook, given: Partial<HookGiven>): void;
  remove(hook: Hook): void;
  /** A hook in every repository, or none; as if a person had made it on the settings page. */
  aim(target: WebhookTarget | undefined): void;
  pushFault(...faults: readonly WebhookFault[]): void;
  /** Signs and sends any bytes to where `aim` points. */
  deliver(event: string, body: Buffer): void;
  idle(): Promise<void>;
  close(): void;
}

/** What a hook is made of. */
export interface HookGiven {
  readonly url: string;
  readonly secret: string;
  readonly contentType: string;
  readonly active: boolean;
  readonly events: readonly string[];
}

interface Parts {
  readonly state: GithubState;
  readonly now: () => Date;
  readonly seed: number | undefined;
}

/** The value of `X-Hub-Signature-256` for these exact bytes. */
function signGithub(body: Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

interface Keep {
  readonly parts: Parts;
  readonly hooks: Hook[];
  readonly deliveries: Delivery[];
  readonly senders: WebhookSender[];
  readonly guids: WeakMap<Buffer, { readonly guid: string; readonly sending: Set<string> }>;
  aimed: { readonly target: WebhookTarget; readonly sender: WebhookSender } | undefined;
}

/** No hooks yet. */
export function githubHooks(parts: Parts): Hooks {
  const keep: Keep = {
    parts,
    hooks: [],
    deliveries: [],
    senders: [],
    guids: new WeakMap(),
    aimed: undefined,
  };
  return {
    all: keep.hooks,
    deliveries: keep.deliveries,
    get records() {
      return keep.senders.flatMap((sender) => [...sender.log]);
    },
    announce: (announcement) => announce(keep, announcement),
    add: (repo, given) => add(keep, repo, { ...given, sender: senderFor(keep, given) }),
    change: (hook, given) => change(keep, hook, given),
    remove: (hook) => {
      keep.hooks.splice(keep.hooks.indexOf(hook), 1);
    },
    aim: (target) => aim(keep, target),
    pushFault: (...faults) => keep.senders.forEach((sender) => sender.pushFault(...faults)),
    deliver: (event, body) => keep.aimed?.sender.send(event, body),
    idle: async () => {
      await Promise.all(keep.senders.map((sender) => sender.idle()));
    },
    close: () => keep.senders.forEach((sender) => sender.close()),
  };
}

// GitHub never tries a second time by itself (contracts/github.md section 1.2).
function habitsOf(keep: Keep): SenderHabits {
  return {
    retries: 0,
    isRetried: () => false,
    headers: (sending) => headersOf(keep, sending),
  };
}

function headersOf(keep: Keep, sending: Sending): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/0000000',
    'x-github-event': sending.event,
    'x-github-delivery': guidOf(keep, sending),
    'x-hub-signature-256': signGithub(sending.body, sending.secret),
  };
}

// All hooks that hear of one event send the same GUID; a second delivery of one sender has its own.
function guidOf(keep: Keep, sending: Sending): string {
  const known = keep.guids.get(sending.body);
  if (known === undefined || known.sending.has(sending.id)) return known?.guid ?? sending.id;
  return sending.id;
}

function senderFor(keep: Keep, target: WebhookTarget): WebhookSender {
  const sender = webhookSender(habitsOf(keep), keep.parts.seed);
  if (isHere(target.url)) sender.aim(target);
  keep.senders.push(sender);
  return sender;
}

function isHere(url: string): boolean {
  try {
    assertLoopback(url);
    return true;
  } catch {
    return false;
  }
}

function add(keep: Keep, repo: Repo, given: HookGiven & { sender: WebhookSender }): Hook {
  const at = keep.parts.now();
  const { url, secret, contentType, active, events, sender } = given;
  const id = nextId(keep.parts.state);
  const hook = {
    id,
    repo,
    created: at,
    updated: at,
    url,
    secret,
    contentType,
    active,
    events,
    sender,
  };
  keep.hooks.push(hook);
  return hook;
}

function change(keep: Keep, hook: Hook, given: Partial<HookGiven>): void {
  Object.assign(hook, given, { updated: keep.parts.now() });
  hook.sender = senderFor(keep, hook);
}

function aim(keep: Keep, target: WebhookTarget | undefined): void {
  const aimed = keep.aimed;
  if (aimed !== undefined) {
    const kept = keep.hooks.filter((hook) => hook.sender !== aimed.sender);
    keep.hooks.splice(0, keep.hooks.length, ...kept);
    aimed.sender.aim(undefined);
    keep.aimed = undefined;
  }
  if (target === undefined) return;
  assertLoopback(target.url);
  const sender = senderFor(keep, target);
  keep.aimed = { target, sender };
  const { url, secret } = target;
  const rest = { contentType: 'json', active: true, events: ['*'] };
  for (const repo of keep.parts.state.repos.values())
    add(keep, repo, { url, secret, ...rest, sender });
}

function announce(keep: Keep, { event, repo, body }: Announcement): void {
  const hooks = keep.hooks.filter((hook) => {
    const hears = hook.events.includes('*') || hook.events.includes(event);
    return hook.active && hook.repo === repo && hears;
  });
  if (hooks.length === 0) return;
  const bytes = Buffer.from(JSON.stringify(body));
  const guid = guidFor(keep.deliveries.length, bytes);
  const sending = new Set<string>();
  keep.guids.set(bytes, { guid, sending });
  for (const hook of hooks) {
    const before = hook.sender.log.length;
    hook.sender.send(event, bytes);
    const record = hook.sender.log[before];
    if (record !== undefined) sending.add(record.id);
    keep.deliveries.push(deliveryOf(keep, hook, { event, body, bytes, guid, record }));
  }
}

// Not random, so that a run can be repeated.
function guidFor(count: number, bytes: Buffer): string {
  const hex = createHash('sha256').update(`${count}:`).update(bytes).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-11ee-8${hex.slice(13, 16)}-${hex.slice(16, 28)}`;
}

interface Made {
  readonly event: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
  readonly guid: string;
  readonly record: WebhookRecord | undefined;
}

function deliveryOf(keep: Keep, hook: Hook, made: Made): Delivery {
  const { event, body, bytes, guid, record } = made;
  const action = typeof body['action'] === 'string' ? body['action'] : null;
  return {
    id: nextId(keep.parts.state),
    guid,
    hook,
    at: keep.parts.now(),
    event,
    action,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'GitHub-Hookshot/0000000',
      'X-GitHub-Delivery': guid,
      'X-GitHub-Event': event,
      'X-GitHub-Hook-ID': String(hook.id),
      'X-Hub-Signature-256': signGithub(bytes, hook.secret),
    },
    payload: body,
    record,
  };
}

/** A hook in the shape of the REST API, which hides its secret. */
export function hookShape(api: string, hook: Hook): object {
  const self = `${api}/hooks/${hook.id}`;
  return {
    type: 'Repository',
    id: hook.id,
    name: 'web',
    active: hook.active,
    events: hook.events,
    config: {
      url: hook.url,
      content_type: hook.contentType,
      insecure_ssl: '0',
      ...(hook.secret === '' ? {} : { secret: '********' }),
    },
    created_at: stamp(hook.created),
    updated_at: stamp(hook.updated),
    url: self,
    test_url: `${self}/test`,
    ping_url: `${self}/pings`,
    deliveries_url: `${self}/deliveries`,
    last_response: { code: null, status: 'unused', message: null },
  };
}

/** A delivery in the list of its hook. */
export function deliveryShape(delivery: Delivery): object {
  const code = delivery.record?.attempts[0] ?? 0;
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.at.toISOString(),
    redelivery: false,
    duration: 0.1,
    status: code >= 200 && code < 300 ? 'OK' : 'failed to connect to host',
    status_code: code,
    event: delivery.event,
    action: delivery.action,
    installation_id: null,
    repository_id: delivery.hook.repo.id,
    throttled_at: null,
  };
}

/** A delivery in full. */
export function fullDeliveryShape(delivery: Delivery): object {
  return {
    ...deliveryShape(delivery),
    url: delivery.hook.url,
    request: { headers: delivery.headers, payload: delivery.payload },
    response: { headers: {}, payload: '' },
  };
}
