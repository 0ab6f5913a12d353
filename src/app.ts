import type { FastifyInstance } from 'fastify';
import { mayWriteTo, modesOf } from './actions/mode-of.ts';
import { introduce, rememberAccounts } from './app-accounts.ts';
import { connectorsOf } from './app-connectors.ts';
import { dependenciesOf } from './app-dependencies.ts';
import { facesOf } from './app-faces.ts';
import type { Judgement } from './app-judgement.ts';
import { inboxOf } from './app-inbox.ts';
import type { Core, Inbox } from './app-inbox.ts';
import { isAlone } from './app-leading.ts';
import { outgoingOf } from './app-outgoing.ts';
import type { Outgoing } from './app-outgoing.ts';
import { queueOf } from './app-queue.ts';
import { httpLimits, sharedOf } from './app-shared.ts';
import type { Shared } from './app-shared.ts';
import type { ChosenQueue } from './app-queue.ts';
import { knownProjects } from './app-watch.ts';
import type { Watching } from './app-watch.ts';
import type { Config } from './config.ts';
import type { Connector, Operation } from './domain/connector.ts';
import { asFailure } from './domain/failure.ts';
import { watchAllowedNetworks } from './http/allowed-networks.ts';
import type { AllowList } from './http/allowed-networks.ts';
import { startOwnTls } from './http/own-tls.ts';
import type { OwnTls } from './http/own-tls.ts';
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
  /** Null: somebody else ends TLS. */
  readonly tls: OwnTls | null;
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
  const shared = await sharedOf({ config, log });
  try {
    return await assemble({ config, log, clock: store.clock, store }, shared);
  } catch (error) {
    shared.close();
    await store.close();
    throw error;
  }
}

async function assemble(
  given: Pick<Core, 'config' | 'log' | 'clock' | 'store'>,
  shared: Shared,
): Promise<App> {
  const { store, config } = given;
  const startedAt = given.clock.now();
  const core = await coreOf(given, outgoingOf(config, shared));
  await rememberAccounts(core);
  await journalMode(core);
  const chosen = await queueOf(core);
  const { queue } = chosen;
  const inbox = inboxOf(core, queue);
  const { reader, worker, watching, judgement, leading } = inbox;
  const allowed = allowListOf(core);
  const server = await serverOf(core, { inbox, chosen, shared, allowed, startedAt });
  const { url, tls } = await listen(server, core);
  await judgement.start();
  const learning = await learn(core);
  worker?.look();
  for (const part of leading) await part.start();
  const ending = new AbortController();
  return {
    url,
    server,
    tls,
    store,
    connectors: core.connectors,
    watching,
    judgement,
    introduced: introduce(core, ending.signal),
    stop: async () => {
      ending.abort();
      clearInterval(learning);
      const ended = leading.map((part) => part.stop());
      await Promise.all([
        tls?.close(),
        allowed?.stop(),
        server.close(),
        ...ended,
        judgement.stop(),
        core.directory.stop(),
      ]);
      await reader.stop();
      await worker?.stop(GRACE_MS);
      await queue.close();
      shared.close();
      await store.close();
    },
  };
}

/** Listens for the inside, and for senders where the program ends TLS itself; on both or on none. */
async function listen(
  server: FastifyInstance,
  { config, log }: Core,
): Promise<Pick<App, 'url' | 'tls'>> {
  const tls = config.tls === null ? null : await startOwnTls(server, config.tls, log);
  try {
    return { url: await server.listen({ host: config.host, port: config.port }), tls };
  } catch (error) {
    await tls?.close();
    throw error;
  }
}

interface Served {
  readonly inbox: Inbox;
  readonly chosen: ChosenQueue;
  readonly shared: Shared;
  readonly allowed: AllowList | null;
  readonly startedAt: number;
}

/** Only a process that takes webhooks asks who may send them. */
function allowListOf({ config, log }: Core): AllowList | null {
  const path = config.parts.includes('gateway') ? config.allowedNetworks : null;
  return path === null ? null : watchAllowedNetworks(path, log);
}

async function serverOf(
  core: Core,
  { inbox, chosen, shared, allowed, startedAt }: Served,
): Promise<FastifyInstance> {
  const { config } = core;
  const { receiver, reader, watching, judgement } = inbox;
  const { queue } = chosen;
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
    ...facesOf(core),
    ...(allowed === null ? {} : { allowed }),
    limits: httpLimits(shared, config.apiRate),
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

async function coreOf(
  given: Pick<Core, 'config' | 'log' | 'clock' | 'store'>,
  outgoing: Outgoing,
): Promise<Core> {
  const { config } = given;
  const { systems } = config;
  // A process for some systems alone serves faces that read: it has no way to write either.
  const writes = (system: string) =>
    systems === null && mayWriteTo(system, config.mode, config.operationModes);
  const all = await connectorsOf(config, writes, outgoing);
  const connectors = all.filter(({ name }) => systems?.some((one) => one === name) ?? true);
  const modeOf =
    systems === null ? modesOf(config.mode, config.operationModes) : () => 'simulation';
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

/** Knows the people at once, and then what other processes have learned of them. */
async function learn({ directory, config, log }: Core): Promise<NodeJS.Timeout | undefined> {
  await directory.load();
  if (isAlone(config)) return undefined;
  const again = (): void => {
    directory.load().catch((error: unknown) => {
      log.warn({ kind: asFailure(error).kind }, 'people were not read again');
    });
  };
  return setInterval(again, LEARN_MS).unref();
}

/** A change of mode is journaled, with the start that brought it. */
async function journalMode(core: Core): Promise<void> {
  const { store, config } = core;
  // It can change nothing, whatever its settings say: it brings no mode.
  if (config.systems !== null) return;
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
