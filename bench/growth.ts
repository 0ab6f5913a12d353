import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startAgent } from './agent.ts';
import { load, median, sleep } from './processes.ts';
import type { Row } from './rows.ts';
import { say, whole } from './rows.ts';

const BASE = 1_000;
const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const MEASURED = 1_000;
const ROUNDS = 3;

/** What makes a copied row another row; every other column stays. `k` counts the copies. */
const COPIED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  deliveries: { seq: 'seq + k * :n', id: "id || '-' || k", delivery_id: "delivery_id || '-' || k" },
  delivery_bodies: { seq: 'seq + k * :n', body: 'substr(body, 1, 200)' },
  events: {
    seq: 'seq + k * :n',
    id: "id || '-' || k",
    key: "key || '-' || k",
    subject: "subject || '-' || k",
    delivery: "delivery || '-' || k",
    cycle: "cycle || '-' || k",
  },
  event_bodies: { seq: 'seq + k * :n', body: 'substr(body, 1, 200)' },
  sightings: { seq: 'seq + k * :n', event_key: "event_key || '-' || k" },
  mailboxes: { subject: "subject || '-' || k", cycle: "cycle || '-' || k" },
  cycles: {
    id: "id || '-' || k",
    subject: "subject || '-' || k",
    context: 'substr(context, 1, 200)',
  },
  journal: {
    seq: 'seq + k * (select top from journal_top)',
    subject: "subject || '-' || k",
    cycle: "cycle || '-' || k",
  },
};

/**
 * Makes a store of `BASE` finished events into one of `events`, by copying their rows under other names. The chain of
 * the journal does not hold afterwards; nothing that is measured reads it.
 */
function grow(file: string, events: number): void {
  const store = new DatabaseSync(file);
  store.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -400000');
  store.exec('create temp table journal_top as select max(seq) as top from journal');
  const copies = events / BASE - 1;
  for (const [table, changed] of Object.entries(COPIED)) {
    const names = store
      .prepare(`select name from pragma_table_info('${table}')`)
      .all()
      .map((row) => String(row['name']));
    const values = names.map((name) => changed[name] ?? name).join(', ');
    const text = `insert into ${table} (${names.join(', ')})
      with recursive copies(k) as (select 1 union all select k + 1 from copies where k < ${copies})
      select ${values} from copies, (select * from ${table})`;
    store.exec(text.replaceAll(':n', String(BASE * 2)));
  }
  store.exec('pragma journal_mode = wal');
  store.close();
}

/** A thousand events through the whole program, to have real rows of every table. */
async function baseStore(file: string): Promise<void> {
  const agent = await startAgent({ DATABASE_URL: `sqlite:${file}`, PM_AGENT_WINDOW_MS: '0' });
  await load({ port: agent.port, count: BASE });
  while ((await agent.finishedCycles()) < BASE) await sleep(50);
  await agent.close();
}

/** Whether nothing waits, asked by indexes that hold only what waits: looking must not cost the program anything. */
function watching(file: string): { readonly atRest: () => boolean; readonly close: () => void } {
  const store = new DatabaseSync(file, { readOnly: true });
  const open = store.prepare(`select
    exists (select 1 from deliveries where state = 'kept') or
    exists (select 1 from events where state = 'waiting') or
    exists (select 1 from mailboxes where due_at is not null) as open`);
  return { atRest: () => open.get()?.['open'] === 0, close: () => store.close() };
}

/** Milliseconds from the first of so many webhooks to the last finished cycle, per event. */
async function costPerEvent(file: string, stored: number): Promise<number> {
  const agent = await startAgent({ DATABASE_URL: `sqlite:${file}`, PM_AGENT_WINDOW_MS: '0' });
  const store = watching(file);
  const begin = performance.now();
  await load({ port: agent.port, count: MEASURED, first: stored + 10_000_000 });
  while (!store.atRest()) await sleep(10);
  const each = (performance.now() - begin) / MEASURED;
  store.close();
  await agent.close();
  return each;
}

/** What an event costs when so many were stored before: it must not depend on them. */
export async function growth(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-growth-'));
  const base = join(folder, 'base.db');
  await baseStore(base);
  const rows: Row[] = [];
  let first = 0;
  for (const size of SIZES) {
    say(`an event beside ${whole(size)} stored ones`);
    const file = join(folder, `store-${size}.db`);
    copyFileSync(base, file);
    if (size > BASE) grow(file, size);
    const megabytes = statSync(file).size / 1e6;
    const costs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      costs.push(await costPerEvent(file, size + round * MEASURED));
    }
    const cost = median(costs);
    first ||= cost;
    const ratio = (cost / first).toFixed(2);
    rows.push([
      `an event beside ${whole(size)} stored ones`,
      `${cost.toFixed(2)} ms`,
      `${ratio} of the first; file of ${whole(megabytes)} MB`,
    ]);
    for (const tail of ['', '-wal', '-shm']) rmSync(`${file}${tail}`, { force: true });
  }
  rmSync(folder, { recursive: true, force: true });
  return rows;
}
