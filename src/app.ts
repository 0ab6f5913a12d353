import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { Door } from './actions/execute.ts';
import { NEVER } from './actions/never-list.ts';
import { createGatherer } from './agent/context.ts';
import { standingMail } from './agent/current-mail.ts';
import { createCycle } from './agent/cycle.ts';
import { rulesPlanner } from './agent/planner-rules.ts';
import { introduce, rememberAccounts } from './app-accounts.ts';
import { connectorsOf } from './app-connectors.ts';
import { dependenciesOf } from './app-dependencies.ts';
import { judgeOf, watchingOf } from './app-watch.ts';
import type { Watching } from './app-watch.ts';
import type { Config, ModelConfig } from './config.ts';
import type { Connector, Operation } from './domain/connector.ts';
import type { Planner } from './domain/planner.ts';
import { createServer } from './http/server.ts';
import { Directory } from './inbox/directory.ts';
import { localQueue } from './inbox/local-queue.ts';
import { Reader } from './inbox/reader.ts';
import { Receiver } from './inbox/receive.ts';
import { Worker } from './inbox/worker.ts';
import { systemClock } from './lib/clock.ts';
import type { Clock } from './lib/clock.ts';
import { crashAt, neverCrash } from './lib/crash.ts';
import { newId } from './lib/ids.ts';
import type { Logger } from './lib/logger.ts';
import { readNote, writeNote } from './store/notes.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/open.ts';
import { VERSION } from './version.ts';

/** The running program. */
export interface App {
  /** Where it listens, e.g. `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly server: FastifyInstance;
  readonly store: Store;
  readonly connectors: readonly Connector[];
  /** Resolves when the accounts of all connectors were asked for; a failure is logged and tried again later. */
  readonly introduced: Promise<void>;
  /** Polls and the senders' lists of deliveries, for whoever cannot wait for their interval. */
  readonly watching: Pick<Watching, 'poller' | 'gaps' | 'ledger'>;
  /** Takes nothing new, lets open cycles end within the grace, closes the store. */
  readonly stop: () => Promise<void>;
}

const LEASE_MS = 10_000;
const CONCURRENCY = 48;
const MAX_ATTEMPTS = 5;
const SWEEP_MS = 5_000;
const GATHER_MS = 15_000;
const CALL_MS = 20_000;
const MODEL_MS = 120_000;
const GRACE_MS = 20_000;

interface Core {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  readonly connectors: readonly Connector[];
  readonly operations: ReadonlyMap<string, Operation>;
  readonly accounts: Map<string, readonly string[]>;
  readonly byName: ReadonlyMap<string, Connector>;
  readonly directory: Directory;
}

