import { createHmac } from 'node:crypto';
import type {
  SenderHabits,
  WebhookFault,
  WebhookRecord,
  WebhookSender,
  WebhookTarget,
} from '../http/webhook-sender.ts';
import { webhookSender } from '../http/webhook-sender.ts';
import type { Hook } from './bitbucket-state.ts';

const BODY_LIMIT = 256 * 1024;

/** A delivery; `reason` says why one was never sent. */
export type BitbucketDelivery = WebhookRecord & { readonly reason?: 'too large' };

/** Sends a delivery to the address that was aimed at and to every active hook that wants the event. */
export interface HookSender {
  /** Of all hooks, in the order in which they were made. */
  readonly log: readonly BitbucketDelivery[];
  aim(target: WebhookTarget | undefined): void;
  send(event: { readonly name: string; readonly where: string }, body: Buffer): void;
  pushFault(...faults: readonly WebhookFault[]): void;
  idle(): Promise<void>;
  close(): void;
}

/** The value of `X-Hub-Signature` for these exact bytes. */
export function signBitbucket(body: Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** How Bitbucket sends for one hook (contracts/bitbucket.md section 1.2). */
function bitbucketHabits(hookUuid: string): SenderHabits {
  return {
    retries: 2,
    isRetried: (status) => status === null || status >= 500,
    headers: ({ id, event, body, attempt, secret }) => ({
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Bitbucket-Webhooks/2.0',
      'x-event-key': event,
      'x-hook-uuid': hookUuid.replace(/[{}]/g, ''),
      'x-request-uuid': id,
      'x-attempt-number': String(attempt + 1),
      // A hook without a secret is not signed.
      ...(secret === '' ? {} : { 'x-hub-signature': signBitbucket(body, secret) }),
    }),
  };
}

const AIMED = '{00000000-0000-4000-8000-00000000000a}';

/** A sender for the hooks of a site; `hooks` is asked for each event. */
export function hookSender(hooks: () => readonly Hook[], seed?: number): HookSender {
  const aimed = webhookSender(bitbucketHabits(AIMED), seed);
  const senders = new Map<string, WebhookSender>();
  const unsent: BitbucketDelivery[] = [];
  const all = () => [aimed, ...senders.values()];
  let isAimed = false;
  return {
    get log() {
      return [...all().flatMap((sender) => sender.log), ...unsent];
    },
    aim: (target) => {
      isAimed = target !== undefined;
      aimed.aim(target);
    },
    send: ({ name, where }, body) => {
      const wanting = hooks().filter((hook) => wants(hook, name, where));
      if (body.length > BODY_LIMIT) {
        const to = [...(isAimed ? [AIMED] : []), ...wanting.map(({ uuid }) => uuid)];
        for (const id of to) {
          unsent.push({
            id,
            event: name,
            body,
            attempts: [],
            outcome: 'dropped',
            reason: 'too large',
          });
        }
        return;
      }
      aimed.send(name, body);
      for (const hook of wanting) senderOf(senders, hook, seed).send(name, body);
    },
    pushFault: (...faults) => {
      for (const sender of all()) sender.pushFault(...faults);
    },
    idle: async () => {
      for (const sender of all()) await sender.idle();
    },
    close: () => {
      for (const sender of all()) sender.close();
    },
  };
}

function wants(hook: Hook, event: string, where: string): boolean {
  const [workspace] = where.split('/');
  return hook.active && hook.events.includes(event) && [where, workspace].includes(hook.where);
}

function senderOf(senders: Map<string, WebhookSender>, hook: Hook, seed?: number): WebhookSender {
  const sender = senders.get(hook.uuid) ?? webhookSender(bitbucketHabits(hook.uuid), seed);
  senders.set(hook.uuid, sender);
  // The address and the secret may have been changed since the last delivery.
  sender.aim({ url: hook.url, secret: hook.secret ?? '' });
  return sender;
}
