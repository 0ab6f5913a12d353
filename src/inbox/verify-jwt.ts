import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

type Verification = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const SHAPE = /^[A-Za-z0-9_-]{1,1000}\.[A-Za-z0-9_-]{1,4000}\.[A-Za-z0-9_-]{1,200}$/;
const Header = z.object({ alg: z.literal('HS256') });
// Without an end a token that leaked once would open the door for good.
const Claims = z.object({
  exp: z.number(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
});
/** How far the clocks of two honest machines may differ. */
const LEEWAY_MS = 60_000;

/**
 * Checks a compact HS256 token: shape, algorithm, signature in constant time, then its times (contracts/jira.md
 * section 1.1). A token without an end is refused. `now` is epoch milliseconds.
 */
export function verifyJwt(token: string, secrets: readonly string[], now: number): Verification {
  if (!SHAPE.test(token)) return { ok: false, reason: 'the token is not a compact JWT' };
  const [header = '', payload = '', signature = ''] = token.split('.');
  if (!Header.safeParse(jsonOf(header)).success) {
    return { ok: false, reason: 'the token is not signed with HS256' };
  }
  const claimed = Buffer.from(signature, 'base64url');
  let matches = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
    const same = claimed.length === expected.length && timingSafeEqual(expected, claimed);
    if (secret !== '' && same) matches = true;
  }
  if (!matches) return { ok: false, reason: 'the signature of the token does not match' };
  const claims = Claims.safeParse(jsonOf(payload));
  if (!claims.success) return { ok: false, reason: 'the token has no end' };
  const { exp, nbf = 0, iat = 0 } = claims.data;
  if (exp * 1000 + LEEWAY_MS < now) return { ok: false, reason: 'the token has ended' };
  const begins = Math.max(nbf, iat) * 1000 - LEEWAY_MS;
  return begins > now ? { ok: false, reason: 'the token is not valid yet' } : { ok: true };
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
