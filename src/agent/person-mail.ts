import type { ProjectEvent } from '../domain/event.ts';
import { ownEvent } from '../domain/own-event.ts';
import { personSubject } from '../domain/own-subjects.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import { keepAndWake } from '../inbox/keep-and-wake.ts';
import { iso } from '../lib/clock.ts';
import type { Problem } from '../store/problems.ts';
import type { Work } from '../store/writer.ts';

const SYSTEM = 'pm';
const KIND = 'person';

/** The person of such a mailbox; `null` for any other subject. */
export function personOfSubject(subject: Subject): string | null {
  const { system, kind, id } = subjectParts(subject);
  if (system !== SYSTEM || kind !== KIND) return null;
  try {
    return decodeURIComponent(id);
  } catch {
    return null;
  }
}

/** When it was due, and when its mailbox is. */
export interface Wake {
  readonly due: number;
  readonly now: number;
  /** Others may come due meanwhile and go into the same message. */
  readonly mailboxDue: number;
}

const KEY = /^reminder:(?<problem>[0-9a-f-]{36}):/;

/** The problem that a `reminder.due` is about; `null` for any other event. */
export function problemDue({ kind, key }: Pick<ProjectEvent, 'kind' | 'key'>): string | null {
  return kind === 'reminder.due' ? (KEY.exec(key)?.groups?.['problem'] ?? null) : null;
}

/**
 * Puts word that a problem is due into the mailbox of its person, where all that waits for them comes together. The same
 * due time gives the same event. False when it was there already.
 */
export async function wakePerson(work: Work, problem: Problem, wake: Wake): Promise<boolean> {
  const subject = personSubject(problem.person);
  if (subject === null) return false;
  const event = dueEvent(problem, subject, wake);
  const reason = `${problem.reason} on ${problem.item}, step ${problem.step}`;
  const significance = { wakes: true, rule: 'reminder', reason };
  const seen = { event, significance, way: 'schedule' as const, delivery: null, keptAt: wake.now };
  const { fresh } = await keepAndWake(work, [seen], wake.mailboxDue);
  return fresh.size > 0;
}

function dueEvent(problem: Problem, subject: Subject, { due }: Wake): ProjectEvent {
  return ownEvent({
    key: `reminder:${problem.id}:${problem.step}:${iso(due)}`,
    kind: 'reminder.due',
    subject,
    at: iso(due),
    title: `${problem.reason}: ${problem.item}`,
    confined: true,
    related: [problem.item],
  });
}
