import { z } from 'zod';
import type { Action } from '../domain/action.ts';
import { REMINDER_BUTTON } from '../domain/own-subjects.ts';
import { addNudges } from '../store/nudges.ts';
import { changeProblem, problemsById } from '../store/problems.ts';
import type { Problem } from '../store/problems.ts';
import type { Work } from '../store/writer.ts';
import { teamView } from './team-view.ts';
import type { TeamParts, TeamView } from './team-view.ts';

/** Whose reminder an action is, and of which problems. */
export interface Reminded {
  readonly person: string;
  readonly problems: readonly string[];
}

/** Under this name the ladder remembers that leadership was told. */
export const LEADERSHIP = 'leadership';
/** The last rung. */
export const TOP = 4;

const WithButtons = z.object({
  buttons: z.array(z.object({ id: z.string(), value: z.string().optional() })),
});

/** What the buttons of a reminder carry. */
export function buttonValue({ person, problems }: Reminded): string {
  return `${person}|${problems.join(',')}`;
}

/** The same read back; `null` for what is none. */
export function remindedBy(value: string): Reminded | null {
  const [person = '', ids = ''] = value.split('|');
  const problems = ids.split(',').filter((id) => id !== '');
  return person === '' || problems.length === 0 ? null : { person, problems };
}

/** What an action reminds of; `null` for any other action. */
export function reminderIn(action: Pick<Action, 'purpose' | 'input'>): Reminded | null {
  if (action.purpose !== 'reminder' && action.purpose !== 'escalation') return null;
  const input = WithButtons.safeParse(action.input);
  if (!input.success) return null;
  const button = input.data.buttons.find(({ id }) => id.startsWith(REMINDER_BUTTON));
  return remindedBy(button?.value ?? '');
}

/** A reminder that went out. `day` is the local date of the person who got it. */
interface Sent extends Reminded {
  readonly action: string;
  readonly day: string;
  readonly now: number;
  readonly team: TeamView;
  /** True when leadership was told. */
  readonly toLeadership: boolean;
}

/**
 * Writes down that a reminder went out, and raises its problems by a step, in the transaction that settles the action.
 * The same problem on the same day counts once, so that neither a restart nor a second hand sends it twice.
 */
async function recordNudges(work: Work, sent: Sent): Promise<void> {
  const problems = await problemsById(work.db, sent.problems);
  const fresh = await addNudges(
    work.db,
    problems.map((problem) => ({
      problem: problem.id,
      person: sent.toLeadership ? LEADERSHIP : sent.person,
      item: problem.item,
      reason: problem.reason,
      day: dayKey(problem, sent),
      action: sent.action,
      at: sent.now,
    })),
  );
  for (const problem of problems.filter(({ id }) => fresh.has(id))) {
    const step = sent.toLeadership ? TOP : Math.min(problem.step + 1, TOP - 1);
    const due_at = nextLook(problem, sent);
    await changeProblem(work.db, problem.id, { step, stepped_at: sent.now, due_at });
    const { id, item, reason, person, level } = problem;
    const data = { problem: id, reason, person, level, step, action: sent.action };
    work.journal({ kind: 'problem.reminded', subject: item, cycle: null, data });
  }
}

/** For whoever settles actions: does nothing for an action that is no reminder. */
export function nudgeRecorder(parts: TeamParts) {
  return async (work: Work, action: Action, now: number): Promise<void> => {
    const reminded = reminderIn(action);
    if (reminded === null) return;
    const team = teamView(parts);
    const day = team.timeOf(reminded.person).localDate(now);
    const toLeadership = action.purpose === 'escalation';
    await recordNudges(work, { ...reminded, action: action.id, day, now, team, toLeadership });
  };
}

// What is critical climbs within a day: each of its steps counts once.
function dayKey({ level, step }: Problem, { day }: Sent): string {
  return level === 'critical' ? `${day}#${step + 1}` : day;
}

function nextLook({ level }: Problem, { person, now, team }: Sent): number | null {
  const { ladderCriticalMinutes, ladderWaitDays } = team.constitution.limits;
  if (level === 'critical') return now + ladderCriticalMinutes * 60_000;
  const at = team.timeOf(person).addDays(now, ladderWaitDays);
  return Number.isFinite(at) ? at : null;
}
