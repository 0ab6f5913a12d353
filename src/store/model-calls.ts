import type { Kysely } from 'kysely';
import type { Usage } from '../domain/plan.ts';
import { iso } from '../lib/clock.ts';
import type { Tables } from './tables.ts';

export interface ModelCall {
  readonly at: string;
  readonly model: string;
  /** `ok`, or the kind of the failure. */
  readonly outcome: string;
  readonly usage: Omit<Usage, 'model'>;
  readonly durationMs: number;
}

export interface NewModelCall {
  readonly cycle: string;
  readonly at: number;
  readonly outcome: string;
  readonly usage: Usage;
  readonly durationMs: number;
}

/** Notes what one call of the model used, whatever became of it. */
export async function addModelCall(db: Kysely<Tables>, call: NewModelCall): Promise<void> {
  await db
    .insertInto('model_calls')
    .values({
      cycle: call.cycle,
      at: call.at,
      model: call.usage.model,
      outcome: call.outcome,
      input_tokens: call.usage.inputTokens,
      cache_read_tokens: call.usage.cacheReadTokens,
      cache_write_tokens: call.usage.cacheWriteTokens,
      output_tokens: call.usage.outputTokens,
      cost_usd: call.usage.costUsd,
      duration_ms: call.durationMs,
    })
    .execute();
}

/** The model calls of a cycle in order. */
export async function modelCallsOfCycle(db: Kysely<Tables>, cycle: string): Promise<ModelCall[]> {
  const rows = await db
    .selectFrom('model_calls')
    .selectAll()
    .where('cycle', '=', cycle)
    .orderBy('seq')
    .execute();
  return rows.map((row) => ({
    at: iso(row.at),
    model: row.model,
    outcome: row.outcome,
    usage: {
      inputTokens: row.input_tokens,
      cacheReadTokens: row.cache_read_tokens,
      cacheWriteTokens: row.cache_write_tokens,
      outputTokens: row.output_tokens,
      costUsd: row.cost_usd,
    },
    durationMs: row.duration_ms,
  }));
}

export interface Spend {
  readonly calls: number;
  readonly usd: number;
  readonly todayUsd: number;
}

const DAY_MS = 86_400_000;

/** What the model has cost: ever, and on the day that begins at `dayStart` (epoch milliseconds). */
export async function spend(db: Kysely<Tables>, dayStart: number): Promise<Spend> {
  const all = await db
    .selectFrom('model_totals')
    .select((sum) => [
      sum.fn.sum<number | null>('calls').as('calls'),
      sum.fn.sum<number | null>('usd').as('usd'),
    ])
    .executeTakeFirstOrThrow();
  const today = await db
    .selectFrom('model_calls')
    .select((sum) => sum.fn.sum<number | null>('cost_usd').as('usd'))
    .where('at', '>=', dayStart)
    .where('at', '<', dayStart + DAY_MS)
    .executeTakeFirstOrThrow();
  return { calls: all.calls ?? 0, usd: all.usd ?? 0, todayUsd: today.usd ?? 0 };
}
