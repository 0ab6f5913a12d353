import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { commentEvent, newEvent } from '../../test/helpers/events.ts';
import { postgresAnswers, temporaryPostgres } from '../../test/helpers/postgres.ts';
import { temporaryStore } from '../../test/helpers/store.ts';
import { newId } from '../lib/ids.ts';
import { findDelivery, keepDeliveries } from './deliveries.ts';
import { keepEvents, listEvents } from './events.ts';
import { verifyJournal } from './journal.ts';
import { claimMailboxes, wakeMailboxes } from './mailboxes.ts';
import { moveStore } from './move-store.ts';
import { readNote, writeNote } from './notes.ts';
import type { Store } from './open.ts';

const BODY = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** A file in which something has happened; resolves with the id of its first delivery. */
async function live(store: Store, many = 1200): Promise<string> {
  const deliveries = Array.from({ length: 60 }, (_, n) => ({
    id: newId(1000 + n),
    source: 'jira',
    way: 'webhook' as const,
    deliveryId: String(n),
    receivedAt: 1000,
    headers: '{}',
    body: BODY,
  }));
  await store.write(async ({ db, journal }) => {
    await keepDeliveries(db, deliveries);
    const events = Array.from({ length: many }, (_, n) => newEvent(commentEvent(String(n)), n));
    for (let at = 0; at < many; at += 200) await keepEvents(db, events.slice(at, at + 200));
    await wakeMailboxes(db, ['jira:issue:ECD-12'], 0);
    await writeNote(db, 'odd', 'a\0b');
    for (let n = 0; n < 30; n += 1) {
      journal({ kind: 'test.line', subject: null, cycle: null, data: { n } });
    }
  });
  return deliveries[0]!.id;
}

describe.skipIf(!(await postgresAnswers()))('moving a store into a database', () => {
  test('brings every row, and the program goes on there where it stood', async () => {
    const [file, database] = [await temporaryStore(), await temporaryPostgres()];
    const first = await live(file);

    const moved = await moveStore(file, database);

    expect(moved).toMatchObject({
      kind: 'moved',
      entries: 30,
      rows: { deliveries: 60, delivery_bodies: 60, events: 1200, event_bodies: 1200, journal: 30 },
      head: (await verifyJournal(file.db)).head,
    });
    expect(new Uint8Array((await findDelivery(database.db, first))!.body)).toEqual(BODY);
    expect(await readNote(database.db, 'odd')).toBe('a\0b');
    const page = { limit: 200 };
    expect(await listEvents(database.db, page)).toEqual(await listEvents(file.db, page));
    const request = { owner: 'w', now: 5, leaseMs: 5, mode: 'simulation', limit: 5 };
    const [claim] = await database.write(async ({ db, journal }) => {
      await keepEvents(db, [newEvent(commentEvent('new'), 5)]);
      journal({ kind: 'test.after', subject: null, cycle: null, data: {} });
      return await claimMailboxes(db, request);
    });
    expect(claim!.events).toHaveLength(1201);
    expect(await verifyJournal(database.db)).toMatchObject({ entries: 31, brokenAt: null });
  });

  test('once more is known, also after the program went on there', async () => {
    const [file, database] = [await temporaryStore(), await temporaryPostgres()];
    await live(file, 10);
    await moveStore(file, database);
    await database.write(({ journal }) => {
      journal({ kind: 'test.after', subject: null, cycle: null, data: {} });
      return Promise.resolve();
    });

    expect(await moveStore(file, database)).toMatchObject({ kind: 'known', entries: 31 });
  });

  test('that fails in the middle leaves nothing, and can be run again', async () => {
    const [file, database] = [await temporaryStore(), await temporaryPostgres()];
    await live(file, 10);
    // Tables go by name: most are copied when this one refuses.
    await sql`alter table sightings add constraint no_more check (event_key = 'x')`.execute(
      database.db,
    );

    await expect(moveStore(file, database)).rejects.toMatchObject({
      constraint: 'no_more',
    });

    expect((await listEvents(database.db, { limit: 1 })).total).toBe(0);
    await sql`alter table sightings drop constraint no_more`.execute(database.db);
    expect(await moveStore(file, database)).toMatchObject({ kind: 'moved', entries: 30 });
  });

  test('refuses a database that holds something else', async () => {
    const [file, database] = [await temporaryStore(), await temporaryPostgres()];
    await live(file, 10);
    await database.write(({ db }) => writeNote(db, 'mode', 'production'));

    await expect(moveStore(file, database)).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('refuses a file whose journal does not hold', async () => {
    const [file, database] = [await temporaryStore(), await temporaryPostgres()];
    await live(file, 10);
    await sql`update journal set data = '{}' where seq = 3`.execute(file.db);

    await expect(moveStore(file, database)).rejects.toMatchObject({ kind: 'internal' });
    expect((await listEvents(database.db, { limit: 1 })).total).toBe(0);
  });
});
