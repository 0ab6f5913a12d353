import type { Kysely, Selectable } from 'kysely';
import { Action } from '../domain/action.ts';
import type { Subject } from '../domain/subject.ts';
import type { NudgesTable } from './tables-judgement.ts';
import type { Tables } from './tables.ts';

/** One reminder that was sent about one problem. `day` is the local date of the person. */
export interface Nudge {
  readonly problem: string;
  readonly person: string;
  readonly item: Subject;
  readonly reason: string;
  readonly day: string;
  readonly action: string;
  readonly at: number;
}

function nudgeOf({ seq: _, ...row }: Selectable<NudgesTable>): Nudge {
  return row;
}

/** Writes down what was sent; the same person, item, reason and day counts once. Gives the problems that were new. */
export async function addNudges(
  db: Kysely<Tables>,
  nudges: readonly Nudge[],
): Promise<ReadonlySet<string>> {
  if (nudges.length === 0) return new Set();
  const rows = await db
    .insertInto('nudges')
    .values([...nudges])
    .onConflict((conflict) => conflict.columns(['person', 'item', 'reason', 'day']).doNothing())
    .returning('problem')
    .execute();
  return new Set(rows.map((row) => row.problem));
}

/** What a person was reminded of since an instant, oldest first. */
export async function nudgesOfPerson(
  db: Kysely<Tables>,
  person: string,
  since: number,
): Promise<Nudge[]> {
  const rows = await db
    .selectFrom('nudges')
    .selectAll()
    .where('person', '=', person)
    .where('at', '>=', since)
    .orderBy('seq')
    .execute();
  return rows.map(nudgeOf);
}

/** A reminder as it was sent, with the action that sent it. */
export interface SentNudge extends Nudge {
  readonly effectId: string | null;
  readonly url: string | null;
  /** The words that were sent. */
  readonly input: Readonly<Record<string, unknown>>;
}

const Input = Action.shape.input;

interface SentRow extends Selectable<NudgesTable> {
  readonly effect_id: string | null;
  readonly effect_url: string | null;
  readonly input: string;
}

function sentOf({ effect_id: effectId, effect_url: url, input, ...row }: SentRow): SentNudge {
  return { ...nudgeOf(row), effectId, url, input: Input.parse(JSON.parse(input)) };
}

function sentQuery(db: Kysely<Tables>) {
  return db
    .selectFrom('nudges')
    .innerJoin('actions', 'actions.id', 'nudges.action')
    .selectAll('nudges')
    .select(['actions.effect_id', 'actions.effect_url', 'actions.input']);
}

/** Every reminder about an item, oldest first: what was tried. */
export async function nudgesOfItem(db: Kysely<Tables>, item: Subject): Promise<SentNudge[]> {
  const rows = await sentQuery(db).where('nudges.item', '=', item).orderBy('nudges.seq').execute();
  return rows.map(sentOf);
}

/** The reminders about these problems, newest first. */
export async function nudgesOfProblems(
  db: Kysely<Tables>,
  problems: readonly string[],
): Promise<SentNudge[]> {
  if (problems.length === 0) return [];
  const query = sentQuery(db).where('nudges.problem', 'in', problems);
  return (await query.orderBy('nudges.seq', 'desc').execute()).map(sentOf);
}

/** What one message reminded of, by the id that its system gave it. */
export async function nudgesOfMessage(db: Kysely<Tables>, effectId: string): Promise<SentNudge[]> {
  const rows = await sentQuery(db).where('actions.effect_id', '=', effectId).execute();
  return rows.map(sentOf);
}

/** What the newest message of a conversation reminded of. `channel` begins the ids of its messages. */
export async function newestNudgesIn(
  db: Kysely<Tables>,
  channel: string,
  since: number,
): Promise<SentNudge[]> {
  const newest = await sentQuery(db)
    .where('actions.effect_id', '>=', `${channel}:`)
    .where('actions.effect_id', '<', `${channel};`)
    .where('nudges.at', '>=', since)
    .orderBy('nudges.seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const message = newest?.effect_id ?? null;
  return message === null ? [] : await nudgesOfMessage(db, message);
}
