import { vendorNow } from '../http-answer.ts';

/** How long Sentry wants us to wait, in milliseconds; `null` for any other answer than 429, and where it does not say. */
export function waitOf(status: number, headers: Headers, now: number): number | null {
  if (status !== 429) return null;
  const reset = headers.get('x-sentry-rate-limit-reset') ?? '';
  if (!/^\d{9,11}(?:\.\d{1,9})?$/.test(reset)) return null;
  // The reset is an instant of Sentry's clock, which its answer tells as well.
  return Math.max(0, Math.ceil(Number(reset) * 1000) - vendorNow(headers, now));
}
