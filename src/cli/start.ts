import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { startApp } from '../app.ts';
import type { App } from '../app.ts';
import { loadConfig } from '../config.ts';
import { asFailure } from '../domain/failure.ts';
import { ALL_PARTS } from '../domain/program-part.ts';
import { newId } from '../lib/ids.ts';
import { createLogger } from '../lib/logger.ts';
import { releaseMemory } from '../lib/release-memory.ts';
import { newToken, tokenHash } from '../lib/token.ts';
import { addToken, revokeToken, tokenByHash } from '../store/tokens.ts';
import { banner } from './banner.ts';
import { localTokenFile } from './client.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';

// After the start's own garbage is dead, before anybody looks at the memory.
const SETTLED_MS = 1500;

const LOCAL_NAME = 'cli on this machine';

/** The token that an earlier start, or another program in this folder, has left; null without one. */
function leftToken(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

/**
 * A fresh admin token for the commands of this machine, readable by the owner of the process only. It ends the one whose
 * place it takes and no other: programs on other machines that share the store have left theirs.
 */
export async function leaveLocalToken(app: App, databaseUrl: string): Promise<void> {
  const token = newToken();
  const file = localTokenFile(databaseUrl);
  mkdirSync(dirname(file), { recursive: true });
  const left = leftToken(file);
  await app.store.write(async ({ db }) => {
    const earlier = left === null ? undefined : await tokenByHash(db, tokenHash(left));
    if (earlier?.name === LOCAL_NAME) await revokeToken(db, earlier.id, Date.now());
    const made = { id: newId(), name: LOCAL_NAME, role: 'admin', now: Date.now() };
    await addToken(db, { ...made, hash: tokenHash(token) });
  });
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
}

function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve('SIGINT'));
    process.once('SIGTERM', () => resolve('SIGTERM'));
  });
}

/** What the command line says over the environment. */
interface StartOptions {
  readonly since?: string;
  readonly roles?: string;
}

/** Runs the server until SIGINT or SIGTERM; open cycles may end first. */
export async function start(given: Given, options: StartOptions): Promise<number> {
  // The store holds what people wrote on tickets: only the account that runs the program may read it.
  process.umask(0o077);
  const { since, roles } = options;
  const config = loadConfig({
    ...(since === undefined ? {} : { PM_AGENT_POLL_SINCE: since }),
    ...(roles === undefined ? {} : { PM_AGENT_ROLES: roles }),
  });
  const pretty = process.stdout.isTTY && config.environment !== 'production';
  const log = await createLogger({ level: config.logLevel, pretty });
  const app = await startApp(config, log);
  const signalled = firstSignal();
  // Where parts are split, a token for one machine's commands would be one for all of them.
  const isWhole = ALL_PARTS.every((part) => config.parts.includes(part));
  if (isWhole) {
    await leaveLocalToken(app, config.databaseUrl).catch((error: unknown) => {
      log.warn({ kind: asFailure(error).kind }, 'no token was left for commands on this machine');
    });
  }
  const lines = banner(given.out, { config, url: app.url, connectors: app.connectors });
  for (const line of lines) given.out.say(line);
  log.info({ url: app.url, mode: config.mode, parts: config.parts }, 'pm-agent is listening');
  setTimeout(releaseMemory, SETTLED_MS).unref();
  const signal = await signalled;
  log.info({ signal }, 'stopping');
  await app.stop();
  log.info('stopped');
  return signal === 'SIGINT' ? EXIT.interrupted : EXIT.done;
}
