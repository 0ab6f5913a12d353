import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { canStartPostgres, startPostgresServer } from '../../test/helpers/postgres-server.ts';
import { smallDisk } from '../../test/helpers/small-disk.ts';
import { openForTest } from '../../test/helpers/store.ts';
import { newId } from '../lib/ids.ts';
import { keepDeliveries } from './deliveries.ts';
import type { NewDelivery } from './deliveries.ts';
import { verifyJournal } from './journal.ts';

/** An empty database has 40 MB, and its log at least two files of 16 MB. */
const DATABASE_MB = 160;
const MOST = 200;

const delivery = (name: string): NewDelivery => ({
  ...{ id: newId(1000), source: 'jira', way: 'webhook', deliveryId: name },
  // Bytes that cannot be pressed, so that each takes its room.
  ...{ receivedAt: 1000, headers: '{}', body: randomBytes(256 * 1024) },
});

test.skipIf(!canStartPostgres())(
  'a database without room takes nothing, says so, and has all that it took when there is room again',
  { timeout: 60_000 },
  async ({ skip }) => {
    const disk = smallDisk(DATABASE_MB);
    if (disk === null) return skip();
    const server = await startPostgresServer(disk.folder);
    onTestFinished(() => server.remove());
    const store = await openForTest(`${server.url}/postgres`);
    const taken: string[] = [];
    const take = async (name: string): Promise<void> => {
      await store.keep(({ db }) => keepDeliveries(db, [delivery(name)]));
      taken.push(name);
    };
    await take('before');
    disk.fill();

    const untilFull = async (): Promise<void> => {
      for (let n = 0; n < MOST; n += 1) await take(String(n));
    };
    await expect(untilFull()).rejects.toMatchObject({
      kind: 'store-unavailable',
      message: 'the database has no room left on its disk',
    });
    disk.free();
    // A server that could not write its log has ended by itself.
    await server.crash();
    await server.start();
    // The first try after a break may only be what finds it.
    await take('after').catch(() => take('after'));

    const rows = await store.db.selectFrom('deliveries').select('delivery_id').execute();
    const names = rows.map(({ delivery_id }) => delivery_id);
    expect(names).toEqual(expect.arrayContaining(taken));
    expect(await verifyJournal(store.db)).toMatchObject({ brokenAt: null });
  },
);
