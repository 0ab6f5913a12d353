import { ApprovalClock } from './actions/approvals/approval-clock.ts';
import { Deferred } from './agent/deferred.ts';
import { Scheduler } from './agent/scheduler.ts';
import { sweepSpendings } from './agent/spending.ts';
import { TroubleWatch } from './agent/trouble-watch.ts';
import type { TroubleWatchParts } from './agent/trouble-watch.ts';
import type { Config } from './config.ts';
import type { Constitution } from './domain/constitution.ts';
import { asFailure } from './domain/failure.ts';
import type { Queue } from './domain/queue.ts';
import type { Running } from './inbox/standby.ts';
import type { Clock } from './lib/clock.ts';
import { every } from './lib/every.ts';
import type { Repeated } from './lib/every.ts';
import type { Logger } from './lib/logger.ts';
import { backUpWhenDue } from './store/backup/nightly.ts';
import type { Store } from './store/open.ts';
import { applyRetentionToEnd } from './store/retention.ts';
import { VERSION } from './version.ts';

/** What looks by itself at what is due. */
export interface Timely {
  readonly scheduler: Scheduler;
  readonly deferred: Deferred;
  readonly approvals: ApprovalClock;
  /** Closes what dead processes have set aside for calls of a model. */
  readonly purses: Repeated;
  readonly troubles: TroubleWatch;
  /** Takes the backup of the day. */
  readonly backups: Repeated;
  /** Removes what has been kept long enough. */
  readonly retention: Repeated;
}

/** The looks of now, and how they are begun. */
interface TimelyLooks {
  readonly timely: Timely;
  readonly begin: () => Promise<Running>;
}

interface TimelyParts {
  readonly config: Pick<Config, 'backups' | 'retention'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly queue: Queue;
  readonly log: Logger;
  readonly constitution: () => Constitution;
  readonly windowMs: number;
  readonly troubles: TroubleSources;
}

/** Where troubles show that are not in the store. */
type TroubleSources = Omit<TroubleWatchParts, 'store' | 'clock' | 'queue' | 'log' | 'constitution'>;

const APPROVALS_EVERY_MS = 15_000;
const PURSES_EVERY_MS = 300_000;
const BACKUPS_EVERY_MS = 60_000;
const RETENTION_EVERY_MS = 3_600_000;

/** Wires what looks by itself. What was stopped is not begun again: each `begin` makes parts of its own. */
export function timelyOf(parts: TimelyParts): TimelyLooks {
  const { store, clock, queue, log, constitution, windowMs } = parts;
  const make = (): Timely => ({
    scheduler: new Scheduler({
      store,
      clock,
      queue,
      log,
      checkMinutes: () => constitution().urgency.checkMinutes,
      windowMs,
    }),
    deferred: new Deferred({ store, clock, queue, log }),
    troubles: new TroubleWatch({ ...parts, ...parts.troubles }),
    approvals: new ApprovalClock({ store, clock, queue, log, everyMs: APPROVALS_EVERY_MS }),
    purses: every(
      PURSES_EVERY_MS,
      () => sweepSpendings({ store, clock }),
      (error) => log.warn({ kind: asFailure(error).kind }, 'reserved money was not looked at'),
    ),
    ...keeping(parts),
  });
  let timely = make();
  return {
    get timely() {
      return timely;
    },
    begin: (): Promise<Running> => {
      timely = make();
      const { scheduler, deferred, approvals, purses, troubles, backups, retention } = timely;
      const all = [scheduler, deferred, approvals, purses, troubles, backups, retention];
      purses.now();
      for (const one of all) one.start();
      const stop = async (): Promise<void> => {
        await Promise.all(all.map((one) => one.stop()));
      };
      return Promise.resolve({ stop });
    },
  };
}

/** What keeps the store safe and small. */
function keeping({ config, store, log }: TimelyParts): Pick<Timely, 'backups' | 'retention'> {
  return {
    backups: every(
      BACKUPS_EVERY_MS,
      (signal) => backUpWhenDue({ store, log, settings: config.backups, program: VERSION, signal }),
      (error) => log.error({ kind: asFailure(error).kind }, 'the backup of the day failed'),
    ),
    retention: every(
      RETENTION_EVERY_MS,
      (signal) => applyRetentionToEnd(store, config.retention, { signal }),
      (error) => log.warn({ kind: asFailure(error).kind }, 'old bodies were not removed'),
    ),
  };
}
