import { asFailure } from '../domain/failure.ts';
import type { Queue } from '../domain/queue.ts';
import type { Clock } from '../lib/clock.ts';
import { every } from '../lib/every.ts';
import type { Repeated } from '../lib/every.ts';
import type { Logger } from '../lib/logger.ts';
import { dueActions } from '../store/actions.ts';
import { keepOwnMail } from '../store/own-mail.ts';
import type { Store } from '../store/open.ts';

export interface DeferredParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly queue: Queue;
  readonly log: Logger;
}

const EVERY_MS = 5_000;
const BATCH = 100;

/** Wakes the mailboxes of deferred actions whose time has come: there they are judged again. */
export class Deferred {
  private readonly parts: DeferredParts;
  private readonly looking: Repeated;

  constructor(parts: DeferredParts) {
    this.parts = parts;
    this.looking = every(
      EVERY_MS,
      () => this.look(),
      (error) =>
        parts.log.warn({ kind: asFailure(error).kind }, 'deferred actions were not looked at'),
    );
  }

  start(): void {
    this.looking.start();
  }

  /** Looks now, without waiting for the interval; what fails is logged and found by the next look. */
  lookSoon(): void {
    this.looking.now();
  }

  /** Wakes what is due and resolves with how many actions that were. The same time wakes once. */
  async look(): Promise<number> {
    const { store, clock, queue } = this.parts;
    const now = clock.now();
    const due = await dueActions(store.db, { now, limit: BATCH });
    if (due.length === 0) return 0;
    const mail = due.map(({ id, subject, preview, dueAt }) => ({
      key: `action:${id}:due:${dueAt ?? ''}`,
      kind: 'action.due',
      subject,
      title: `its time has come: ${preview}`.slice(0, 500),
      rule: 'action-due',
    }));
    await store.write(({ db }) => keepOwnMail(db, mail, now));
    for (const { subject } of due) queue.announce(subject, now);
    return due.length;
  }

  async stop(): Promise<void> {
    await this.looking.stop();
  }
}
