import type { Kysely } from 'kysely';
import type { Action } from '../domain/action.ts';
import {
  addTouches,
  channelPlace,
  personPlace,
  subjectPlace,
  systemPlace,
} from '../store/touches.ts';
import type { Touch } from '../store/touches.ts';
import type { Tables } from '../store/tables.ts';
import type { JudgingParts } from './judging.ts';
import { pausedUntil } from './pause.ts';
import type { ReachedPerson } from './policy/policy-case.ts';

/** Why an allowed action is not sent after all. */
export interface Stop {
  readonly rule: 'paused' | 'reminders';
  readonly reason: string;
  readonly until: number;
}

const UNCOUNTED: ReadonlySet<Action['purpose']> = new Set(['answer', 'receipt', 'approval']);

type ReserveParts = Pick<JudgingParts, 'constitution' | 'recipientOf'>;

/**
 * The last look, in the very transaction that makes an action `sending`: is the agent paused, is the person's one
 * message of the day still free. `null` means go, and the places have been written down.
 */
export async function reserve(
  db: Kysely<Tables>,
  parts: ReserveParts,
  given: { readonly action: Action; readonly now: number },
): Promise<Stop | null> {
  const { action, now } = given;
  const paused = await pausedUntil(db, now);
  if (paused !== null) return { rule: 'paused', reason: 'the agent is paused', until: paused };
  if (action.attempts > 0) return null;
  const people = action.reaches === null ? [] : parts.recipientOf(action.reaches).people;
  if (await addTouches(db, touchesOf(parts, given, people))) return null;
  const until = Math.max(...people.map(({ hours }) => hours.nextDayOpening(now)));
  return { rule: 'reminders', reason: 'another message reached this person today', until };
}

function touchesOf(
  parts: ReserveParts,
  given: { readonly action: Action; readonly now: number },
  people: readonly ReachedPerson[],
): Touch[] {
  const { action, now } = given;
  const { reaches } = action;
  const places = [subjectPlace(action.subject), systemPlace(action.operation.split('.')[0] ?? '')];
  if (reaches?.audience === 'channel' && reaches.id !== null) {
    places.push(channelPlace(reaches.system, reaches.id));
  }
  const touch = { purpose: action.purpose, action: action.id, at: now };
  return [
    ...places.map((place): Touch => ({ ...touch, place, slot: null })),
    ...people.map((one): Touch => ({
      ...touch,
      place: personPlace(one.person),
      slot: isOneADay(parts, action) ? `reminder:${one.person}:${one.hours.localDate(now)}` : null,
    })),
  ];
}

/**
 * With one message a day the slot is the person's day, and the store holds it for one action alone, whoever else judged
 * at the same moment. Higher limits rest on the count of the policy; critical words have no limit.
 */
function isOneADay(parts: ReserveParts, action: Action): boolean {
  if (UNCOUNTED.has(action.purpose) || action.reaches?.audience !== 'person') return false;
  if (action.verdict?.numbers?.['level'] === 'critical') return false;
  return parts.constitution().limits.remindersPerPersonAndDay === 1;
}
