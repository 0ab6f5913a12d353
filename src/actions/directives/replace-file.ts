import { mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../../domain/failure.ts';
import { newId } from '../../lib/ids.ts';

/**
 * Puts a text in the place of a file, so that a reader sees the old or the new one and never a part. A link is followed.
 * Throws `conflict` where the folder cannot be written to.
 */
export function replaceFile(path: string, text: string): void {
  const target = realPathOf(path);
  const beside = `${target}.${newId()}.tmp`;
  try {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(beside, text, { flush: true });
    renameSync(beside, target);
  } catch (cause) {
    discard(beside);
    const fix = 'Let the program write to the folder of the file; mount the folder, not the file.';
    throw new Failure('conflict', `${path} cannot be replaced.`, { cause, fix });
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What could not be made cannot be taken away either.
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
