import { cycleOf } from './app-cycle.ts';
import { judgementOf } from './app-judgement.ts';
import type { Judgement } from './app-judgement.ts';
import type { DiskWatch } from './app-disk.ts';
import { isAlone, leadingOf } from './app-leading.ts';
import type { Leading } from './app-leading.ts';
import { judgeOf, watchingOf } from './app-watch.ts';
import type { KnownProjects, Watching } from './app-watch.ts';
import type { Config } from './config.ts';
import type { Connector, Operation } from './domain/connector.ts';
import type { Observer } from './domain/observer.ts';
import type { ProgramPart } from './domain/program-part.ts';
import type { Queue } from './domain/queue.ts';
import type { Directory } from './inbox/directory.ts';
import { Reader } from './inbox/reader.ts';
import { Receiver } from './inbox/receive.ts';
import type { Running } from './inbox/standby.ts';
import { Worker } from './inbox/worker.ts';
import type { Clock } from './lib/clock.ts';
import { crashAt, neverCrash } from './lib/crash.ts';
import type { CrashPoint } from './lib/crash.ts';
import { newId } from './lib/ids.ts';
import type { Logger } from './lib/logger.ts';
import type { Store } from './store/open.ts';

/** What everything is wired from. */
export interface Core {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  readonly connectors: readonly Connector[];
  readonly operations: ReadonlyMap<string, Operation>;
  readonly accounts: Map<string, readonly string[]>;
  readonly byName: ReadonlyMap<string, Connector>;
  readonly directory: Directory;
  readonly projects: KnownProjects;
  readonly observer: Observer;
  readonly disk: DiskWatch;
}

/** The way from a delivery to a cycle, as far as this process runs it. */
export interface Inbox {
  readonly receiver: Receiver;
  readonly reader: Reader;
  /** Null where this process works no mailboxes. */
  readonly worker: Worker | null;
  readonly watching: Watching;
  readonly judgement: Judgement;
  /** What one process at a time runs, of the parts of this one. */
  readonly leading: readonly Leading[];
}

const LEASE_MS = 10_000;
const MAX_ATTEMPTS = 5;
// A wake-up that was lost may cost five seconds.
const SWEEP_MS = 4_000;
// Where several processes receive, the one that reads looks this often at what the others have kept.
const READ_MS = 250;

/** Wires the way from a delivery to a cycle. What leads or works is begun by whoever calls. */
export function inboxOf(core: Core, queue: Queue): Inbox {
  const { config, log, clock, store, byName, accounts, directory } = core;
  const crash = config.crashAt ? crashAt(config.crashAt.label, config.crashAt.hits) : neverCrash;
  const judge = judgeOf({ config, accounts, projects: core.projects }, (events) =>
    directory.notice(events),
  );
  const judgement = judgementOf({ ...core, queue, projects: core.projects.known });
  const receiver = new Receiver({
    keep: store.keep,
    clock,
    crash,
    observer: core.observer,
    // Where another process reads, it looks for itself.
    kept: () => {
      if (reading.leads) reader.wake();
    },
    failed: (error) => log.error({ err: error }, 'deliveries could not be kept'),
  });
  const pressed = () => receiver.pressed();
  const reader = new Reader({
    store,
    queue,
    clock,
    crash,
    log,
    observer: core.observer,
    connectors: byName,
    judge,
    windowMs: config.windowMs,
    pressed,
  });
  const owner = newId(clock.now());
  const watching = watchingOf({ ...core, queue, crash, receiver, judge });
  const lead = leadingOf({ ...core, owner });
  const reading = lead('reader', () => Promise.resolve(readOn(reader, config)));
  const polling = lead('poller', () => watching.begin());
  const scheduling = lead('scheduler', () => judgement.begin());
  const runs = (...parts: ProgramPart[]) => parts.some((part) => config.parts.includes(part));
  const leading = [
    ...(runs('gateway', 'poller') ? [reading] : []),
    ...(runs('poller') ? [polling] : []),
    ...(runs('scheduler') ? [scheduling] : []),
  ];
  const worker = runs('worker')
    ? workerOf(core, { queue, crash, judgement, owner, pressed })
    : null;
  return { receiver, reader, worker, watching, judgement, leading };
}

interface Working {
  readonly queue: Queue;
  readonly crash: CrashPoint;
  readonly judgement: Judgement;
  readonly owner: string;
  readonly pressed: () => boolean;
}

function workerOf(core: Core, given: Working): Worker {
  const runCycle = cycleOf({ ...core, ...given, leaseMs: LEASE_MS });
  return new Worker({
    ...core,
    ...given,
    runCycle: (claim, signal) => {
      // Read by another process, they have taught this one nothing yet.
      core.projects.learn(claim.events);
      return runCycle(claim, signal);
    },
    mode: core.config.mode,
    leaseMs: LEASE_MS,
    concurrency: core.config.workerConcurrency,
    maxAttempts: MAX_ATTEMPTS,
    sweepMs: SWEEP_MS,
  });
}

/** Reads what is kept, and where others keep deliveries too, looks for theirs. */
function readOn(reader: Reader, config: Config): Running {
  reader.wake();
  const timer = isAlone(config) ? undefined : setInterval(() => reader.wake(), READ_MS).unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await reader.rest();
    },
  };
}
