import type { FastifyInstance } from 'fastify';
import { mayWriteTo, modesOf } from './actions/mode-of.ts';
import { introduce, rememberAccounts } from './app-accounts.ts';
import { connectorsOf } from './app-connectors.ts';
import { dependenciesOf } from './app-dependencies.ts';
import type { Judgement } from './app-judgement.ts';
import { inboxOf } from './app-inbox.ts';
import type { Core, Inbox } from './app-inbox.ts';
import { isAlone } from './app-leading.ts';
import { queueOf } from './app-queue.ts';
import type { ChosenQueue } from './app-queue.ts';
import { knownProjects } from './app-watch.ts';
import type { Watching } from './app-watch.ts';
import type { Config } from './config.ts';
import type { Connector, Operation } from './domain/connector.ts';
import { asFailure } from './domain/failure.ts';
import type { ProgramPart } from './domain/program-part.ts';
import type { Queue } from './domain/queue.ts';
import { createServer } from './http/server.ts';
import { Directory } from './inbox/directory.ts';
import { systemClock } from './lib/clock.ts';
import type { Clock } from './lib/clock.ts';
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
  /** What looks by itself at what is due, for whoever cannot wait for its interval. */
  readonly judgement: Pick<Judgement, 'timely' | 'directives'>;
  /** Takes nothing new, lets open cycles end within the grace, closes the store. */
  readonly stop: () => Promise<void>;
}

const LEARN_MS = 30_000;
const GRACE_MS = 20_000;

/** Wires the parts together and listens. Throws a `Failure` when the store or the port cannot be had. */
export async function startApp(
  config: Config,
  log: Logger,
  clock: Clock = systemClock,
): Promise<App> {
  const store = await openStore(config.databaseUrl, clock);
  try {
    return await assemble({ config, log, clock: store.clock, store }, store.clock.now());
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function assemble(
  given: Pick<Core, 'config' | 'log' | 'clock' | 'store'>,
  startedAt: number,
): Promise<App> {
  const { store } = given;
  const core = await coreOf(given);
  await rememberAccounts(core);
  await journalMode(core);
  const chosen = await queueOf(core);
  const { queue } = chosen;
  const inbox = inboxOf(core, queue);
  const { watching, judgement } = inbox;
  const server = await serverOf(core, { inbox, chosen, startedAt });
  const ending = new AbortController();
  const begun = { core, inbox, queue, server, ending };
  const url = await begin(begun).catch(async (error: unknown) => {
    // Half a program must not stay: it would look alive and do nothing.
    await halt(begun);
    throw error;
  });
  return {
    url,
    server,
    store,
    connectors: core.connectors,
    watching,
    judgement,
    introduced: introduce(core, ending.signal),
    stop: async () => {
      await halt(begun);
      await store.close();
    },
  };
}

interface Begun {
  readonly core: Core;
  readonly inbox: Inbox;
  readonly queue: Queue;
  readonly server: FastifyInstance;
  readonly ending: AbortController;
}

/** Listens and begins all that runs here. Resolves with the address. */
async function begin({ core, inbox, server, ending }: Begun): Promise<string> {
  const { config } = core;
  const url = await server.listen({ host: config.host, port: config.port });
  await inbox.judgement.start();
  await learn(core, ending.signal);
  inbox.worker?.look();
  for (const part of inbox.leading) await part.start();
  return url;
}

/** Ends all that runs here, begun or not; the store stays open. */
async function halt({ core, inbox, queue, server, ending }: Begun): Promise<void> {
  const { reader, worker, judgement, leading } = inbox;
  ending.abort();
  const ended = leading.map((part) => part.stop());
  await Promise.all([server.close(), ...ended, judgement.stop(), core.directory.stop()]);
  await reader.stop();
  await worker?.stop(GRACE_MS);
  await queue.close();
}

interface Served {
  readonly inbox: Inbox;
  readonly chosen: ChosenQueue;
  readonly startedAt: number;
}

async function serverOf(
  core: Core,
  { inbox, chosen, startedAt }: Served,
): Promise<FastifyInstance> {
  const { config } = core;
  const { receiver, reader, watching, judgement } = inbox;
  const { queue } = chosen;
  const serves = (part: ProgramPart) => config.parts.includes(part);
  return await createServer({
    ...core,
    version: VERSION,
    mode: config.mode,
    startedAt,
    adminToken: config.adminToken,
    receiver,
    reader,
    queue,
    model: config.model?.model ?? null,
    ...(config.trustProxy === null ? {} : { trustProxy: config.trustProxy }),
    faces: { webhooks: serves('gateway'), api: serves('api') },
    dependencies: [...dependenciesOf(core), ...chosen.dependencies],
    watch: watching.watch,
    deciding: judgement.deciding,
    directives: judgement.directives,
    judgement: {
      constitution: judgement.constitution,
      modes: config.operationModes,
      lookAtDeferred: () => judgement.timely.deferred.lookSoon(),
    },
  });
}

async function coreOf(given: Pick<Core, 'config' | 'log' | 'clock' | 'store'>): Promise<Core> {
  const connectors = await connectorsOf(given.config, (system) =>
    mayWriteTo(system, given.config.mode, given.config.operationModes),
  );
  const { config } = given;
  const modeOf = modesOf(config.mode, config.operationModes);
  // What may not leave has no way to leave: not even one that nobody calls.
  const operations = connectors
    .flatMap((one) => one.operations)
    .map((one) => (modeOf(one.name) === 'simulation' ? withoutWrite(one) : one));
  const byName = new Map(connectors.map((connector) => [connector.name, connector]));
  return {
    ...given,
    connectors,
    byName,
    operations: new Map(operations.map((operation) => [operation.name, operation])),
    accounts: new Map(),
    directory: new Directory({ ...given, connectors: byName, team: config.team }),
    projects: knownProjects(config),
  };
}

function withoutWrite(operation: Operation): Operation {
  if (operation.effect === 'read' || operation.write === undefined) return operation;
  const declared = { ...operation };
  delete declared.write;
  return declared;
}

/** Knows the people at once, and then what other processes have learned of them, until the signal. */
async function learn({ directory, config, log }: Core, signal: AbortSignal): Promise<void> {
  await directory.load();
  if (isAlone(config)) return;
  const again = (): void => {
    directory.load().catch((error: unknown) => {
      log.warn({ kind: asFailure(error).kind }, 'people were not read again');
    });
  };
  const timer = setInterval(again, LEARN_MS).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
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
        parts: config.parts,
        directives: config.directives.version,
        model: config.model?.model ?? null,
      },
    });
    await writeNote(db, 'mode', config.mode);
  });
}
