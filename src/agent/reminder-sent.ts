import type { Kysely } from 'kysely';
import type { Action } from '../domain/action.ts';
import { actionsOfSubject } from '../store/actions.ts';
import type { Problem } from '../store/problems.ts';
import type { Tables } from '../store/tables.ts';
import { personSubject } from '../domain/own-subjects.ts';
import { reminderIn } from './record-nudges.ts';
import type { PersonLook } from './reminder-cases.ts';
import type { ProblemVerdict } from './reminder-judge.ts';

const MOST = 50;
/** On its way, or with a person who may still say yes: a second one would be one too many. */
const OPEN: ReadonlySet<Action['state']> = new Set(['proposed', 'held', 'sending', 'unknown']);
/** Never left, so there may be another. A deferred reminder is decided anew, not sent as it was. */
const NEVER_LEFT: ReadonlySet<Action['state']> = new Set(['failed', 'deferred', 'suppressed']);

interface Planned {
  readonly problem: Problem;
  readonly level: Problem['level'];
  readonly verdict: ProblemVerdict;
}

/** Holds back what an earlier message says already: one of today, one that waits for a person's word. */
export async function sentLately(
  db: Kysely<Tables>,
  { person, team, now }: Pick<PersonLook, 'person' | 'team' | 'now'>,
): Promise<(planned: Planned) => ProblemVerdict | null> {
  const subject = personSubject(person);
  const actions = subject === null ? [] : await actionsOfSubject(db, subject, MOST);
  const time = team.timeOf(person);
  const today = time.localDate(now);
  const reminders = actions.filter(({ purpose }) => purpose === 'reminder');
  const isOpen = reminders.some(({ state }) => OPEN.has(state));
  const left = reminders.filter(({ state }) => !NEVER_LEFT.has(state));
  const ofToday = left.filter(({ createdAt }) => time.localDate(Date.parse(createdAt)) === today);
  const isFull = ofToday.length >= team.constitution.limits.remindersPerPersonAndDay;
  const upwards = actions.filter(
    ({ purpose, state }) => purpose === 'escalation' && !NEVER_LEFT.has(state),
  );
  const asked = new Set(upwards.flatMap((action) => reminderIn(action)?.problems ?? []));
  return ({ problem, level, verdict }) => {
    const until = time.nextDayOpening(now);
    const hold = { kind: 'hold', until, numbers: {} } as const;
    if (verdict.kind === 'leadership' && asked.has(problem.id)) {
      return { ...hold, rule: 'ladder', reason: 'leadership_was_asked', until: null };
    }
    if (verdict.kind !== 'send') return null;
    if (isOpen) return { ...hold, rule: 'reminders', reason: 'on_its_way' };
    if (isFull && level !== 'critical') return { ...hold, rule: 'reminders', reason: 'budget' };
    return null;
  };
}