/** Wires the parts together and listens. Throws a `Failure` when the store or the port cannot be had. */
export async function startApp(
  config: Config,
  log: Logger,
  clock: Clock = systemClock,
): Promise<App> {
  const startedAt = clock.now();
  const store = await openStore(config.databaseUrl, clock);
  try {
    return await assemble({ config, log, clock, store }, startedAt);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function assemble(
  given: Pick<Core, 'config' | 'log' | 'clock' | 'store'>,
  startedAt: number,
): Promise<App> {
  const { config, store } = given;
  const core = await coreOf(given);
  const { connectors } = core;
  await rememberAccounts(core);
  await journalMode(core);
  const { receiver, reader, worker, queue, watching } = inboxOf(core);
  const server = await createServer({
    ...core,
    version: VERSION,
    mode: config.mode,
    startedAt,
    adminToken: config.adminToken,
    receiver,
    reader,
    queue,
    model: config.model?.model ?? null,
    dependencies: dependenciesOf(core),
    watch: watching.watch,
  });
  const url = await server.listen({ host: config.host, port: config.port });
  reader.wake();
  worker.look();
  await watching.start();
  const ending = new AbortController();
  return {
    url,
    server,
    store,
    connectors,
    watching,
    introduced: introduce(core, ending.signal),
    stop: async () => {
      ending.abort();
      await Promise.all([server.close(), watching.stop()]);
      await reader.stop();
      await worker.stop(GRACE_MS);
      await queue.close();
      await store.close();
    },
  };
}

async function coreOf(given: Pick<Core, 'config' | 'log' | 'clock' | 'store'>): Promise<Core> {
  const connectors = await connectorsOf(given.config);
  const operations = connectors.flatMap((one) => one.operations);
  const byName = new Map(connectors.map((connector) => [connector.name, connector]));
  return {
    ...given,
    connectors,
    byName,
    operations: new Map(operations.map((operation) => [operation.name, operation])),
    accounts: new Map(),
    directory: new Directory({ ...given, connectors: byName, team: given.config.team }),
  };
}

function inboxOf(core: Core) {
  const { config, log, clock, store, byName, accounts, directory } = core;
  const crash = config.crashAt ? crashAt(config.crashAt.label, config.crashAt.hits) : neverCrash;
  const queue = localQueue(() => clock.now());
  const judge = judgeOf(config, accounts, (events) => directory.notice(events));
  const receiver = new Receiver({
    write: store.write,
    clock,
    crash,
    kept: () => reader.wake(),
    failed: (error) => log.error({ err: error }, 'deliveries could not be kept'),
  });
  const reader = new Reader({
    store,
    queue,
    clock,
    crash,
    log,
    connectors: byName,
    judge,
    windowMs: config.windowMs,
    pressed: () => receiver.pressed(),
  });
  const worker = new Worker({
    store,
    queue,
    clock,
    crash,
    log,
    runCycle: cycleOf(core, crash),
    owner: newId(clock.now()),
    mode: config.mode,
    leaseMs: LEASE_MS,
    concurrency: CONCURRENCY,
    maxAttempts: MAX_ATTEMPTS,
    sweepMs: SWEEP_MS,
    pressed: () => receiver.pressed(),
  });
  const watching = watchingOf({ ...core, queue, crash, receiver, judge });
  return { receiver, reader, worker, queue, watching };
}

function cycleOf(core: Core, crash: typeof neverCrash) {
  const { config, clock, store, connectors, operations } = core;
  const door = new Door({
    store,
    clock,
    crash,
    mode: config.mode,
    operations,
    leaseMs: LEASE_MS,
    patience: {
      settleAfterCrashMs: config.settleAfterCrashMs,
      settleAfterBreakMs: config.settleAfterBreakMs,
      callMs: CALL_MS,
    },
  });
  return createCycle({
    store,
    clock,
    crash,
    mode: config.mode,
    leaseMs: LEASE_MS,
    operations,
    never: NEVER,
    gather: createGatherer({
      connectors,
      clock,
      directivesVersion: config.directives.version,
      deadlineMs: GATHER_MS,
    }),
    planner: plannerOf(core),
    standing: standingMail((system) => core.byName.get(system)?.reread),
    // Without a way to write there is no echo of ours either.
    knowsItself: (system) => core.accounts.has(system) || !mayWrite(core, system),
    carryOut: (action, claim) => door.carryOut(action, claim),
  });
}

function mayWrite(core: Core, system: string): boolean {
  return [...core.operations.values()].some(
    (operation) =>
      operation.name.startsWith(`${system}.`) &&
      operation.effect !== 'read' &&
      operation.write !== undefined,
  );
}

function plannerOf(core: Core): Planner {
  const rules = rulesPlanner({
    names: ['pm-agent'],
    ours: (system) => core.accounts.get(system) ?? [],
    nameOf: (system, account) => core.directory.nameOf(system, account),
    talk: (system) => core.byName.get(system)?.talk,
  });
  const { model } = core.config;
  return model === null ? rules : lazyModelPlanner(core, { model, rules });
}

/** The model's client costs memory and start-up time, so it is loaded with the first thought. */
function lazyModelPlanner(core: Core, given: { model: ModelConfig; rules: Planner }): Planner {
  const { config, clock, operations } = core;
  const load = async (): Promise<Planner> => {
    const { modelPlanner } = await import('./agent/planner-model.ts');
    return modelPlanner({
      ...given.model,
      timeoutMs: MODEL_MS,
      directives: config.directives.text,
      // What is never done is not offered either.
      operations: [...operations.values()].filter(({ name }) => !NEVER.includes(name)),
      clock,
      fallback: given.rules,
      sleep: (ms, signal) => delay(ms, undefined, { signal }),
    });
  };
  let loaded: Promise<Planner> | null = null;
  return {
    name: `model ${given.model.model}`,
    paid: true,
    think: async (context, call) => {
      loaded ??= load();
      return await (await loaded).think(context, call);
    },
  };
}

/** A change of mode is journaled, with the start that brought it. */
async function journalMode(core: Core): Promise<void> {
  const { store, config } = core;
  const before = await readNote(store.db, 'mode');
  await store.write(async ({ db, journal }) => {
    journal({
      kind: before === config.mode ? 'program.started' : 'mode.changed',
      subject: null,
      cycle: null,
      data: {
        version: VERSION,
        mode: config.mode,
        before,
        directives: config.directives.version,
        model: config.model?.model ?? null,
      },
    });
    await writeNote(db, 'mode', config.mode);
  });
}
