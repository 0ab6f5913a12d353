import { randomFillSync } from 'node:crypto';

// Random bytes are drawn in blocks: one call of the generator per id costs more than the id.
const pool = Buffer.alloc(10 * 256);
let used = pool.length;

/** A new UUIDv7 (RFC 9562): sorts by the millisecond in which it was made. */
export function newId(now: number = Date.now()): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + 10);
  used += 10;
  random[0] = 0x70 | ((random[0] ?? 0) & 0x0f);
  random[2] = 0x80 | ((random[2] ?? 0) & 0x3f);
  const time = now.toString(16).padStart(12, '0');
  const tail = random.toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-${tail.slice(0, 4)}-${tail.slice(4, 8)}-${tail.slice(8)}`;
}

/** The smallest id that could have been made at an instant (epoch milliseconds): where a range by time begins. */
export function firstIdAt(at: number): string {
  const time = Math.max(0, at).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
