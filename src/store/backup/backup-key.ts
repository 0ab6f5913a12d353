import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../domain/failure.ts';

/** Where the key of the backups comes from. */
export interface KeySettings {
  /** Given in the settings; wins over the file. */
  readonly key: string | null;
  readonly keyFile: string;
}

const SHORTEST = 16;

/** The key of the settings or of its file; null when neither is there. Throws `invalid-settings` for a file without one. */
export async function findKey({ key, keyFile }: KeySettings): Promise<string | null> {
  if (key !== null) return key;
  const text = await readFile(keyFile, 'utf8').catch((error: unknown) => noFile(error, keyFile));
  if (text === null) return null;
  const found = text.trim();
  if (found.length >= SHORTEST) return found;
  throw new Failure('invalid-settings', `${keyFile} holds no key for backups`, {
    fix: 'Put the key of your backups back there; without it they cannot be opened.',
  });
}

function noFile(error: unknown, keyFile: string): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw new Failure('invalid-settings', `${keyFile} cannot be read`, {
    cause: error,
    fix: 'Let the account that runs the program read it, and nobody else.',
  });
}

/** The same; one that is missing is made, readable by this account only. `made` has to be told to people. */
export async function keyOrNew(
  settings: KeySettings,
): Promise<{ readonly secret: string; readonly made: boolean }> {
  const known = await findKey(settings);
  if (known !== null) return { secret: known, made: false };
  const secret = randomBytes(32).toString('base64url');
  await mkdir(dirname(settings.keyFile), { recursive: true });
  await writeFile(settings.keyFile, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  return { secret, made: true };
}

/** The key for opening. Throws `not-configured` when there is none. */
export async function requireKey(settings: KeySettings): Promise<string> {
  const secret = await findKey(settings);
  if (secret !== null) return secret;
  throw new Failure('not-configured', 'there is no key to open backups with', {
    fix: `Set PM_AGENT_BACKUP_KEY, or put the key into ${settings.keyFile}.`,
  });
}
