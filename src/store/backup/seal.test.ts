import { describe, expect, test } from 'vitest';
import { opened, openHead, sealed } from './seal.ts';

const SECRET = 'a-key-of-the-tests-for-backups';
const AT = '2026-03-02T02:00:00.000Z';
const PLAIN = Buffer.alloc(600_000, 'words that nobody else may read, ');

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function seal(plain: Uint8Array = PLAIN, secret = SECRET): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(sealed(inPieces(plain, 70_000), { secret, at: AT })));
}

async function open(file: Uint8Array, size = 65_536): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(opened(inPieces(file, size), SECRET)));
}

/** Where each chunk begins, and the end. */
function edges(file: Buffer): number[] {
  const found = [file.indexOf(0x0a) + 1];
  for (let at = found[0]!; at < file.length;) {
    at += 4 + file.readUInt32BE(at) + 16;
    found.push(at);
  }
  return found;
}

const refused = { kind: 'unreadable' };

describe('a seal', () => {
  test.each([1_000, 65_536, 1_000_000])('opens as it was, read by %i bytes', async (size) => {
    const file = await seal();

    expect((await open(file, size)).equals(PLAIN)).toBe(true);
    expect(edges(file)).toHaveLength(4);
    expect((await openHead(inPieces(file, size))).at).toBe(AT);
  });

  test('of nothing is something', async () => {
    expect(await open(await seal(Buffer.alloc(0)))).toHaveLength(0);
  });

  test('shows a cut between two chunks', async () => {
    const file = await seal();

    for (const edge of edges(file).slice(0, -1)) {
      await expect(open(file.subarray(0, edge))).rejects.toMatchObject(refused);
    }
  });

  test('shows chunks in another order, twice, left out, or of another file', async () => {
    const [file, other] = [await seal(), await seal()];
    const [first = 0, second = 0, third = 0, end = 0] = edges(file);
    const part = (from: number, to: number, of = file) => of.subarray(from, to);
    const mutants = [
      [part(0, first), part(second, third), part(first, second), part(third, end)],
      [part(0, second), part(first, second), part(second, end)],
      [part(0, first), part(second, end)],
      [part(0, first), part(first, end, other)],
      [part(0, second), part(second, third, other), part(third, end)],
      [file, part(third, end)],
    ];

    for (const mutant of mutants) {
      await expect(open(Buffer.concat(mutant))).rejects.toMatchObject(refused);
    }
  });

  test('shows a head that was changed', async () => {
    const file = await seal();
    const head = file.indexOf(0x0a);
    const told = file.toString('utf8', 0, head).replace('2026-03-02', '2026-03-03');

    const changed = Buffer.concat([Buffer.from(told), file.subarray(head)]);

    await expect(open(changed)).rejects.toMatchObject(refused);
  });

  test('is another each time, and opens with no other key', async () => {
    const [one, two] = [await seal(), await seal()];

    expect(one.subarray(edges(one)[0]).equals(two.subarray(edges(two)[0]))).toBe(false);
    await expect(open(await seal(PLAIN, `${SECRET}!`))).rejects.toMatchObject({ kind: 'denied' });
    await expect(open(Buffer.from('no backup'))).rejects.toMatchObject(refused);
    await expect(open(Buffer.alloc(9_000, 'x'))).rejects.toMatchObject(refused);
  });
});
