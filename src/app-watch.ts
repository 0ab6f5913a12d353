import { ledgerWatch } from './app-ledger.ts';
import type { Config } from './config.ts';
import type { Connector } from './domain/connector.ts';
import type { ProjectEvent } from './domain/event.ts';
import { Failure } from './domain/failure.ts';
import type { Observer } from './domain/observer.ts';
import type { Queue } from './domain/queue.ts';
import type { Watch } from './http/parts.ts';
import type { Directory } from './inbox/directory.ts';
import { eventJudge } from './inbox/event-judge.ts';
import type { EventJudge } from './inbox/event-judge.ts';
import { GapRepair } from './inbox/gap-repair.ts';
import { Poller } from './inbox/poller.ts';
import type { Receiver } from './inbox/receive.ts';
import { Sockets } from './inbox/sockets.ts';
import type { Running } from './inbox/standby.ts';
import { Upkeeper } from './inbox/upkeep.ts';
import type { OwnAccounts } from './inbox/triage.ts';
import type { Clock } from './lib/clock.ts';
import type { CrashPoint } from './lib/crash.ts';
import { newId } from './lib/ids.ts';
import type { Logger } from './lib/logger.ts';
import type { Store } from './store/open.ts';
import { pollNow } from './store/polls.ts';

/** What is needed to watch the systems beside what they push to our address. */
export interface WatchParts {
  readonly config: Config;
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly crash: CrashPoint;
  readonly log: Logger;
  readonly connectors: readonly Connector[];
  readonly receiver: Receiver;
  readonly judge: EventJudge;
  readonly directory: Directory;
  readonly observer: Observer;
}

/** Everything that watches on its own: polls, lines, the senders' lists of deliveries. */
export interface Watching {
  readonly watch: Watch;
  /** Anew after each `begin`. */
  readonly poller: Poller;
  readonly gaps: GapRepair;
  /** Warns of what push has missed; runs every hour by itself. */
  readonly ledger: { look(): Promise<void> };
  /** Watches from now on, until what it resolves with is stopped. One process at a time need do so. */
  begin(): Promise<Running>;
}

const SEEN_PROJECTS = 500;

/** Keys of the ticket projects that are known: those of the settings, or without them those that were seen. */
export interface KnownProjects {
  readonly known: () => ReadonlySet<string>;
  readonly learn: (events: readonly ProjectEvent[]) => void;
}

/** The projects of the settings; an empty list learns them from the events of the ticket system. */
export function knownProjects(config: Config): KnownProjects {
  const projects = new Set(config.jira.projects);
  const learns = projects.size === 0;
  return {
    known: () => projects,
    learn: (events) => {
      for (const { scope, source } of learns ? events : []) {
        const isNew = source === 'jira' && scope !== null && projects.size < SEEN_PROJECTS;
        if (isNew) projects.add(scope);
      }
    },
  };
}

interface JudgeCore {
  readonly config: Config;
  readonly accounts: OwnAccounts;
  readonly projects: KnownProjects;
}

/** The judge of events, which knows the projects and learns new ones. */
export function judgeOf(
  { config, accounts, projects }: JudgeCore,
  notice: (events: readonly ProjectEvent[]) => void,
): EventJudge {
  const judge = eventJudge({ accounts, bots: new Set(config.bots), projects: projects.known });
  return (connector, events, sighting) => {
    projects.learn(events);
    notice(events);
    return judge(connector, events, sighting);
  };
}

/** What was stopped is not begun again: each time of leading has parts of its own. */
function makeWatchers(parts: WatchParts) {
  const { config, clock, receiver } = parts;
  return {
    poller: new Poller({
      ...parts,
      owner: newId(clock.now()),
      windowMs: config.windowMs,
      since: config.pollSince,
      random: Math.random,
    }),
    gaps: new GapRepair(parts),
    sockets: new Sockets({ ...parts, receiver }),
    upkeeper: new Upkeeper(parts),
    ledger: ledgerWatch(parts),
  };
}

/** Begins all of them or none: what has begun would go on without a lease, and nobody could stop it. */
async function beginAll(watchers: ReturnType<typeof makeWatchers>): Promise<Running> {
  const { sockets, gaps, upkeeper, ledger, poller } = watchers;
  const stop = async (): Promise<void> => {
    ledger.stop();
    await Promise.all([sockets, gaps, upkeeper, poller].map((one) => one.stop()));
  };
  for (const one of [sockets, gaps, upkeeper, ledger]) one.start();
  try {
    await poller.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

/** Wires what watches. Nothing runs before `begin`. */
export function watchingOf(parts: WatchParts): Watching {
  const { config, store, clock, connectors, directory } = parts;
  let watchers = makeWatchers(parts);
  let isLeading = false;
  const polled = connectors.filter(({ poll }) => poll !== undefined).map(({ name }) => name);
  return {
    get poller() {
      return watchers.poller;
    },
    get gaps() {
      return watchers.gaps;
    },
    get ledger() {
      return watchers.ledger;
    },
    watch: {
      missedWarn: config.missedWarn,
      lines: () => watchers.sockets.lines(),
      people: () => directory.people(),
      pollNow: async ({ source, since }) => {
        if (source !== null && !polled.includes(source)) {
          throw new Failure('not-found', `${source} is not polled, only ${polled.join(', ')}`);
        }
        const sources = source === null ? polled : [source];
        const at = { now: clock.now(), ...(since === undefined ? {} : { since }) };
        await store.write(async ({ db }) => {
          for (const name of sources) await pollNow(db, name, at);
        });
        // Elsewhere the process that polls finds them due at its next look.
        for (const name of isLeading ? sources : []) void watchers.poller.pollDue(name);
        return sources;
      },
    },
    begin: async () => {
      watchers = makeWatchers(parts);
      const running = await beginAll(watchers);
      isLeading = true;
      return {
        stop: async () => {
          isLeading = false;
          await running.stop();
        },
      };
    },
  };
}
