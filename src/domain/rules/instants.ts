import type { WorkingTime } from '../working-time.ts';

/** An instant of a situation in epoch milliseconds; `null` where it was not told or cannot be read. */
export function instantIn(text: string | null): number | null {
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isFinite(at) ? at : null;
}

/** The same for what the schema promises to be there; what cannot be read counts as long ago. */
export function instantAt(text: string): number {
  return instantIn(text) ?? 0;
}

/** `null` for an instant that never comes: a calendar without any working time answers so. */
export function orNever(at: number): number | null {
  return Number.isFinite(at) ? at : null;
}

/** Working days between two instants, in lengths of a normal day. */
export function workingDays(time: WorkingTime, from: number, to: number): number {
  return time.elapsed(from, to) / time.dayLength;
}
