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

/** A real store in a real file. */
export async function temporaryStore(clock?: Clock): Promise<Store & { readonly file: string }> {
  const file = join(temporaryFolder(), 'store.db');
  const store = await openStore(`sqlite:${file}`, clock);
  let open = true;
  const close = async (): Promise<void> => {
    if (open) await store.close();
    open = false;
  };
  onTestFinished(close);
  return { ...store, close, file };
}

/** A clock that moves only when told. */
export function handClock(start = Date.parse('2026-03-02T09:00:00Z')): Clock & {
  readonly move: (ms: number) => void;
} {
  let now = start;
  return { now: () => now, move: (ms) => void (now += ms) };
}
