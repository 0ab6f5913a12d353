import { expect, onTestFinished, test } from 'vitest';
import type { Connector, Socket, SocketHands } from '../domain/connector.ts';
import { Failure } from '../domain/failure.ts';
import { silentLogger } from '../lib/logger.ts';
import type { Receiver } from './receive.ts';
import { Sockets } from './sockets.ts';

const message = { name: 'envelope-1', headers: {}, body: Buffer.from('{}') };

function opened(run: Socket['run'], take: Receiver['take']) {
  const socket: Socket = { run, normalise: () => ({ events: [], reason: 'a test' }) };
  const connector: Connector = {
    name: 'slack',
    triage: [],
    operations: [],
    abilities: [],
    socket,
  };
  const clock = { now: () => 0 };
  const parts = { clock, log: silentLogger, connectors: [connector], receiver: { take } };
  const sockets = new Sockets(parts);
  onTestFinished(() => sockets.stop());
  return sockets;
}

/** A line that a test talks through. */
function line() {
  let ready: (hands: SocketHands) => void = () => undefined;
  const hands = new Promise<SocketHands>((resolve) => (ready = resolve));
  const run: Socket['run'] = async (given, signal) => {
    ready(given);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  return { run, hands };
}

test.each(['accepted', 'duplicate'] as const)(
  'a message that was %s may be acknowledged',
  async (end) => {
    const { run, hands } = line();
    opened(run, () => Promise.resolve(end)).start();

    await expect((await hands).keep(message)).resolves.toBeUndefined();
  },
);

test.each(['unavailable', 'overloaded'] as const)(
  'a message that was not kept (%s) must not be acknowledged',
  async (end) => {
    const { run, hands } = line();
    opened(run, () => Promise.resolve(end)).start();

    await expect((await hands).keep(message)).rejects.toMatchObject({ kind: 'store-unavailable' });
  },
);

test('a line that breaks is opened again, and shown', async () => {
  const { run, hands } = line();
  let opening = 0;
  const sockets = opened(
    async (given, signal) => {
      opening += 1;
      if (opening === 1) throw new Failure('broken-line', 'the line broke');
      await run(given, signal);
    },
    () => Promise.resolve('accepted'),
  );
  sockets.start();

  const given = await hands;
  expect(sockets.lines()).toMatchObject([{ connected: false, note: 'broken-line' }]);
  given.state('connected', 'hello');

  expect(opening).toBe(2);
  expect(sockets.lines()).toMatchObject([{ source: 'slack', connected: true, note: 'hello' }]);
});
