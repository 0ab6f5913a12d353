import { createHash } from 'node:crypto';
import { assertLoopback } from './loopback.ts';
import { seededRandom } from './random.ts';

/** What is sent of a delivery: its body as it is, signed, under the vendor's own headers. */
export interface Sending {
  readonly id: string;
  readonly event: string;
  readonly body: Buffer;
  /** 0 for the first attempt. */
  readonly attempt: number;
  readonly secret: string;
}

/** How a vendor sends (contracts/README.md, "Deliveries at a glance"). */
export interface SenderHabits {
  /** How many further attempts there are after the first. */
  readonly retries: number;
  /** Whether an answer calls for another attempt; `null` where no answer came. */
  readonly isRetried: (status: number | null) => boolean;
  readonly headers: (sending: Sending) => Readonly<Record<string, string>>;
}

/** Where webhooks go, and how patiently. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
  /** Vendors wait for minutes; tests cannot. */
  readonly retryDelayMs?: number;
  readonly timeoutMs?: number;
}

/** What the network does to a delivery. */
export type WebhookFault = {
  readonly kind: 'drop' | 'delay' | 'duplicate' | 'duplicate-new-id' | 'reorder';
  /** How long a delayed delivery is late; others go on meanwhile. */
  readonly ms?: number;
  /** Only deliveries of this event, such as `comment_created`. */
  readonly event?: string;
  /** How often it strikes; 1 unless told. */
  readonly times?: number;
  /** Chance from 0 to 1 that a delivery is struck; decided by a seeded generator. */
  readonly probability?: number;
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

/** Sends deliveries: first attempts in turn, retries without holding up the others. */
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

interface Post {
  readonly habits: SenderHabits;
  readonly random: () => number;
  target: WebhookTarget | undefined;
  readonly log: Draft[];
  readonly held: Draft[];
  readonly inFlight: Set<Promise<void>>;
  readonly closing: AbortController;
  faults: { readonly fault: WebhookFault; left: number }[];
  turn: Promise<void>;
}

/** A sender that is aimed at nothing yet; `seed` decides which deliveries a fault with a probability strikes. */
export function webhookSender(habits: SenderHabits, seed = 1): WebhookSender {
  const sending: Post = {
    habits,
    random: seededRandom(seed),
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
      sending.faults.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
    },
    idle: async () => {
      release(sending);
      while (sending.inFlight.size > 0) await Promise.all(sending.inFlight);
    },
    close: () => sending.closing.abort(),
  };
}

function strike(sending: Post, event: string): WebhookFault | undefined {
  const entry = sending.faults.find(
    ({ fault }) =>
      (fault.event === undefined || fault.event === event) &&
      sending.random() < (fault.probability ?? 1),
  );
  if (entry === undefined) return undefined;
  entry.left -= 1;
  sending.faults = sending.faults.filter(({ left }) => left > 0);
  return entry.fault;
}

function accept(sending: Post, event: string, body: Buffer): void {
  if (!sending.target) return;
  const fault = strike(sending, event);
  const delivery = newDelivery(sending, event, body);
  switch (fault?.kind) {
    case 'drop':
      delivery.outcome = 'dropped';
      return;
    case 'reorder':
      sending.held.push(delivery);
      return;
    case 'delay':
      startLate(sending, delivery, fault.ms ?? 1_000);
      break;
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

function newDelivery({ log }: Post, event: string, body: Buffer): Draft {
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

function release(sending: Post): void {
  sending.held.splice(0).forEach((delivery) => start(sending, delivery));
}

function startLate(sending: Post, delivery: Draft, ms: number): void {
  const late = pause(sending, ms).then(() => {
    start(sending, delivery);
    sending.inFlight.delete(late);
  });
  sending.inFlight.add(late);
}

function start(sending: Post, delivery: Draft): void {
  const first = sending.turn.then(() => attempt(sending, delivery, 0));
  sending.turn = first.then(() => undefined);
  const whole = first.then((again) => (again ? retry(sending, delivery) : undefined));
  const settled = whole.finally(() => sending.inFlight.delete(settled));
  sending.inFlight.add(settled);
}

async function retry(sending: Post, delivery: Draft): Promise<void> {
  for (let count = 1; count <= sending.habits.retries; count += 1) {
    await pause(sending, sending.target?.retryDelayMs ?? 20);
    if (!(await attempt(sending, delivery, count))) return;
  }
  delivery.outcome = 'given-up';
}

/** One attempt; answers whether another is called for. */
async function attempt(sending: Post, delivery: Draft, count: number): Promise<boolean> {
  const { target, closing } = sending;
  if (!target || closing.signal.aborted) {
    delivery.outcome = 'given-up';
    return false;
  }
  const status = await post(sending, { target, delivery, attempt: count });
  delivery.attempts.push(status);
  if (status !== null && status < 400) delivery.outcome = 'delivered';
  else if (!sending.habits.isRetried(status)) delivery.outcome = 'rejected';
  else return true;
  return false;
}

interface Attempt {
  readonly target: WebhookTarget;
  readonly delivery: Draft;
  readonly attempt: number;
}

async function post({ habits }: Post, given: Attempt): Promise<number | null> {
  const { target, delivery, attempt } = given;
  const { id, event, body } = delivery;
  const answered = fetch(target.url, {
    method: 'POST',
    redirect: 'manual',
    signal: AbortSignal.timeout(target.timeoutMs ?? 5_000),
    body: new Uint8Array(body),
    headers: { ...habits.headers({ id, event, body, attempt, secret: target.secret }) },
  });
  return answered.then(
    async (response) => {
      await response.arrayBuffer().catch(() => undefined);
      return response.status;
    },
    () => null,
  );
}

function pause({ closing }: Post, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      closing.signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    closing.signal.addEventListener('abort', done);
  });
}
