import { z } from 'zod';
import { sha256 } from '../lib/digest.ts';
import type { Seal } from '../lib/sealed.ts';
import type { SharedMemory } from '../lib/shared-memory.ts';

/** Says which reads change so rarely that an answer may be a little old. */
export type Cacheable = (call: { readonly method: string; readonly url: URL }) => boolean;

export interface CacheSettings {
  readonly covers: Cacheable;
  readonly ms: number;
  /** A digest of who asks: what one account may see, another may not. */
  readonly account: string;
  readonly seal: Seal;
  /** Null: each process remembers by itself. */
  readonly shared: SharedMemory | null;
  /** Milliseconds of a clock that does not jump. */
  readonly now: () => number;
}

const MOST_ENTRIES = 200;
const MOST_CHARACTERS = 200_000;

/** What is remembered of an answer. No `date`: by that, the clock of the system would seem to stand. */
const Kept = z.object({ text: z.string(), headers: z.record(z.string(), z.string()) });
type Kept = z.infer<typeof Kept>;
const HEADERS = ['content-type', 'link', 'x-oauth-scopes'];

/**
 * A `fetch` that remembers the answers to some reads for a while, in this process and, sealed, for the others of the same
 * account. What is refused, too long, or said to be an error is not remembered.
 */
export function cachedFetch(doFetch: typeof fetch, settings: CacheSettings): typeof fetch {
  const memory = memoryOf(settings);
  return async (input, init) => {
    const key = keyOf(settings, input, init);
    if (key === null) return await doFetch(input, init);
    const known = await memory.get(key);
    if (known !== null) return new Response(known.text, { status: 200, headers: known.headers });
    const response = await doFetch(input, init);
    const kept = await keptOf(response);
    if (kept !== null) await memory.put(key, kept);
    return response;
  };
}

/** Null for what is always asked anew. */
function keyOf(
  { covers, account }: CacheSettings,
  input: string | URL | Request,
  init: RequestInit | undefined,
): string | null {
  if (input instanceof Request) return null;
  const url = new URL(input);
  const method = init?.method ?? 'GET';
  const body = init?.body ?? '';
  const isText = typeof body === 'string' || body instanceof URLSearchParams;
  if (!isText || !covers({ method, url })) return null;
  return sha256([account, method, url.href, body.toString()].join('\n'));
}

async function keptOf(response: Response): Promise<Kept | null> {
  const length = Number(response.headers.get('content-length') ?? 0);
  if (response.status !== 200 || length > MOST_CHARACTERS) return null;
  const text = await response.clone().text();
  // Slack tells its errors with 200.
  if (text.length > MOST_CHARACTERS || /^\s*\{\s*"ok"\s*:\s*false/.test(text)) return null;
  const headers = HEADERS.flatMap((name): [string, string][] => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return { text, headers: Object.fromEntries(headers) };
}

function memoryOf({ ms, seal, shared, now }: CacheSettings) {
  const own = new Map<string, { readonly kept: Kept; readonly until: number }>();
  const remember = (key: string, kept: Kept): void => {
    own.delete(key);
    own.set(key, { kept, until: now() + ms });
    const [oldest] = own.keys();
    if (own.size > MOST_ENTRIES && oldest !== undefined) own.delete(oldest);
  };
  return {
    get: async (key: string): Promise<Kept | null> => {
      const known = own.get(key);
      if (known !== undefined && known.until > now()) return known.kept;
      const text = (await shared?.get(key)) ?? null;
      const opened = text === null ? null : seal.open(text);
      // Not put into the own memory: it would live twice as long as it may.
      return opened === null ? null : Kept.parse(JSON.parse(opened));
    },
    put: async (key: string, kept: Kept): Promise<void> => {
      remember(key, kept);
      await shared?.put(key, seal.seal(JSON.stringify(kept)), ms);
    },
  };
}

/** Reads whose path ends like this. */
export function readsOf(paths: RegExp): Cacheable {
  return ({ method, url }) => method === 'GET' && paths.test(url.pathname);
}
