import type { ProjectEvent } from '../domain/event.ts';
import { ownEvent } from '../domain/own-event.ts';
import { asFailure } from '../domain/failure.ts';
import type { UrgencyThresholds } from '../domain/constitution.ts';
import type { Queue } from '../domain/queue.ts';
import { personSubject } from '../domain/own-subjects.ts';

import type { Subject } from '../domain/subject.ts';
import { keepAndWake } from '../inbox/keep-and-wake.ts';
import { iso } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Store } from '../store/open.ts';
import { dueProblems, moveProblemDue } from '../store/problems.ts';
import type { Problem } from '../store/problems.ts';
import { dueSweeps, moveSweep } from '../store/sweeps.ts';
import type { Sweep } from '../store/sweeps.ts';
import type { Work } from '../store/writer.ts';
import { wakePerson } from './person-mail.ts';
import { AGAIN_MS } from './reconcile.ts';

export interface SchedulerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly queue: Queue;
  readonly log: Logger;
  /** Minutes between two looks at a subject, by level; asked each time, since directives change. */
  readonly checkMinutes: () => UrgencyThresholds['checkMinutes'];
  /** What comes due for a person within so long goes into one message. */
  readonly windowMs: number;
}

/** What one look has put into mailboxes. */
export interface Looked {
  readonly sweeps: number;
  readonly reminders: number;
}

const EVERY_MS = 5_000;
const BATCH = 100;
const MINUTE_MS = 60_000;

/**
 * Puts what is due into mailboxes and does nothing else, so that a sweep and a webhook meet in one cycle. Several may
 * run on one store: whoever moves the due time makes the event, and its key is the due time.
 */
export class Scheduler {
  private readonly parts: SchedulerParts;
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<Looked> | null = null;
  private isStopped = false;

  constructor(parts: SchedulerParts) {
    this.parts = parts;
  }

  start(): void {
    void this.tick();
  }

  /** Takes nothing more up and waits for the look under way. */
  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.running?.catch(() => undefined);
  }

  /** Puts all that is due into its mailboxes, a bounded number at a time. Throws a `Failure` when the store is away. */
  async look(): Promise<Looked> {
    const { db } = this.parts.store;
    const now = this.parts.clock.now();
    const sweeps = await dueSweeps(db, now, BATCH);
    const problems = await dueProblems(db, now, BATCH);
    if (sweeps.length + problems.length === 0) return { sweeps: 0, reminders: 0 };
    const made = await this.parts.store.write(async (work) => ({
      sweeps: await this.wakeAll(sweeps, (sweep) => this.sweep(work, sweep, now)),
      reminders: await this.wakeAll(problems, (problem) => this.remind(work, problem, now)),
    }));
    for (const [subject, due] of [...made.sweeps, ...made.reminders]) {
      this.parts.queue.announce(subject, due);
    }
    return { sweeps: made.sweeps.length, reminders: made.reminders.length };
  }

  private async wakeAll<Due>(
    due: readonly Due[],
    wake: (one: Due) => Promise<Woken | null>,
  ): Promise<Woken[]> {
    const woken: Woken[] = [];
    for (const one of due) {
      const made = await wake(one);
      if (made !== null) woken.push(made);
    }
    return woken;
  }

  private async sweep(work: Work, sweep: Sweep, now: number): Promise<Woken | null> {
    const interval = this.parts.checkMinutes()[sweep.level] * MINUTE_MS;
    const { nextAt } = sweep;
    if (nextAt === null || !(await moveSweep(work.db, sweep, now + interval))) return null;
    const event = sweepEvent(sweep.subject, nextAt);
    const significance = { wakes: true, rule: 'sweep', reason: `the level is ${sweep.level}` };
    const seen = { event, significance, way: 'schedule' as const, delivery: null, keptAt: now };
    const { fresh } = await keepAndWake(work, [seen], now);
    return fresh.size === 0 ? null : [sweep.subject, now];
  }

  private async remind(work: Work, problem: Problem, now: number): Promise<Woken | null> {
    const { dueAt: due } = problem;
    if (due === null || !(await moveProblemDue(work.db, problem, now + AGAIN_MS))) return null;
    const wait = problem.level === 'critical' ? 0 : this.parts.windowMs;
    const mailboxDue = now + wait;
    const isNew = await wakePerson(work, problem, { due, now, mailboxDue });
    const subject = personSubject(problem.person);
    return isNew && subject !== null ? [subject, mailboxDue] : null;
  }

  private async tick(): Promise<void> {
    let wait = EVERY_MS;
    try {
      this.running = this.look();
      const { sweeps, reminders } = await this.running;
      if (Math.max(sweeps, reminders) === BATCH) wait = 0;
    } catch (error) {
      // What is due stays due: the next look finds it.
      this.parts.log.warn({ kind: asFailure(error).kind }, 'the scheduler could not look');
    }
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.tick(), wait);
    this.timer.unref();
  }
}

/** Whose mailbox has mail, and when it is due. */
type Woken = readonly [subject: Subject, due: number];

function sweepEvent(subject: Subject, due: number): ProjectEvent {
  return ownEvent({
    key: `sweep:${subject}:${due}`,
    kind: 'sweep.due',
    subject,
    at: iso(due),
    title: `Time to look at ${subject} again`,
  });
}
