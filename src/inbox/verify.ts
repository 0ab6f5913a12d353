import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Headers, SignatureScheme } from '../domain/connector.ts';

export type Verification =
  { readonly ok: true; readonly digest: string } | { readonly ok: false; readonly reason: string };

export interface SignedRequest {
  readonly headers: Headers;
  /** The raw bytes as they came. */
  readonly body: Uint8Array;
}

const HEX_256 = /^[0-9a-f]{64}$/i;

/**
 * Checks the signature over the raw bytes, in constant time, against one or two secrets. A missing, doubled,
 * or malformed header is a refusal, never an exception.
 */
export function verifySignature(
  scheme: SignatureScheme,
  secrets: readonly string[],
  request: SignedRequest,
): Verification {
  const values = request.headers[scheme.header] ?? [];
  const [value] = values;
  if (value === undefined) return { ok: false, reason: `header ${scheme.header} is missing` };
  if (values.length > 1) return { ok: false, reason: `header ${scheme.header} came twice` };
  const digest = value.slice(scheme.prefix.length);
  if (!value.startsWith(scheme.prefix) || !HEX_256.test(digest)) {
    return { ok: false, reason: `header ${scheme.header} is not ${scheme.prefix}<64 hex digits>` };
  }
  const claimed = Buffer.from(digest, 'hex');
  let matches = false;
  for (const secret of secrets) {
    const expected = createHmac(scheme.algorithm, secret).update(request.body).digest();
    // Both secrets are always tried: the answer's time must not tell which one is in use.
    if (secret !== '' && timingSafeEqual(expected, claimed)) matches = true;
  }
  if (!matches) return { ok: false, reason: 'the signature does not match' };
  return { ok: true, digest: digest.toLowerCase() };
}
