import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Where webhooks are sent: it passes connections on, as a load balancer does. */
export interface Front {
  readonly url: string;
}

/**
 * A balancer of connections that ends with the test: in turn, and to the next gateway where one refuses. A connection whose
 * gateway dies is broken off; so is one for which no gateway is there.
 */
export async function startFront(gateways: readonly { readonly url: string }[]): Promise<Front> {
  const ports = gateways.map(({ url }) => Number(new URL(url).port));
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    turn += 1;
    const order = ports.map((_, nth) => ports[(turn + nth) % ports.length] ?? 0);
    keep(open, client);
    void passOn(open, client, order);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function keep(open: Set<Socket>, socket: Socket): void {
  open.add(socket);
  // What broke is closed, and the sender sees it by that.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => open.delete(socket));
}

async function passOn(open: Set<Socket>, client: Socket, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const gateway = await connected(port);
    if (gateway === null) continue;
    keep(open, gateway);
    client.on('close', () => gateway.destroy());
    gateway.on('close', () => client.destroy());
    client.pipe(gateway).pipe(client);
    return;
  }
  client.destroy();
}

function connected(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}
