import { z } from 'zod';
import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { Query } from '../http-client.ts';
import { expectShape } from '../rest-shape.ts';
import type { BitbucketReader } from './client.ts';

/** A page of any list. `next` is an address, absent or empty on the last page. */
export const Page = z.object({
  values: z.array(z.unknown()),
  next: z.string().nullable().catch(null),
});

/** What is read of a list. */
export interface ListAsk {
  readonly path: string;
  readonly query: Query;
  /** At most so many pages. */
  readonly pages: number;
  /** True when what was read of the list is enough; asked after each page. */
  readonly enough?: (values: readonly unknown[]) => boolean;
}

/** What was read of a list. */
export interface ListAnswer {
  readonly values: readonly unknown[];
  /** False when there are more that nobody wanted, or more than so many pages. */
  readonly complete: boolean;
}

/** Reads a list page by page, by the addresses that Bitbucket gives. Throws a `Failure`. */
export async function readList(
  reader: BitbucketReader,
  ask: ListAsk,
  call: Call,
): Promise<ListAnswer> {
  const values: unknown[] = [];
  const seen = new Set<string>();
  let answer = await reader.get(ask.path, ask.query, call);
  for (let page = 1; ; page += 1) {
    const { values: more, next } = expectShape(Page, answer);
    values.push(...more);
    if (next === null || next === '') return { values, complete: true };
    if (seen.has(next)) throw new Failure('bad-answer', 'Bitbucket gave the same page twice.');
    if (page >= ask.pages || ask.enough?.(values) === true) return { values, complete: false };
    seen.add(next);
    answer = await reader.follow(next, call);
  }
}
