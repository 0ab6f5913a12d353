import type { FailureKind } from '../domain/failure.ts';
import { Failure } from '../domain/failure.ts';

const ANSWER_LIMIT = 8 * 1024 * 1024;

const KINDS = new Map<number, FailureKind>([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [408, 'timeout'],
  [409, 'conflict'],
  [410, 'gone'],
  [413, 'too-large'],
  [425, 'unavailable'],
  [429, 'rate-limited'],
]);

const FIXES = new Map<FailureKind, string>([
  ['unauthorized', 'Check the credentials: they may have expired, or belong to another address.'],
  ['forbidden', 'Give the account of the agent the permission, or leave this to a person.'],
]);

interface Answer {
  readonly label: string;
  readonly retryAfterMs: number | undefined;
}

/** What a status other than 2xx means. A redirect counts as a bad answer. */
export function statusFailure(status: number, answer: Answer): Failure {
  const kind = kindOf(status);
  const fix = FIXES.get(kind);
  return new Failure(kind, `${answer.label} answered ${status}.`, {
    ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
    ...(fix === undefined ? {} : { fix }),
  });
}

function kindOf(status: number): FailureKind {
  const kind = KINDS.get(status);
  if (kind !== undefined) return kind;
  if (status >= 500) return 'unavailable';
  return status >= 400 ? 'refused' : 'bad-answer';
}

/** The time of an answer by the clock of who gave it, in whole seconds; `now` where it does not tell. */
export function vendorNow(headers: Headers, now: number): number {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? now : date;
}

/** `Retry-After` in milliseconds, from seconds or an HTTP date; what is left until a date is told by the sender's clock. */
export function parseRetryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // Only a date with the name of its day: `Date.parse` takes almost anything for a date.
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - vendorNow(headers, now));
}

/** The parsed body, `null` when there is none. Reads 8 MB at the most. */
export async function readBody(response: Response, label: string): Promise<unknown> {
  const text = await readText(response, label);
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would repeat a piece of the body.
    throw new Failure('bad-answer', `${label} answered something that is not JSON.`);
  }
}

async function readText(response: Response, label: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return '';
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > ANSWER_LIMIT) throw new Failure('too-large', `${label} answered more than 8 MB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
