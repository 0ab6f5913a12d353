import { createHash } from 'node:crypto';
import { assertLoopback, sendRecorded } from './send-recorded.ts';

/** Where webhooks go, and how patiently. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
  /** Jira waits 5 to 15 minutes; tests cannot. */
  readonly retryDelayMs?: number;
  readonly timeoutMs?: number;
}

/** What the network does to a delivery. */
export type WebhookFault = {
  readonly kind: 'drop' | 'duplicate' | 'duplicate-new-id' | 'reorder';
  /** Only deliveries of this event, such as `comment_created`. */
  readonly event?: string;
  readonly times?: number;
};

/** One delivery and what became of it. */
export interface WebhookRecord {
  readonly id: string;
  readonly event: string;
  readonly body: Buffer;
  /** The status of each attempt; null where no answer came. */
  readonly attempts: readonly (number | null)[];
  readonly outcome: 'waiting' | 'delivered' | 'rejected' | 'given-up' | 'dropped';
}

/** Sends deliveries as Jira does: first attempts in turn, retries without holding up the others. */
export interface WebhookSender {
  readonly log: readonly WebhookRecord[];
  /** Turns webhooks on or off, or elsewhere. Throws for an address that is not this machine. */
  aim(target: WebhookTarget | undefined): void;
  send(event: string, body: Buffer): void;
  pushFault(...faults: readonly WebhookFault[]): void;
  /** Sends what was held back and resolves when nothing is in flight. */
  idle(): Promise<void>;
  close(): void;
}

type Draft = { -readonly [Key in keyof WebhookRecord]: WebhookRecord[Key] } & {
  attempts: (number | null)[];
};

interface Sending {
  target: WebhookTarget | undefined;
  readonly log: Draft[];
  readonly held: Draft[];
  readonly inFlight: Set<Promise<void>>;
  readonly closing: AbortController;
  faults: WebhookFault[];
  turn: Promise<void>;
}

const RETRIES = 5;

/** A sender that is aimed at nothing yet. */
export function webhookSender(): WebhookSender {
  const sending: Sending = {
    target: undefined,
    log: [],
    held: [],
    inFlight: new Set(),
    closing: new AbortController(),
    faults: [],
    turn: Promise.resolve(),
  };
  return {
    log: sending.log,
    aim: (target) => {
      if (target) assertLoopback(target.url);
      sending.target = target;
    },
    send: (event, body) => accept(sending, event, body),
    pushFault: (...faults) => {
      sending.faults.push(
        ...faults.flatMap((fault) => Array<WebhookFault>(fault.times ?? 1).fill(fault)),
      );
    },
    idle: async () => {
      release(sending);
      while (sending.inFlight.size > 0) await Promise.all(sending.inFlight);
    },
    close: () => sending.closing.abort(),
  };
}

function accept(sending: Sending, event: string, body: Buffer): void {
  if (!sending.target) return;
  const at = sending.faults.findIndex(
    (fault) => fault.event === undefined || fault.event === event,
  );
  const fault = at < 0 ? undefined : sending.faults.splice(at, 1)[0];
  const delivery = newDelivery(sending, event, body);
  switch (fault?.kind) {
    case 'drop':
      delivery.outcome = 'dropped';
      return;
    case 'reorder':
      sending.held.push(delivery);
      return;
    case 'duplicate':
      start(sending, delivery);
      start(sending, delivery);
      break;
    case 'duplicate-new-id':
      start(sending, delivery);
      start(sending, newDelivery(sending, event, body));
      break;
    case undefined:
      start(sending, delivery);
  }
  release(sending);
}

function newDelivery({ log }: Sending, event: string, body: Buffer): Draft {
  const delivery: Draft = {
    id: idFor(log.length, body),
    event,
    body,
    attempts: [],
    outcome: 'waiting',
  };
  log.push(delivery);
  return delivery;
}

// Not random, so that a run can be repeated; from the body too, so that a restarted site does not repeat ids.
function idFor(count: number, body: Buffer): string {
  const hex = createHash('sha256').update(`${count}:`).update(body).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function release(sending: Sending): void {
  sending.held.splice(0).forEach((delivery) => start(sending, delivery));
}

function start(sending: Sending, delivery: Draft): void {
  const first = sending.turn.then(() => attempt(sending, delivery, 0));
  sending.turn = first.then(() => undefined);
  const whole = first.then((again) => (again ? retry(sending, delivery) : undefined));
  const settled = whole.finally(() => sending.inFlight.delete(settled));
  sending.inFlight.add(settled);
}

async function retry(sending: Sending, delivery: Draft): Promise<void> {
  for (let count = 1; count <= RETRIES; count += 1) {
    await pause(sending);
    if (!(await attempt(sending, delivery, count))) return;
  }
  delivery.outcome = 'given-up';
}

/** One attempt; answers whether another is called for. */
async function attempt(sending: Sending, delivery: Draft, count: number): Promise<boolean> {
  const { target, closing } = sending;
  if (!target || closing.signal.aborted) {
    delivery.outcome = 'given-up';
    return false;
  }
  const status = await post(target, delivery, count);
  delivery.attempts.push(status);
  if (status !== null && status < 400) delivery.outcome = 'delivered';
  else if (status !== null && !isRetried(status)) delivery.outcome = 'rejected';
  else return true;
  return false;
}

function isRetried(status: number): boolean {
  return status >= 500 || [408, 409, 425, 429].includes(status);
}

async function post(target: WebhookTarget, delivery: Draft, count: number): Promise<number | null> {
  const signal = AbortSignal.timeout(target.timeoutMs ?? 5_000);
  const answered = sendRecorded({ ...target, signal }, delivery.body, {
    'x-atlassian-webhook-identifier': delivery.id,
    ...(count > 0 ? { 'x-atlassian-webhook-retry': String(count) } : {}),
  });
  return answered.then(
    async (response) => {
      await response.arrayBuffer().catch(() => undefined);
      return response.status;
    },
    () => null,
  );
}

function pause({ target, closing }: Sending): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      closing.signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, target?.retryDelayMs ?? 20);
    closing.signal.addEventListener('abort', done);
  });
}
