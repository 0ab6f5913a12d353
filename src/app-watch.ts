import { ledgerWatch } from './app-ledger.ts';
import type { Config } from './config.ts';
import type { Connector } from './domain/connector.ts';
import type { ProjectEvent } from './domain/event.ts';
import { Failure } from './domain/failure.ts';
import type { Queue } from './domain/queue.ts';
import type { Watch } from './http/parts.ts';
import type { Directory } from './inbox/directory.ts';
import { eventJudge } from './inbox/event-judge.ts';
import type { EventJudge } from './inbox/event-judge.ts';
import { GapRepair } from './inbox/gap-repair.ts';
import { Poller } from './inbox/poller.ts';
import type { Receiver } from './inbox/receive.ts';
import { Sockets } from './inbox/sockets.ts';
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
}

/** Everything that watches on its own: polls, lines, the senders' lists of deliveries. */
export interface Watching {
  readonly watch: Watch;
  readonly poller: Poller;
  readonly gaps: GapRepair;
  /** Warns of what push has missed; runs every hour by itself. */
  readonly ledger: { look(): Promise<void> };
  start(): Promise<void>;
  stop(): Promise<void>;
}

const SEEN_PROJECTS = 500;

/** The judge of events, which knows the projects of the settings, or without them those that were seen. */
export function judgeOf(
  config: Config,
  accounts: OwnAccounts,
  notice: (events: readonly ProjectEvent[]) => void,
): EventJudge {
  const projects = new Set(config.jira.projects);
  const learns = projects.size === 0;
  const judge = eventJudge({ accounts, bots: new Set(config.bots), projects: () => projects });
  return (connector, events, sighting) => {
    const scopes = learns && connector.name === 'jira' ? events.map((event) => event.scope) : [];
    for (const scope of scopes) {
      if (scope !== null && projects.size < SEEN_PROJECTS) projects.add(scope);
    }
    notice(events);
    return judge(connector, events, sighting);
  };
}

/** Wires what watches. Nothing runs before `start`. */
export function watchingOf(parts: WatchParts): Watching {
  const { config, store, clock, connectors, receiver, directory } = parts;
  const poller = new Poller({
    ...parts,
    owner: newId(clock.now()),
    windowMs: config.windowMs,
    since: config.pollSince,
    random: Math.random,
  });
  const gaps = new GapRepair(parts);
  const sockets = new Sockets({ ...parts, receiver });
  const upkeeper = new Upkeeper(parts);
  const ledger = ledgerWatch(parts);
  const polled = connectors.filter(({ poll }) => poll !== undefined).map(({ name }) => name);
  return {
    poller,
    gaps,
    ledger,
    watch: {
      missedWarn: config.missedWarn,
      lines: () => sockets.lines(),
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
        for (const name of sources) void poller.pollDue(name);
        return sources;
      },
    },
    start: async () => {
      await directory.load();
      sockets.start();
      gaps.start();
      upkeeper.start();
      ledger.start();
      await poller.start();
    },
    stop: async () => {
      ledger.stop();
      const parties = [sockets, gaps, upkeeper, poller, directory];
      await Promise.all(parties.map((one) => one.stop()));
    },
  };
}
