import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Room of the file system that a folder lies on, in bytes. */
export interface DiskSpace {
  /** What a program without special rights may still write. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Asks for the room where `folder` is, or where it would be made. Throws where the file system does not say. */
export async function diskSpace(folder: string): Promise<DiskSpace> {
  const { bsize, bavail, blocks } = await statfs(existing(resolve(folder)));
  return { freeBytes: bsize * bavail, totalBytes: bsize * blocks };
}

function existing(folder: string): string {
  const parent = dirname(folder);
  return parent === folder || existsSync(folder) ? folder : existing(parent);
}
