import { existsSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Room of the file system that a folder lies on, in bytes. */
export interface DiskSpace {
  /** What a program without special rights may still write. */
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** The same for all folders of one file system. */
  readonly device: number;
}

/** Asks for the room where `folder` is, or where it would be made. Throws where the file system does not say. */
export async function diskSpace(folder: string): Promise<DiskSpace> {
  const found = existing(resolve(folder));
  const [{ bsize, bavail, blocks }, { dev }] = await Promise.all([statfs(found), stat(found)]);
  return { freeBytes: bsize * bavail, totalBytes: bsize * blocks, device: dev };
}

function existing(folder: string): string {
  const parent = dirname(folder);
  return parent === folder || existsSync(folder) ? folder : existing(parent);
}
