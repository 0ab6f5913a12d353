import type { Action } from '../domain/action.ts';

/** What became of an attempt: settled for good, or to be looked at again at `until`. */
export type Attempt =
  | { readonly kind: 'settled'; readonly state: Action['state'] }
  | { readonly kind: 'wait'; readonly until: number; readonly note: string };

/** How long each wait of an action lasts, in milliseconds. */
export interface Patience {
  /** After a crash: how long the target may still be working on what the dead process sent. */
  readonly settleAfterCrashMs: number;
  /** After a broken line or a time-out: the same, for a process that lives and can wait longer. */
  readonly settleAfterBreakMs: number;
  /** Deadline of one call outside. */
  readonly callMs: number;
}
