import { createHash } from 'node:crypto';
import type { Block, MessagesRequest } from './messages-request.ts';
import { blocksOf } from './messages-request.ts';

/** The input side of `usage`. */
export interface InputUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  };
}

/** Remembers prefixes of prompts, as the API does, and counts what was read from and written to it. */
export interface PromptCache {
  count(request: MessagesRequest): InputUsage;
}

interface CacheSettings {
  /** Shorter prefixes are not cached, silently. */
  readonly minimumTokens: number;
  readonly now: () => number;
}

interface Entry {
  expires: number;
  readonly lifetime: number;
}

interface Prefix {
  readonly hash: string;
  readonly tokens: number;
  readonly ttl: '5m' | '1h' | undefined;
}

const LIFETIME = { '5m': 300_000, '1h': 3_600_000 } as const;
const LOOK_BACK = 20;

/** An empty cache. */
export function promptCache({ minimumTokens, now }: CacheSettings): PromptCache {
  const entries = new Map<string, Entry>();
  const isKept = ({ hash }: Prefix) => (entries.get(hash)?.expires ?? 0) > now();
  return {
    count: (request) => {
      const prefixes = prefixesOf(request);
      const total = prefixes.at(-1)?.tokens ?? 0;
      const marked = prefixes.flatMap(({ ttl, tokens }, at) => {
        return ttl !== undefined && tokens >= minimumTokens ? [at] : [];
      });
      const last = marked.at(-1);
      if (last === undefined) return usage(total, 0, []);
      const read = marked
        .flatMap((at) => prefixes.slice(Math.max(0, at - LOOK_BACK), at + 1))
        .filter(isKept)
        .reduce((most, { tokens }) => Math.max(most, tokens), 0);
      const written = marked
        .flatMap((at) => prefixes[at] ?? [])
        .filter(({ tokens }) => tokens > read);
      const kept = prefixes.filter((prefix) => prefix.tokens <= read && isKept(prefix));
      kept.forEach(({ hash }) => refresh(entries.get(hash), now()));
      written.forEach(({ hash, ttl = '5m' }) => {
        entries.set(hash, { lifetime: LIFETIME[ttl], expires: now() + LIFETIME[ttl] });
      });
      return usage(total - (prefixes[last]?.tokens ?? 0), read, written);
    },
  };
}

function refresh(entry: Entry | undefined, now: number): void {
  if (entry) entry.expires = now + entry.lifetime;
}

function usage(uncached: number, read: number, written: readonly Prefix[]): InputUsage {
  let before = read;
  const sums = { '5m': 0, '1h': 0 };
  for (const { tokens, ttl = '5m' } of written) {
    sums[ttl] += tokens - before;
    before = tokens;
  }
  return {
    input_tokens: uncached,
    cache_creation_input_tokens: sums['5m'] + sums['1h'],
    cache_read_input_tokens: read,
    cache_creation: {
      ephemeral_5m_input_tokens: sums['5m'],
      ephemeral_1h_input_tokens: sums['1h'],
    },
  };
}

// A change in one block changes every prefix after it, and the model has its own cache.
function prefixesOf(request: MessagesRequest): Prefix[] {
  const blocks = blocksOf(request);
  let hash = request.model;
  let tokens = 0;
  return blocks.map((block, at) => {
    const { cache_control: own, ...content } = block;
    const automatic = at === blocks.length - 1 ? request.cache_control : undefined;
    const mark: Block['cache_control'] = own ?? automatic;
    const text = JSON.stringify(content);
    hash = createHash('sha256').update(hash).update(text).digest('hex');
    tokens += tokensIn(text);
    return { hash, tokens, ttl: mark ? (mark.ttl ?? '5m') : undefined };
  });
}

/** About four characters a token; at least one. */
export function tokensIn(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}
