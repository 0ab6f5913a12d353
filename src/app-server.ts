import type { FastifyInstance } from 'fastify';
import { dependenciesOf } from './app-dependencies.ts';
import { facesOf } from './app-faces.ts';
import type { Core, Inbox } from './app-inbox.ts';
import type { ChosenQueue } from './app-queue.ts';
import { httpLimits } from './app-shared.ts';
import type { Shared } from './app-shared.ts';
import type { Config } from './config.ts';
import type { ProgramPart } from './domain/program-part.ts';
import { watchAllowedNetworks } from './http/allowed-networks.ts';
import type { AllowList } from './http/allowed-networks.ts';
import type { Figures } from './http/figures.ts';
import { startOwnTls } from './http/own-tls.ts';
import type { OwnTls } from './http/own-tls.ts';
import { createServer } from './http/server.ts';
import { VERSION } from './version.ts';

// Elsewhere the listener would serve nothing, and take its port from the process that has something to serve.
const FOR_SENDERS: readonly ProgramPart[] = ['gateway'];
const FOR_ALL: readonly ProgramPart[] = [...FOR_SENDERS, 'api', 'dashboard', 'mcp'];

/** The settings of our own TLS, where a part of this process is served over it. */
function tlsHere({ config: { tls, parts } }: Core): Config['tls'] {
  const served = tls?.serves === 'all' ? FOR_ALL : FOR_SENDERS;
  return parts.some((part) => served.includes(part)) ? tls : null;
}

/** Listens for the inside, and for senders where the program ends TLS itself; on both or on none. */
export async function listen(
  server: FastifyInstance,
  core: Core,
): Promise<{ readonly url: string; readonly tls: OwnTls | null }> {
  const { config, log } = core;
  const settings = tlsHere(core);
  const tls = settings === null ? null : await startOwnTls(server, settings, log);
  try {
    return { url: await server.listen({ host: config.host, port: config.port }), tls };
  } catch (error) {
    await tls?.close();
    throw error;
  }
}

/** What is served, beside what everything is wired from. */
interface Served {
  readonly inbox: Inbox;
  readonly chosen: ChosenQueue;
  readonly shared: Shared;
  readonly allowed: AllowList | null;
  readonly figures: Figures;
  readonly startedAt: number;
  /** The listener that ends TLS here, once there is one. */
  readonly tls: () => OwnTls | null;
}

/** Only a process that takes webhooks asks who may send them. */
export function allowListOf({ config, log }: Core): AllowList | null {
  const path = config.parts.includes('gateway') ? config.allowedNetworks : null;
  return path === null ? null : watchAllowedNetworks(path, log);
}

/** The HTTP face of this process, wired and not yet listening. */
export async function serverOf(
  core: Core,
  { inbox, chosen, shared, allowed, figures, startedAt, tls }: Served,
): Promise<FastifyInstance> {
  const { config } = core;
  const { receiver, reader, watching, judgement } = inbox;
  const { queue } = chosen;
  return await createServer({
    ...core,
    version: VERSION,
    mode: config.mode,
    startedAt,
    figures,
    adminToken: config.adminToken,
    receiver,
    reader,
    queue,
    model: config.model?.model ?? null,
    ...(config.trustProxy === null ? {} : { trustProxy: config.trustProxy }),
    ...facesOf(core),
    ...(config.tls === null ? {} : { tlsEndsAt: () => tls()?.endsAt() ?? null }),
    ...(allowed === null ? {} : { allowed }),
    limits: httpLimits(shared, config.apiRate),
    disk: core.disk.look,
    keepsBackups: config.backups.folder !== null,
    dependencies: [...dependenciesOf({ ...core, receiver }), ...chosen.dependencies],
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
