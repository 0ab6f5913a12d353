const WAIT_SECONDS = '60';
const MOST_CHARACTERS = 20_000;

/**
 * A `fetch` that makes the secondary limit tell how long to wait. GitHub may answer it with 403 and no header at all;
 * only the text then tells it from "no permission", and at least a minute is wanted (contracts/github.md section 3.1).
 */
export function limitFetch(doFetch: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await doFetch(input, init);
    const { status, headers } = response;
    if (status !== 403 || headers.has('retry-after')) return response;
    if (headers.get('x-ratelimit-remaining') === '0') return response;
    const text = (await response.text()).slice(0, MOST_CHARACTERS);
    const told = new Headers(headers);
    told.delete('content-encoding');
    told.delete('content-length');
    if (/secondary rate limit/i.test(text)) told.set('retry-after', WAIT_SECONDS);
    return new Response(text, { status, headers: told });
  };
}
