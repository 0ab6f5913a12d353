import { BitbucketError } from './bitbucket-error.ts';
import type { PullRequestData } from './bitbucket-state.ts';

type Test = (data: PullRequestData) => boolean;

const TIME = /^(updated_on|created_on)\s*(>=|<=|>|<)\s*"?([0-9T:.+Z-]+)"?$/;
const TEXT = /^(state|source\.branch\.name)\s*=\s*"([^"]*)"$/;

/** The filter language of Bitbucket, as far as it is used here. Throws a 400 for anything else. */
export function filterOf(q: string | null): Test {
  if (q === null || q.trim() === '') return () => true;
  const tests = q.split(/\s+AND\s+/).map((part) => testOf(part.trim()));
  return (data) => tests.every((test) => test(data));
}

function testOf(part: string): Test {
  const [, time, sign, instant = ''] = TIME.exec(part) ?? [];
  const than = Date.parse(instant);
  if (time !== undefined && !Number.isNaN(than)) {
    const field = time === 'updated_on' ? 'updated' : 'created';
    // Text of one form sorts by time; microseconds would get lost in a date.
    const wanted = instant.includes('.') && instant.endsWith('+00:00') ? instant : null;
    return (data) => {
      const order =
        wanted?.length === data[field].length
          ? compare(data[field], wanted)
          : Date.parse(data[field]) - than;
      return holds(order, sign);
    };
  }
  const [, name, value] = TEXT.exec(part) ?? [];
  if (name === 'state') return (data) => data.state === value;
  if (name !== undefined) return (data) => data.source.branch === value;
  throw new BitbucketError(400, `Invalid query: ${part.slice(0, 60)}`);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function holds(order: number, sign: string | undefined): boolean {
  if (sign === '>=') return order >= 0;
  if (sign === '<=') return order <= 0;
  return sign === '>' ? order > 0 : order < 0;
}

/** Pull requests in the order of `sort`; newest first unless told. Throws a 400 for an unknown field. */
export function sorted(data: readonly PullRequestData[], sort: string | null): PullRequestData[] {
  const by = sort ?? '-created_on';
  const field = by.replace(/^-/, '');
  if (!['updated_on', 'created_on', 'id'].includes(field)) {
    throw new BitbucketError(400, `Invalid sort: ${field.slice(0, 60)}`);
  }
  const sign = by.startsWith('-') ? -1 : 1;
  return data.toSorted((a, b) => {
    if (field === 'id') return sign * (a.id - b.id);
    const key = field === 'updated_on' ? 'updated' : 'created';
    return sign * compare(a[key], b[key]);
  });
}
