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
  /** Packets are swallowed, on the connections there are and on new ones: nobody hears of an end. */
  readonly silence: () => void;
  /** New connections pass again; those of the silence are forgotten, as by a firewall. */
  readonly speak: () => void;
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
  let isSilent = false;
  const server = createServer((near) => {
    if (isSilent) {
      keep(near.resume());
      return;
    }
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
  const stall = (): void => {
    for (const socket of sockets) socket.unpipe();
  };
  return {
    port,
    shut,
    stall,
    silence: () => {
      isSilent = true;
      stall();
    },
    speak: () => {
      isSilent = false;
    },
    open: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
