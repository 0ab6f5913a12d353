const MOST_ENTRIES = 200;
const MOST_CHARACTERS = 200_000;

interface Kept {
  readonly etag: string;
  readonly text: string;
  readonly headers: Headers;
}

/**
 * A `fetch` that remembers answers with their ETag and asks again with `If-None-Match`: "not modified" (304) is given as
 * the answer that is remembered. GitHub does not count those against the limit (contracts/github.md section 3). Answers of several pages are not remembered. Keeps
 * 200 answers of up to 200,000 characters.
 */
export function conditionalFetch(doFetch: typeof fetch): typeof fetch {
  const kept = new Map<string, Kept>();
  return async (input, init) => {
    const method = init?.method ?? 'GET';
    if (method !== 'GET' || typeof input !== 'string') return doFetch(input, init);
    const known = kept.get(input);
    const headers = new Headers(init?.headers);
    if (known !== undefined) headers.set('if-none-match', known.etag);
    const response = await doFetch(input, { ...init, headers });
    if (response.status === 304 && known !== undefined) return fromMemory(known, response);
    return remember(kept, input, response);
  };
}

// Limits and the time of the vendor are those of now; the rest is as it was.
function fromMemory(known: Kept, fresh: Response): Response {
  const headers = new Headers(known.headers);
  for (const [name, value] of fresh.headers) {
    if (name === 'date' || name.startsWith('x-ratelimit-')) headers.set(name, value);
  }
  return new Response(known.text, { status: 200, headers });
}

async function remember(
  kept: Map<string, Kept>,
  address: string,
  response: Response,
): Promise<Response> {
  const etag = response.headers.get('etag');
  kept.delete(address);
  const length = Number(response.headers.get('content-length') ?? 0);
  // The first page of a list may stay the same while its end moves, which only `Link` tells.
  const isPaged = response.headers.has('link');
  if (response.status !== 200 || etag === null || isPaged || length > MOST_CHARACTERS) {
    return response;
  }
  const copy = response.clone();
  const text = await copy.text();
  if (text.length > MOST_CHARACTERS) return response;
  const headers = new Headers(response.headers);
  // The text is no longer packed.
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) {
    headers.delete(name);
  }
  kept.set(address, { etag, text, headers });
  const [oldest] = kept.keys();
  if (kept.size > MOST_ENTRIES && oldest !== undefined) kept.delete(oldest);
  return response;
}
