import { seededRandom } from './random.ts';

/** What an emulator does to a request instead of answering it properly. */
type FaultEffect =
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
    }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'never-answer'; readonly apply?: boolean };

/** A fault waiting for a request; without `match` it takes any, without `times` it strikes once. */
export type Fault = FaultEffect & {
  readonly match?: { readonly method?: string; readonly path?: RegExp };
  readonly times?: number;
  /** Chance from 0 to 1 that a matching request is struck; decided by the seeded generator. */
  readonly probability?: number;
};

/** The faults of one emulator, taken in the order in which they were pushed. */
export interface FaultPlan {
  push(...faults: readonly Fault[]): void;
  /** The fault that strikes this request, used up by one; undefined when none does. */
  take(method: string, path: string): Fault | undefined;
  clear(): void;
  /** How many strikes are left, to prove that a test's fault was met. */
  readonly pending: number;
}

/** An empty plan; `seed` decides which requests a fault with a probability strikes. */
export function faultPlan(seed = 1): FaultPlan {
  const random = seededRandom(seed);
  let waiting: { readonly fault: Fault; left: number }[] = [];
  return {
    push: (...faults) => {
      waiting.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
    },
    take: (method, path) => {
      const entry = waiting.find(
        ({ fault }) => fits(fault, method, path) && random() < (fault.probability ?? 1),
      );
      if (!entry) return undefined;
      entry.left -= 1;
      waiting = waiting.filter(({ left }) => left > 0);
      return entry.fault;
    },
    clear: () => {
      waiting = [];
    },
    get pending() {
      return waiting.reduce((sum, { left }) => sum + left, 0);
    },
  };
}

function fits({ match }: Fault, method: string, path: string): boolean {
  if (match?.method !== undefined && match.method !== method) return false;
  return match?.path === undefined || path.search(match.path) >= 0;
}
