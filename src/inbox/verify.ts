import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Headers, HmacScheme, Proof } from '../domain/connector.ts';
import { sha256 } from '../lib/digest.ts';
import { verifyJwt } from './verify-jwt.ts';

/** `digest` names the bytes: the same for the same body, whenever it was signed. */
export type Verification =
  { readonly ok: true; readonly digest: string } | { readonly ok: false; readonly reason: string };

export interface SignedRequest {
  readonly headers: Headers;
  /** The raw bytes as they came. */
  readonly body: Uint8Array;
}

const HEX_256 = /^[0-9a-f]{64}$/i;
const EPOCH_SECONDS = /^\d{1,12}$/;

/**
 * Checks a request against the first proof whose header it carries. A missing, doubled or malformed header is a
 * refusal, never an exception. `now` is epoch milliseconds.
 */
export function verifyProofs(
  proofs: readonly Proof[],
  request: SignedRequest,
  now: number,
): Verification {
  const carried = proofs.find(({ scheme }) => request.headers[scheme.header] !== undefined);
  const proof = carried ?? proofs[0];
  if (proof === undefined) return { ok: false, reason: 'no proof is configured' };
  const { scheme, secrets } = proof;
  const [value, second] = request.headers[scheme.header] ?? [];
  if (value === undefined) return { ok: false, reason: `header ${scheme.header} is missing` };
  if (second !== undefined) return { ok: false, reason: `header ${scheme.header} came twice` };
  if (scheme.kind === 'hmac') return verifyHmac(scheme, { value, secrets, request, now });
  if (!value.startsWith(scheme.prefix)) return { ok: false, reason: 'no bearer token' };
  const token = verifyJwt(value.slice(scheme.prefix.length), secrets, now);
  return token.ok ? { ok: true, digest: sha256(request.body) } : token;
}

interface Claim {
  readonly value: string;
  readonly secrets: readonly string[];
  readonly request: SignedRequest;
  readonly now: number;
}

/** The signature over the raw bytes, in constant time, against one or two secrets. */
function verifyHmac(scheme: HmacScheme, claim: Claim): Verification {
  const { value, secrets, request } = claim;
  const hex = value.slice(scheme.prefix.length);
  if (!value.startsWith(scheme.prefix) || !HEX_256.test(hex)) {
    return { ok: false, reason: `header ${scheme.header} is not ${scheme.prefix}<64 hex digits>` };
  }
  const before = signedTime(scheme, claim);
  if (!before.ok) return before;
  const claimed = Buffer.from(hex, 'hex');
  let matches = false;
  for (const secret of secrets) {
    const hmac = createHmac(scheme.algorithm, secret).update(before.text);
    // Both secrets are always tried: the answer's time must not tell which one is in use.
    const expected = hmac.update(request.body).digest();
    if (secret !== '' && timingSafeEqual(expected, claimed)) matches = true;
  }
  if (!matches) return { ok: false, reason: 'the signature does not match' };
  // Where a time is signed too, a repeat of the same body has another signature.
  const digest = scheme.signedTime === undefined ? hex.toLowerCase() : sha256(request.body);
  return { ok: true, digest };
}

type Before =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

function signedTime(scheme: HmacScheme, { request, now }: Claim): Before {
  const time = scheme.signedTime;
  if (time === undefined) return { ok: true, text: '' };
  const [seconds = '', second] = request.headers[time.header] ?? [];
  if (!EPOCH_SECONDS.test(seconds) || second !== undefined) {
    return { ok: false, reason: `header ${time.header} is not one number of seconds` };
  }
  if (Math.abs(now - Number(seconds) * 1000) > time.toleranceSeconds * 1000) {
    return { ok: false, reason: 'the signed time is too far from now' };
  }
  return { ok: true, text: `${time.version}:${seconds}:` };
}
