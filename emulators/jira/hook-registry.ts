import { webhookSender } from '../http/webhook-sender.ts';
import type {
  SenderHabits,
  WebhookFault,
  WebhookRecord,
  WebhookSender,
} from '../http/webhook-sender.ts';
import { appHabits, JIRA_HABITS } from './jira-habits.ts';
import type { SiteEvent } from './jira-site.ts';

/** A webhook that an administrator registered. The secret is never shown. */
export interface AdminHook {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly filters: Readonly<Record<string, unknown>>;
  readonly excludeBody: boolean;
  readonly enabled: boolean;
  readonly secret: string;
}

/** A webhook that an app registered; it ends by itself. */
export interface DynamicHook {
  readonly id: number;
  readonly url: string;
  readonly events: readonly string[];
  readonly jqlFilter: string;
  readonly expires: Date;
}

/** The registered webhooks of a site, and their deliveries. */
export interface HookRegistry {
  readonly admin: ReadonlyMap<number, AdminHook>;
  readonly dynamic: ReadonlyMap<number, DynamicHook>;
  nextId(): number;
  /** 30 days from now. */
  nextEnd(): Date;
  saveAdmin(hook: AdminHook): void;
  saveDynamic(hook: DynamicHook): void;
  remove(id: number): boolean;
  /** Sends an event to every webhook that wants it. */
  deliver(event: SiteEvent, body: Record<string, unknown>): void;
  readonly deliveries: readonly WebhookRecord[];
  pushFault(...faults: readonly WebhookFault[]): void;
  idle(): Promise<void>;
  close(): void;
}

interface RegistryParts {
  readonly now: () => Date;
  /** The secret of the app, with which dynamic webhooks are signed. */
  readonly clientSecret: string;
  readonly retryDelayMs?: number;
  readonly faultSeed?: number | undefined;
  /** Whether a webhook's filter lets an event pass. */
  readonly passes: (jql: string, event: SiteEvent) => boolean;
}

const LIFE_MS = 30 * 24 * 60 * 60_000;
const SECTION = 'issue-related-events-section';

/** A registry without webhooks. */
export function hookRegistry(parts: RegistryParts): HookRegistry {
  const admin = new Map<number, AdminHook>();
  const dynamic = new Map<number, DynamicHook>();
  const senders = senderSet(parts);
  let last = 0;
  return {
    admin,
    dynamic,
    nextId: () => (last += 1),
    nextEnd: () => new Date(parts.now().getTime() + LIFE_MS),
    saveAdmin: (hook) => {
      admin.set(hook.id, hook);
      senders.aim(hook, { habits: JIRA_HABITS, secret: hook.secret });
    },
    saveDynamic: (hook) => {
      dynamic.set(hook.id, hook);
      senders.aim(hook, { habits: appHabits(parts.now), secret: parts.clientSecret });
    },
    remove: (id) => {
      senders.drop(id);
      return admin.delete(id) || dynamic.delete(id);
    },
    deliver: (event, body) => {
      const name = String(body['webhookEvent']);
      for (const hook of admin.values()) {
        if (!hook.enabled || !hook.events.includes(name)) continue;
        const filter = hook.filters[SECTION];
        if (!parts.passes(typeof filter === 'string' ? filter : '', event)) continue;
        senders.send(hook.id, name, hook.excludeBody ? Buffer.alloc(0) : bytes(body));
      }
      // An app has one address: it hears of an event once, with the webhooks that matched.
      const matched = wanting(dynamic, { parts, event, name });
      const [first] = matched;
      const matchedWebhookIds = matched.map(({ id }) => id);
      if (first) senders.send(first.id, name, bytes({ ...body, matchedWebhookIds }));
    },
    get deliveries() {
      return senders.all().flatMap(({ log }) => [...log]);
    },
    pushFault: (...faults) => senders.all().forEach((sender) => sender.pushFault(...faults)),
    idle: async () => {
      await Promise.all(senders.all().map((sender) => sender.idle()));
    },
    close: () => senders.all().forEach((sender) => sender.close()),
  };
}

interface Asked {
  readonly parts: RegistryParts;
  readonly event: SiteEvent;
  readonly name: string;
}

function wanting(
  dynamic: ReadonlyMap<number, DynamicHook>,
  { parts, event, name }: Asked,
): DynamicHook[] {
  return [...dynamic.values()].filter(({ events, expires, jqlFilter }) => {
    // One that has ended falls silent, and nobody is told.
    return expires > parts.now() && events.includes(name) && parts.passes(jqlFilter, event);
  });
}

function bytes(body: object): Buffer {
  return Buffer.from(JSON.stringify(body));
}

interface Aim {
  readonly habits: SenderHabits;
  readonly secret: string;
}

function senderSet({ faultSeed, retryDelayMs }: RegistryParts) {
  const senders = new Map<number, WebhookSender>();
  const all: WebhookSender[] = [];
  return {
    all: () => all,
    aim: ({ id, url }: { readonly id: number; readonly url: string }, { habits, secret }: Aim) => {
      // Nothing is ever sent off this machine; such a webhook is only kept.
      if (!['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)) return;
      const sender = senders.get(id) ?? webhookSender(habits, faultSeed);
      if (!senders.has(id)) all.push(sender);
      senders.set(id, sender);
      sender.aim({ url, secret, ...(retryDelayMs === undefined ? {} : { retryDelayMs }) });
    },
    drop: (id: number) => {
      senders.get(id)?.aim(undefined);
      senders.delete(id);
    },
    send: (id: number, event: string, body: Buffer) => senders.get(id)?.send(event, body),
  };
}
