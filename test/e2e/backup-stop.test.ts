import { randomFillSync } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { newId } from '../../src/lib/ids.ts';
import { keepDeliveries } from '../../src/store/deliveries.ts';
import { readBackupState } from '../../src/store/backup/keep-backup.ts';
import type { Store } from '../../src/store/open.ts';
import { memoryLog } from '../helpers/agent.ts';
import { until } from '../helpers/process.ts';
import { handClock, openForTest, temporaryFolder } from '../helpers/store.ts';

const DAY_MS = 86_400_000;
const MEGABYTE = 1024 * 1024;

/** So much noise that a backup takes seconds. */
async function fill(store: Store): Promise<void> {
  for (let n = 0; n < 40; n += 1) {
    const id = newId();
    const body = randomFillSync(Buffer.alloc(MEGABYTE));
    const one = { id, source: 'jira', way: 'webhook' as const, deliveryId: id, body };
    await store.write(({ db }) => keepDeliveries(db, [{ ...one, receivedAt: 0, headers: '{}' }]));
    await store.write(({ db }) => db.updateTable('deliveries').set({ state: 'read' }).execute());
  }
}

/** A program whose backup of the day is due. */
async function world() {
  const clock = handClock();
  const folder = temporaryFolder();
  const url = `sqlite:${join(folder, 'store.db')}`;
  const backups = join(folder, 'backups');
  mkdirSync(backups);
  const { log, text } = memoryLog();
  const env = { ENVIRONMENT: 'test', PORT: '0', DATABASE_URL: url, PM_AGENT_MODE: 'simulation' };
  const start = (): Promise<App> => startApp(readConfig(env), log, clock);
  const files = (): readonly string[] => readdirSync(backups);
  const store = await openForTest(url, clock);
  await fill(store);
  const first = await start();
  await first.stop();
  clock.move(2 * DAY_MS);
  return { clock, store, start, files, text };
}

test.each([
  ['is written', /\.partial$/],
  ['is read back', /\.backup$/],
])('a stop while a backup %s ends it, and the next start takes one', async (_, under) => {
  const { clock, store, start, files, text } = await world();
  const app = await start();
  app.judgement.timely.backups.now();
  await until('it is under way', () => files().some((name) => under.test(name)));

  await app.stop();

  expect(files().filter((name) => name.endsWith('.partial'))).toEqual([]);
  expect(await readBackupState(store)).toEqual({ good: null, failed: null });
  expect(text()).not.toContain('the backup of the day failed');
  clock.move(60_000);
  const next = await start();
  next.judgement.timely.backups.now();
  await until('one was kept', async () => (await readBackupState(store)).good !== null);
  await next.stop();
  const { good } = await readBackupState(store);
  expect(files()).toContain(good!.file.split('/').at(-1));
});
