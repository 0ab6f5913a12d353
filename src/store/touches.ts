import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Action } from '../domain/action.ts';
import type { Subject } from '../domain/subject.ts';
import type { Tables } from './tables.ts';

/** Who or what hears from us: `person:<id>`, `channel:<system>:<id>`, `subject:<subject>`, `system:<name>`. */
export type Place = string;

export const personPlace = (person: string): Place => `person:${person}`;
export const channelPlace = (system: string, id: string): Place => `channel:${system}:${id}`;
export const subjectPlace = (subject: Subject): Place => `subject:${subject}`;
export const systemPlace = (system: string): Place => `system:${system}`;

export interface Touch {
  readonly place: Place;
  readonly purpose: string;
  readonly action: string;
  readonly at: number;
  /** Unique in the whole ledger, e.g. one message of the day to a person; `null` where there may be many. */
  readonly slot: string | null;
}

/**
 * Writes down that these places hear from us. False when a slot is taken by another action: nothing is written then, and
 * whoever asked must not send.
 */
export async function addTouches(db: Kysely<Tables>, touches: readonly Touch[]): Promise<boolean> {
  const slots = touches.flatMap(({ slot }) => (slot === null ? [] : [slot]));
  const [first] = touches;
  if (first === undefined) return true;
  if (slots.length > 0) {
    const taken = await db
      .selectFrom('touches')
      .select('action')
      .where('slot', 'in', slots)
      .where('action', '!=', first.action)
      .limit(1)
      .executeTakeFirst();
    if (taken !== undefined) return false;
  }
  await db
    .insertInto('touches')
    .values([...touches])
    .onConflict((on) => on.doNothing())
    .execute();
  if (slots.length === 0) return true;
  // Two processes may have looked at once: whoever has the slot may send.
  const held = await db
    .selectFrom('touches')
    .select((count) => count.fn.countAll<number>().as('total'))
    .where('slot', 'in', slots)
    .where('action', '=', first.action)
    .executeTakeFirstOrThrow();
  return held.total === slots.length;
}

/** How often a place heard from us since an instant. */
export async function touchesSince(
  db: Kysely<Tables>,
  place: Place,
  since: number,
): Promise<number> {
  return await countOf(touchesOf(db, place, since));
}

/** How often a person was written to on our own account since an instant. */
export async function unaskedSince(
  db: Kysely<Tables>,
  place: Place,
  since: number,
): Promise<number> {
  const all = touchesOf(db, place, since);
  return await countOf(all.where('purpose', 'not in', ['answer', 'receipt', 'approval']));
}

function touchesOf(db: Kysely<Tables>, place: Place, since: number) {
  return db.selectFrom('touches').where('place', '=', place).where('at', '>=', since);
}

async function countOf(rows: ReturnType<typeof touchesOf>): Promise<number> {
  const { total } = await rows
    .select((count) => count.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return total;
}

/** When a person last said or did something on one of these subjects, as we came to know it; 0 for never. */
export async function lastHumanEvent(
  db: Kysely<Tables>,
  subjects: readonly Subject[],
): Promise<number> {
  const row = await db
    .selectFrom('events')
    .select((max) => max.fn.max('kept_at').as('at'))
    .where('subject', 'in', subjects)
    .where('actor_kind', '=', 'person')
    .executeTakeFirst();
  return row?.at ?? 0;
}

const SPOKEN: readonly Action['state'][] = ['sending', 'done', 'unknown'];

/** How many of our actions on these subjects were sent after an instant. */
export async function ownSince(
  db: Kysely<Tables>,
  subjects: readonly Subject[],
  since: number,
): Promise<number> {
  const row = await db
    .selectFrom('actions')
    .select((count) => count.fn.countAll<number>().as('total'))
    .where('subject', 'in', subjects)
    .where('state', 'in', SPOKEN)
    .where(sql<number>`coalesce(sent_at, 0)`, '>', since)
    .executeTakeFirstOrThrow();
  return row.total;
}

/** How many questions were put to people about a subject since an instant. */
export async function approvalsSince(
  db: Kysely<Tables>,
  subject: Subject,
  since: number,
): Promise<number> {
  const row = await db
    .selectFrom('approvals')
    .select((count) => count.fn.countAll<number>().as('total'))
    .where('subject', '=', subject)
    .where('asked_at', '>=', since)
    .executeTakeFirstOrThrow();
  return row.total;
}
