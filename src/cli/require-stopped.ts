import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import type { Config } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { isInUse } from '../store/file-in-use.ts';
import { storeFile } from '../store/store-file.ts';

const fix = 'Stop it first.';

/**
 * Throws `conflict` while a program works with a store: on the port of these settings, or, whatever its port, with the file
 * open. Of a database only the port tells.
 */
export async function requireStopped(config: Config, storeUrl: string): Promise<void> {
  if (await isListening(config)) {
    throw new Failure('conflict', `a server listens on port ${config.port}`, { fix });
  }
  const file = storeFile(storeUrl);
  if (file === null || !existsSync(file) || !isInUse(file)) return;
  throw new Failure('conflict', `a program has ${file} open`, { fix });
}

async function isListening(config: Config): Promise<boolean> {
  return await new Promise((resolvePort) => {
    const socket = connect({ host: config.host, port: config.port });
    const end = (listening: boolean): void => {
      socket.destroy();
      resolvePort(listening);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}
