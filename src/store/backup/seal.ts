import {
  createCipheriv,
  createDecipheriv,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';

/*
 * A sealed file: one line of JSON that anybody can read, then chunks. Each chunk is its length (4 bytes, big endian), its
 * bytes under AES-256-GCM and its tag (16 bytes). The nonce is the chunk's number with a mark on the last one, and the
 * head is authenticated with every chunk: what is changed, cut, left out or moved does not open. The key is made by
 * scrypt from the secret and a salt of the file's own, so that no nonce is used twice under one key.
 */

const FORMAT = 'pm-agent-backup';
const VERSION = 1;
const CHUNK = 256 * 1024;
const TAG = 16;
const LONGEST_HEAD = 4096;
const KEY_BYTES = 32;
const CHECK_BYTES = 16;
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** What anybody can read of a sealed file. */
export const SealedHead = z.object({
  format: z.literal(FORMAT),
  version: z.number().int(),
  /** ISO 8601 UTC. */
  at: z.iso.datetime(),
  salt: z.base64(),
  /** Tells a wrong key from a changed file. */
  check: z.base64(),
});
export type SealedHead = z.infer<typeof SealedHead>;

interface Keys {
  readonly key: Buffer;
  readonly check: Buffer;
}

async function keysOf(secret: string, salt: Buffer): Promise<Keys> {
  const made = await new Promise<Buffer>((resolve, reject) => {
    scrypt(secret, salt, KEY_BYTES + CHECK_BYTES, COST, (error, bytes) => {
      if (error === null) resolve(bytes);
      else reject(error);
    });
  });
  return { key: made.subarray(0, KEY_BYTES), check: made.subarray(KEY_BYTES) };
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt8(isLast ? 1 : 0, 0);
  nonce.writeBigUInt64BE(BigInt(number), 4);
  return nonce;
}

interface Chunk {
  readonly number: number;
  readonly isLast: boolean;
}

/** Encrypts a stream of bytes. `at` is an ISO instant for the head. */
export async function* sealed(
  plain: AsyncIterable<Uint8Array>,
  given: { readonly secret: string; readonly at: string },
): AsyncGenerator<Buffer> {
  const salt = randomBytes(16);
  const { key, check } = await keysOf(given.secret, salt);
  const told: SealedHead = {
    format: FORMAT,
    version: VERSION,
    at: given.at,
    salt: salt.toString('base64'),
    check: check.toString('base64'),
  };
  const head = Buffer.from(`${JSON.stringify(told)}\n`);
  yield head;
  const close = (bytes: Buffer, { number, isLast }: Chunk): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, isLast));
    cipher.setAAD(head);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  };
  let number = 0;
  const chunks = new Pieces();
  for await (const bytes of plain) {
    chunks.add(bytes);
    // One is always kept back: only the end tells which is the last.
    while (chunks.length > CHUNK)
      yield close(chunks.take(CHUNK), { number: number++, isLast: false });
  }
  yield close(chunks.take(chunks.length), { number, isLast: true });
}

/** Reads the head alone. Throws `unreadable` when the file is none of ours, `invalid-settings` when it is from later. */
export async function openHead(file: AsyncIterable<Uint8Array>): Promise<SealedHead> {
  const pieces = new Pieces();
  for await (const bytes of file) {
    pieces.add(bytes);
    const head = headLine(pieces);
    if (head !== null) return headOf(head);
  }
  throw notOurs();
}

