import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { columnsOf, isPostgres } from '../dialect-columns.ts';

const COUNTED = ['deliveries', 'events', 'cycles', 'actions'] as const;

/** What is asked again and again costs the same however long the history is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await addTallies(db);
  await db.schema.createIndex('gaps_at').on('gaps').column('at').execute();
  await db.schema
    .createIndex('spendings_open')
    .on('spendings')
    .column('at')
    .where('settled_usd' as never, 'is', null as never)
    .execute();
  await db.schema
    .createIndex('standing_grants_operation')
    .on('standing_grants')
    .columns(['operation', 'until'])
    .execute();
}

/**
 * How many rows stand in each state, kept by the database itself: counting a million rows for each look at the metrics
 * would stop everything else for a second.
 */
async function addTallies(db: Kysely<unknown>): Promise<void> {
  const { big } = columnsOf(db);
  await db.schema
    .createTable('tallies')
    .addColumn('place', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('total', big, (c) => c.notNull())
    .addPrimaryKeyConstraint('tallies_identity', ['place', 'state'])
    .execute();
  if (isPostgres(db)) await sql.raw(POSTGRES_FUNCTION).execute(db);
  for (const table of COUNTED) {
    await sql
      .raw(
        `insert into tallies select '${table}', state, count(*) from ${table} where true group by state`,
      )
      .execute(db);
    const triggers = isPostgres(db) ? postgresTriggers(table) : sqliteTriggers(table);
    // On one line, so that a schema can be told apart into statements.
    for (const text of triggers) await sql.raw(text.replaceAll(/\s+/g, ' ')).execute(db);
  }
}

// Without a conflict clause: inside a trigger that of the statement outside would count.
function sqliteTriggers(table: string): string[] {
  const add = `insert into tallies select '${table}', new.state, 0
      where not exists (select 1 from tallies where place = '${table}' and state = new.state);
    update tallies set total = total + 1 where place = '${table}' and state = new.state;`;
  const remove = `update tallies set total = total - 1 where place = '${table}' and state = old.state;`;
  return [
    `create trigger ${table}_added after insert on ${table} begin
    ${add}
  end`,
    `create trigger ${table}_moved after update of state on ${table} when old.state <> new.state begin
    ${remove}
    ${add}
  end`,
    `create trigger ${table}_removed after delete on ${table} begin
    ${remove}
  end`,
  ];
}

// Once for each statement: a counter that is changed row by row would leave as many dead versions of itself behind.
const POSTGRES_FUNCTION = `
create function tally() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tallies as kept select tg_table_name, state, count(*) from added group by state
      on conflict (place, state) do update set total = kept.total + excluded.total;
  elsif tg_op = 'DELETE' then
    insert into tallies as kept select tg_table_name, state, -count(*) from removed group by state
      on conflict (place, state) do update set total = kept.total + excluded.total;
  else
    insert into tallies as kept
      select tg_table_name, state, sum(step) from (
        select state, 1 as step from added union all select state, -1 from removed
      ) as moved group by state having sum(step) <> 0
      on conflict (place, state) do update set total = kept.total + excluded.total;
  end if;
  return null;
end $$`;

function postgresTriggers(table: string): string[] {
  const each = 'for each statement execute function tally()';
  return [
    `create trigger ${table}_added after insert on ${table} referencing new table as added ${each}`,
    `create trigger ${table}_removed after delete on ${table} referencing old table as removed ${each}`,
    `create trigger ${table}_moved after update on ${table}
      referencing new table as added old table as removed ${each}`,
  ];
}
