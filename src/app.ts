import type { FastifyInstance } from 'fastify';
import { introduce, rememberAccounts } from './app-accounts.ts';
import type { Judgement } from './app-judgement.ts';
import { coreOf } from './app-core.ts';
import { inboxOf } from './app-inbox.ts';
import type { Core, Inbox } from './app-inbox.ts';
import { isAlone } from './app-leading.ts';
import { outgoingOf } from './app-outgoing.ts';
import { queueOf } from './app-queue.ts';
import { allowListOf, listen, serverOf } from './app-server.ts';
import { sharedOf } from './app-shared.ts';
import type { Shared } from './app-shared.ts';
import { tracingOf } from './app-tracing.ts';
import type { Watching } from './app-watch.ts';
import type { Config } from './config.ts';
import type { Connector } from './domain/connector.ts';
import { asFailure } from './domain/failure.ts';
import type { AllowList } from './http/allowed-networks.ts';
import type { OwnTls } from './http/own-tls.ts';
import { observers } from './domain/observer.ts';
import { newFigures } from './http/figures.ts';
import type { Worker } from './inbox/worker.ts';
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
  /** What works mailboxes, for whoever cannot wait for its sweep; null where this process works none. */
  readonly worker: Pick<Worker, 'look'> | null;
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
  await using held = new AsyncDisposableStack();
  const store = await openStore(config.databaseUrl, clock);
  held.defer(() => store.close());
  const shared = await sharedOf({ config, log });
  held.defer(() => shared.close());
  const program = await assemble({ config, log, clock: store.clock, store }, { shared, held });
  const closing = held.move();
  const stop = async (): Promise<void> => {
    await program.halt();
    await closing.disposeAsync();
  };
  return { ...program.parts, stop };
}

interface Foundation {
  readonly shared: Shared;
  /** What is closed at the end, the last first; also when the start fails. */
  readonly held: AsyncDisposableStack;
}

async function assemble(
  given: Pick<Core, 'config' | 'log' | 'clock' | 'store'>,
  { shared, held }: Foundation,
): Promise<{ readonly parts: Omit<App, 'stop'>; readonly halt: () => Promise<void> }> {
  const { store, config } = given;
  const startedAt = given.clock.now();
  const figures = newFigures();
  const tracing = await tracingOf(config, given.log);
  held.defer(() => tracing.stop());
  const observer = observers([figures.observer, tracing.observer]);
  const core = await coreOf({ ...given, observer }, outgoingOf(config, shared));
  await rememberAccounts(core);
  await journalMode(core);
  const chosen = await queueOf(core);
  const { queue } = chosen;
  held.defer(() => queue.close());
  const inbox = inboxOf(core, queue);
  const allowed = allowListOf(core);
  let listening: { readonly url: string; readonly tls: OwnTls | null } | null = null;
  const served = { inbox, chosen, shared, allowed, figures, startedAt };
  const server = await serverOf(core, { ...served, tls: () => listening?.tls ?? null });
  const begun = { core, inbox, server, allowed, ending: new AbortController() };
  // Half a program must not stay: it would look alive and do nothing.
  const failing = (tls: OwnTls | null) => async (error: unknown) => {
    await halt(begun, tls);
    throw error;
  };
  listening = await listen(server, core).catch(failing(null));
  const { url, tls } = listening;
  await begin(begun).catch(failing(tls));
  const { worker, watching, judgement } = inbox;
  const introduced = introduce(core, begun.ending.signal);
  const { connectors } = core;
  const parts = { url, tls, server, store, connectors, watching, worker, judgement, introduced };
  return { parts, halt: () => halt(begun, tls) };
}

interface Begun {
  readonly core: Core;
  readonly inbox: Inbox;
  readonly server: FastifyInstance;
  readonly allowed: AllowList | null;
  readonly ending: AbortController;
}

/** Begins all that runs here. */
async function begin({ core, inbox, ending }: Begun): Promise<void> {
  await inbox.judgement.start();
  await learn(core, ending.signal);
  inbox.worker?.start();
  for (const part of inbox.leading) await part.start();
}

/** Ends all that runs here, begun or not; what it rests on stays open. */
async function halt(begun: Begun, tls: OwnTls | null): Promise<void> {
  const { core, inbox, server, allowed, ending } = begun;
  const { reader, worker, judgement, leading } = inbox;
  ending.abort();
  // It takes no more mail from here on: a part that ends slowly must not cost its open cycles their grace.
  const worked = worker?.stop(GRACE_MS);
  const ended = leading.map((part) => part.stop());
  await Promise.all([tls?.close(), allowed?.stop(), server.close(), ...ended]);
  await Promise.all([judgement.stop(), core.directory.stop()]);
  await reader.stop();
  await worked;
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
