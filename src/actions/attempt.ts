import type { Action } from '../domain/action.ts';

/** What became of an attempt: settled for good, or to be looked at again at `until`. */
export type Attempt =
  | { readonly kind: 'settled'; readonly state: Action['state'] }
  | { readonly kind: 'wait'; readonly until: number; readonly note: string };
