import { Failure } from '../../domain/failure.ts';
import type { HttpClient, HttpRequest } from '../http-client.ts';
import { below } from '../http-client.ts';

/**
 * The `fetch` that Octokit is given: every call goes through our own client, which alone decides what may be sent, how
 * long it may take, and what is tried again. Throws a `Failure`; Octokit wraps it, `failureOf` takes it out again.
 */
export function octokitFetch(client: HttpClient, baseUrl: string): typeof fetch {
  return async (input, init) => {
    const address =
      typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    const place = below(baseUrl, address);
    if (place === null) throw new Failure('denied', 'That address does not belong to GitHub.');
    const method = methodOf(init?.method ?? 'GET');
    const answer = await client.answer({
      method,
      ...place,
      signal: init?.signal ?? new AbortController().signal,
      idempotent: method === 'GET',
      ...(typeof init?.body === 'string' ? { body: init.body } : {}),
    });
    return responseOf(answer);
  };
}

function methodOf(name: string): HttpRequest['method'] {
  const known = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).find((one) => one === name);
  if (known === undefined) throw new Failure('denied', 'That method is not used.');
  return known;
}

function responseOf(answer: Awaited<ReturnType<HttpClient['answer']>>): Response {
  const headers = new Headers(answer.headers);
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) {
    headers.delete(name);
  }
  if (answer.body === null) return new Response(null, { status: 204, headers });
  headers.set('content-type', 'application/json; charset=utf-8');
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers });
}

/** The `Failure` behind whatever Octokit threw. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Failure) return cause;
  const isAbort = error instanceof Error && error.name === 'AbortError';
  // The message of Octokit may repeat the address and the answer.
  return isAbort
    ? new Failure('timeout', 'The call took too long and was given up.')
    : new Failure('bad-answer', 'The client could not read the answer.');
}
