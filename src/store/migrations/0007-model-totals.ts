import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { columnsOf, isPostgres } from '../dialect-columns.ts';

/**
 * What the calls of each model have cost together, kept by the database itself as the tallies are: adding up every call
 * for each look at the metrics would cost more from day to day.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { big } = columnsOf(db);
  await db.schema
    .createTable('model_totals')
    .addColumn('model', 'text', (c) => c.primaryKey())
    .addColumn('calls', big, (c) => c.notNull())
    .addColumn('usd', 'double precision', (c) => c.notNull())
    .execute();
  await sql`insert into model_totals
    select model, count(*), coalesce(sum(cost_usd), 0) from model_calls group by model`.execute(db);
  if (isPostgres(db)) await sql.raw(POSTGRES_FUNCTION).execute(db);
  const trigger = isPostgres(db) ? POSTGRES_TRIGGER : SQLITE_TRIGGER;
  // On one line, so that a schema can be told apart into statements.
  await sql.raw(trigger.replaceAll(/\s+/g, ' ')).execute(db);
}

// Without a conflict clause: inside a trigger that of the statement outside would count.
const SQLITE_TRIGGER = `create trigger model_calls_added after insert on model_calls begin
    insert into model_totals select new.model, 0, 0
      where not exists (select 1 from model_totals where model = new.model);
    update model_totals set calls = calls + 1, usd = usd + coalesce(new.cost_usd, 0)
      where model = new.model;
  end`;

const POSTGRES_FUNCTION = `
create function total_model_calls() returns trigger language plpgsql as $$
begin
  insert into model_totals as kept
    select model, count(*), coalesce(sum(cost_usd), 0) from added group by model
    on conflict (model) do update
      set calls = kept.calls + excluded.calls, usd = kept.usd + excluded.usd;
  return null;
end $$`;

const POSTGRES_TRIGGER = `create trigger model_calls_added after insert on model_calls
    referencing new table as added for each statement execute function total_model_calls()`;
