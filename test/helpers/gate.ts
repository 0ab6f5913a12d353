import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a server that can be shut and opened again: the server "goes away" without being touched. */
export interface Gate {
  readonly port: number;
  /** Breaks every connection and refuses new ones. */
  readonly shut: () => Promise<void>;
  readonly open: () => Promise<void>;
  /** Nothing passes any more on the connections there are; new ones are not touched. */
  readonly stall: () => void;
}

/** Stands before a server on this machine. */
export async function startGate(target: {
  readonly host: string;
  readonly port: number;
}): Promise<Gate> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(target);
    for (const socket of [near, far]) keep(socket);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onTestFinished(shut);
  return {
    port,
    shut,
    stall: () => {
      for (const socket of sockets) socket.unpipe();
    },
    open: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