function headOf(line: Buffer): SealedHead {
  const parsed = SealedHead.safeParse(jsonOrNull(line.toString()));
  if (!parsed.success) throw notOurs();
  if (parsed.data.version === VERSION) return parsed.data;
  throw new Failure('invalid-settings', 'the backup was written by a newer pm-agent', {
    fix: 'Restore it with the version that wrote it, or a later one.',
  });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function notOurs(): Failure {
  return new Failure('unreadable', 'the file is not a backup of pm-agent', {
    fix: 'Name a file that pm-agent backup create has written.',
  });
}

function changed(where: string): Failure {
  return new Failure('unreadable', `the backup was changed or cut ${where}`, {
    fix: 'Use another copy of it, or an earlier backup (pm-agent backup list).',
  });
}

/**
 * Decrypts a sealed file. Throws `denied` for another key and `unreadable` for a file that was changed or cut; what came
 * out before is genuine, but only the end says that it is all.
 */
export async function* opened(
  file: AsyncIterable<Uint8Array>,
  secret: string,
): AsyncGenerator<Buffer> {
  const pieces = new Pieces();
  let open: Open | null = null;
  let number = 0;
  for await (const bytes of file) {
    pieces.add(bytes);
    const head = open === null ? headLine(pieces) : null;
    if (head !== null) open = await opener(head, secret);
    if (open === null) continue;
    // What is followed by more is not the last one.
    for (const frame of pieces.frames()) yield open(frame, { number: number++, isLast: false });
  }
  if (open === null) throw notOurs();
  const last = pieces.take(pieces.length);
  if (last.length < 4 + TAG || last.readUInt32BE() !== last.length - 4 - TAG) {
    throw changed('at its end');
  }
  yield open(last, { number, isLast: true });
}

type Open = (frame: Buffer, chunk: Chunk) => Buffer;

/** The head, once it is there; null while more has to come. */
function headLine(pieces: Pieces): Buffer | null {
  const end = pieces.find(0x0a);
  if (end >= 0) return pieces.take(end + 1);
  if (pieces.length > LONGEST_HEAD) throw notOurs();
  return null;
}

async function opener(head: Buffer, secret: string): Promise<Open> {
  const { salt, check } = headOf(head);
  const keys = await keysOf(secret, Buffer.from(salt, 'base64'));
  const told = Buffer.from(check, 'base64');
  if (told.length !== keys.check.length || !timingSafeEqual(told, keys.check)) {
    throw new Failure('denied', 'the backup was made with another key', {
      fix: 'Set PM_AGENT_BACKUP_KEY or PM_AGENT_BACKUP_KEY_FILE to the key of then.',
    });
  }
  return (frame, { number, isLast }) => {
    const decipher = createDecipheriv('aes-256-gcm', keys.key, nonceOf(number, isLast));
    decipher.setAAD(head);
    decipher.setAuthTag(frame.subarray(frame.length - TAG));
    try {
      const plain = decipher.update(frame.subarray(4, frame.length - TAG));
      return Buffer.concat([plain, decipher.final()]);
    } catch {
      throw changed(`in part ${number + 1}`);
    }
  };
}

/** Bytes as they come, to be taken as they are needed. */
class Pieces {
  private parts: Uint8Array[] = [];
  length = 0;

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.parts.push(bytes);
    this.length += bytes.length;
  }

  take(count: number): Buffer {
    const all = Buffer.concat(this.parts);
    const rest = all.subarray(count);
    this.parts = rest.length === 0 ? [] : [rest];
    this.length = rest.length;
    return all.subarray(0, count);
  }

  find(byte: number): number {
    const all = Buffer.concat(this.parts);
    this.parts = [all];
    return all.indexOf(byte);
  }

  /** The whole chunks that something follows. */
  *frames(): Generator<Buffer> {
    for (let frame = this.frame(); frame !== null; frame = this.frame()) yield frame;
  }

  private frame(): Buffer | null {
    if (this.length < 4) return null;
    if ((this.parts[0]?.length ?? 0) < 4) this.parts = [Buffer.concat(this.parts)];
    const [first] = this.parts;
    if (first === undefined) return null;
    const told = Buffer.from(first.buffer, first.byteOffset, first.byteLength).readUInt32BE();
    if (told > CHUNK) throw changed('in the middle');
    const whole = 4 + told + TAG;
    return this.length > whole ? this.take(whole) : null;
  }
}
