import { asFailure } from '../../domain/failure.ts';
import { approvalSubject } from '../../domain/own-subjects.ts';
import type { Queue } from '../../domain/queue.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { dueApprovals, findApproval, lockApproval } from '../../store/approvals.ts';
import type { Store } from '../../store/open.ts';
import type { Work } from '../../store/writer.ts';
import { expireApproval } from './end-approval.ts';

/** What the clock of approvals needs. */
export interface ApprovalClockParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly queue: Queue;
  readonly log: Logger;
  /** How often it looks. */
  readonly everyMs: number;
}

const AT_ONCE = 100;

/** Ends questions that nobody answered in time. */
export class ApprovalClock {
  private readonly parts: ApprovalClockParts;
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<unknown> = Promise.resolve();

  constructor(parts: ApprovalClockParts) {
    this.parts = parts;
  }

  /** Looks now and then; does not keep the program alive. */
  start(): void {
    this.timer ??= setInterval(() => void this.look(), this.parts.everyMs).unref();
  }

  /** Looks no more, and resolves when a look under way has ended. */
  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  /** Ends all that is due now and resolves with how many there were. Throws when the store is away. */
  async expireDue(): Promise<number> {
    const { store, clock, queue } = this.parts;
    let ended = 0;
    for (;;) {
      const now = clock.now();
      const due = await dueApprovals(store.db, now, AT_ONCE);
      for (const id of due) {
        await store.write((work) => expireIfDue(work, id, now));
        queue.announce(approvalSubject(id), now);
      }
      ended += due.length;
      if (due.length < AT_ONCE) return ended;
    }
  }

  private async look(): Promise<void> {
    const looking = this.expireDue().catch((error: unknown) => {
      this.parts.log.error({ kind: asFailure(error).kind }, 'approvals could not be ended');
    });
    this.running = looking;
    await looking;
  }
}

async function expireIfDue(work: Work, id: string, now: number): Promise<void> {
  if (!(await lockApproval(work.db, id))) return;
  const approval = await findApproval(work.db, id);
  if (approval?.state === 'open') await expireApproval(work, approval, now);
}
