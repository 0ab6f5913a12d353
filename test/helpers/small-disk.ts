import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A small disk of its own that can be filled; null, and loudly, where none may be mounted and that is allowed. */
export function smallDisk(megabytes: number): {
  readonly folder: string;
  readonly fill: () => void;
  readonly free: () => void;
} | null {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', folder], {
      stdio: 'pipe',
    });
  } catch {
    rmSync(folder, { recursive: true });
    const missing = 'a disk that is full, since none may be mounted here';
    if (process.env['PM_AGENT_REQUIRE_SERVICES'] === '1') {
      throw new Error(`PM_AGENT_REQUIRE_SERVICES=1 forbids to leave out ${missing}`);
    }
    console.warn(`SKIPPED: ${missing}`);
    return null;
  }
  onTestFinished(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      try {
        writeFileSync(filler, Buffer.alloc(megabytes * 1024 * 1024));
      } catch {
        // Until not a byte more fits: that is what it is for.
      }
    },
    free: () => rmSync(filler),
  };
}
