import type { AccountRef } from '../situation.ts';

/** True when both are the same account of the same system; nobody is never the same as anybody. */
export function isSameAccount(one: AccountRef | null, other: AccountRef | null): boolean {
  if (one === null || other === null) return false;
  return one.system === other.system && one.id === other.id;
}
