import { changeProblem } from '../store/problems.ts';
import type { Problem, ProblemChange } from '../store/problems.ts';
import type { Work } from '../store/writer.ts';
import { handedFrom, handedReason } from './handed-reason.ts';
import { open } from './reconcile.ts';
import type { ReminderAnswer } from './reminder-answer.ts';
import type { TeamView } from './team-view.ts';

/** What a person said to a reminder, when, and about which problems. */
export interface Response {
  readonly problems: readonly Problem[];
  readonly answer: ReminderAnswer;
  /** When they said it, epoch milliseconds: the same word again has the same effect. */
  readonly at: number;
  readonly person: string;
  readonly team: TeamView;
  readonly now: number;
  readonly windowMs: number;
}

/**
 * Holds the ladder, puts the problems off, or hands them to the tech lead, as the person said. Safe to repeat. What was
 * put off stays put off also where it is critical: only the rules of reminding look past it.
 */
export async function respond(work: Work, response: Response): Promise<void> {
  for (const problem of response.problems) {
    const change = changeBy(response);
    if (!(await changeProblem(work.db, problem.id, change))) continue;
    const { id, item, reason, person } = problem;
    const data = { problem: id, reason, person, by: response.person, answer: response.answer.kind };
    work.journal({ kind: 'problem.answered', subject: item, cycle: null, data });
    if (response.answer.kind === 'not-for-me') await handOn(work, problem, response);
  }
}

/** What is written under the reminder: the word was heard, and what follows from it. */
export function stampOf({ answer, at, person, team }: Response): string {
  const { time, name } = { time: team.timeOf(person), name: team.nameOf(person) };
  if (answer.kind === 'on-it') {
    return `Noted: ${name} is on it (${time.localDate(at)}). You hear nothing of it for a business day.`;
  }
  if (answer.kind === 'snooze' && Number.isFinite(answer.until)) {
    return `Snoozed by ${name} until ${time.localDate(answer.until)}.`;
  }
  if (answer.kind === 'snooze') return `Snoozed by ${name}.`;
  const lead = team.techLead;
  if (lead === null || lead.id === person)
    return `Noted: not for ${name}. Nobody else is named to ask.`;
  return `Noted: not for ${name}. ${lead.name} is asked instead.`;
}

function changeBy({ answer, at, person, team }: Response): ProblemChange {
  if (answer.kind === 'snooze') {
    // A calendar without any working time has no next day.
    const until = Number.isFinite(answer.until) ? answer.until : null;
    return { snoozed_until: until, due_at: until };
  }
  if (answer.kind === 'not-for-me') return { declined_at: at, due_at: null };
  const { ladderWaitDays } = team.constitution.limits;
  const until = team.timeOf(person).addDays(at, ladderWaitDays);
  return { acknowledged_at: at, due_at: Number.isFinite(until) ? until : null };
}

async function handOn(work: Work, problem: Problem, response: Response): Promise<void> {
  const lead = response.team.techLead;
  // Whoever was handed a problem and declines it has nobody above who has not heard of it.
  if (lead === null || lead.id === problem.person || handedFrom(problem.reason) !== null) return;
  const { item, reason, person, level, line, url, since } = problem;
  const handed = handedReason({ how: 'declined', reason, owner: person });
  const draft = { item, reason: handed, person: lead.id, level, line, url, since };
  await open(work, { ...draft, dueAt: response.now }, response);
}
