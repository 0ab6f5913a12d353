import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { Failure } from '../domain/failure.ts';
import { neverCrash } from '../lib/crash.ts';
import { Receiver } from './receive.ts';

const SECRET = 'a-secret-for-this-test';
const webhook = {
  proofs: [
    {
      scheme: {
        kind: 'hmac' as const,
        header: 'x-signature',
        prefix: 'sha256=',
        algorithm: 'sha256' as const,
      },
      secrets: [SECRET],
    },
  ],
  bodyLimit: 1000,
  deliveryHeader: 'x-delivery',
  normalise: () => ({ events: [], reason: 'a test' }),
};

test('senders hear unavailable when the transaction could not even begin', async () => {
  const failures: unknown[] = [];
  let left = 3;
  const receiver = new Receiver({
    write: () => {
      left -= 1;
      // Ends a receiver that would try for ever instead of answering.
      if (left < 0) return new Promise<never>(() => undefined);
      return Promise.reject(new Failure('store-unavailable', 'closed'));
    },
    clock: { now: () => 0 },
    crash: neverCrash,
    kept: () => undefined,
    failed: (error) => void failures.push(error),
  });
  const body = Buffer.from('{}');
  const digest = createHmac('sha256', SECRET).update(body).digest('hex');
  const headers = { 'x-signature': [`sha256=${digest}`], 'x-delivery': ['d-1'] };

  const receipt = await receiver.receive({ source: 'jira', webhook, headers, body });

  expect(receipt).toEqual({ kind: 'unavailable' });
  expect(failures).toHaveLength(1);
});

test('beyond the backlog senders are sent away, and those who wait still hear of their commit', async () => {
  let commit: () => void = () => undefined;
  const committed = new Promise<void>((resolve) => (commit = resolve));
  const receiver = new Receiver({
    write: async () => {
      await committed;
      throw new Failure('store-unavailable', 'the commit failed');
    },
    clock: { now: () => 0 },
    crash: neverCrash,
    kept: () => undefined,
    failed: () => undefined,
    backlog: 2,
  });
  const send = (text: string) => {
    const body = Buffer.from(text);
    const digest = createHmac('sha256', SECRET).update(body).digest('hex');
    const headers = { 'x-signature': [`sha256=${digest}`] };
    return receiver.receive({ source: 'jira', webhook, headers, body });
  };

  const waiting = [send('{"n":1}'), send('{"n":2}')];
  const beyond = await send('{"n":3}');
  commit();

  expect(beyond).toEqual({ kind: 'overloaded' });
  expect(await Promise.all(waiting)).toEqual([{ kind: 'unavailable' }, { kind: 'unavailable' }]);
});
