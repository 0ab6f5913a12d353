import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A real store in a real file; `reopen` opens the same file once more. */
export async function temporaryStore(
  clock?: Clock,
): Promise<Store & { readonly file: string; readonly reopen: () => Promise<Store> }> {
  const file = join(temporaryFolder(), 'store.db');
  const reopen = (): Promise<Store> => openForTest(`sqlite:${file}`, clock);
  return { ...(await reopen()), file, reopen };
}

/** An open store that is closed after the test. */
export async function openForTest(url: string, clock?: Clock): Promise<Store> {
  const store = await openStore(url, clock);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await store.close();
    isOpen = false;
  };
  onTestFinished(close);
  return { ...store, close };
}

/** A clock that moves only when told. */
export function handClock(start = Date.parse('2026-03-02T09:00:00Z')): Clock & {
  readonly move: (ms: number) => void;
} {
  let now = start;
  return { now: () => now, move: (ms) => void (now += ms) };
}
