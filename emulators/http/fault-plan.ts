import { seededRandom } from './random.ts';

/** What an emulator does to a request instead of answering it properly. */
export type FaultEffect =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
      /** Do what was asked all the same, and only report failure. */
      readonly apply?: boolean;
    }
  | { readonly kind: 'hang-up-before' }
  | { readonly kind: 'hang-up-after' }
  | {
      /** Fail at once (hang up, or answer `status`), and do what was asked `ms` later. */
      readonly kind: 'apply-late';
      readonly ms: number;
      readonly status?: number;
      /** Waits by another clock than that of the machine; a test that moves it also says when nothing is late any more. */
      readonly wait?: (ms: number) => Promise<void>;
    }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'garbage' }
  /** Does what was asked, sends half of the answer, and hangs up. */
  | { readonly kind: 'cut-off' }
  /** Does what was asked, and answers one byte every `ms`. */
  | { readonly kind: 'drip'; readonly ms: number }
  | { readonly kind: 'never-answer'; readonly apply?: boolean };

/** What of a request decides whether a fault strikes it; `path` is without the query. */
export interface Struck {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
}

/** A fault waiting for a request; without `match` it takes any, without `times` it strikes once. */
export type Fault = FaultEffect & {
  readonly match?: { readonly method?: string; readonly path?: RegExp; readonly body?: RegExp };
  readonly times?: number;
  /** Chance from 0 to 1 that a matching request is struck; decided by the seeded generator. */
  readonly probability?: number;
};

/** The faults of one emulator, taken in the order in which they were pushed. */
export interface FaultPlan {
  push(...faults: readonly Fault[]): void;
  /** The fault that strikes this request, used up by one; undefined when none does. */
  take(request: Struck): Fault | undefined;
  clear(): void;
  /** Tells of every request from now on, before it is answered. */
  watch(saw: (request: Struck) => void): void;
  /** How many strikes are left, to prove that a test's fault was met. */
  readonly pending: number;
}

/** An empty plan; `seed` decides which requests a fault with a probability strikes. */
export function faultPlan(seed = 1): FaultPlan {
  const random = seededRandom(seed);
  const watching: ((request: Struck) => void)[] = [];
  let waiting: { readonly fault: Fault; left: number }[] = [];
  return {
    push: (...faults) => {
      waiting.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
    },
    take: (request) => {
      for (const saw of watching) saw(request);
      const entry = waiting.find(
        ({ fault }) => fits(fault, request) && random() < (fault.probability ?? 1),
      );
      if (!entry) return undefined;
      entry.left -= 1;
      waiting = waiting.filter(({ left }) => left > 0);
      return entry.fault;
    },
    clear: () => {
      waiting = [];
    },
    watch: (saw) => void watching.push(saw),
    get pending() {
      return waiting.reduce((sum, { left }) => sum + left, 0);
    },
  };
}

function fits({ match }: Fault, { method, path, body }: Struck): boolean {
  if (match?.method !== undefined && match.method !== method) return false;
  if (match?.body !== undefined && body.toString().search(match.body) < 0) return false;
  return match?.path === undefined || path.search(match.path) >= 0;
}
