import { z } from 'zod';

/** The time of a message and its id in the channel: text, never a number, which would lose the last digits. */
export const Timestamp = z.string().regex(/^\d{1,12}\.\d{6}$/, 'not a ts like 1719209506.817929');
export type Timestamp = z.infer<typeof Timestamp>;

/** Which of two came first; by padded text. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  const left = padded(a);
  const right = padded(b);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The later of two, where one may be missing. */
export function laterOf(a: Timestamp | null, b: Timestamp | null): Timestamp | null {
  if (a === null || b === null) return a ?? b;
  return compareTimestamps(a, b) >= 0 ? a : b;
}

/** Epoch milliseconds, without the last three digits. */
export function millisOf(ts: Timestamp): number {
  const dot = ts.indexOf('.');
  return Number(ts.slice(0, dot)) * 1000 + Number(ts.slice(dot + 1, dot + 4));
}

/** The first `ts` of a millisecond; the beginning of time for anything before it. */
export function timestampAt(millis: number): Timestamp {
  const at = Math.max(0, Math.floor(millis));
  return `${Math.floor(at / 1000)}.${String(at % 1000).padStart(3, '0')}000`;
}

function padded(ts: Timestamp): string {
  return ts.padStart(19, '0');
}
