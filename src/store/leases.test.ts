import { expect, test } from 'vitest';
import { temporaryStore } from '../../test/helpers/store.ts';
import { giveLeaseBack, takeLease } from './leases.ts';

const ask = (owner: string, now: number) => ({ name: 'poller', owner, now, leaseMs: 100 });

test('a lease has one holder, and its fence grows when it changes hands', async () => {
  const store = await temporaryStore();
  const take = (owner: string, now: number) =>
    store.write(({ db }) => takeLease(db, ask(owner, now)));

  expect(await take('a', 0)).toBe(1);
  expect(await take('b', 99)).toBeNull();
  expect(await take('a', 99)).toBe(1);
  expect(await take('b', 198)).toBeNull();
  expect(await take('b', 199)).toBe(2);
  expect(await take('a', 200)).toBeNull();
  expect(await take('a', 299)).toBe(3);
});

test('only the holder can give a lease back', async () => {
  const store = await temporaryStore();
  await store.write(({ db }) => takeLease(db, ask('a', 0)));

  await store.write(({ db }) => giveLeaseBack(db, { name: 'poller', owner: 'b' }));
  expect(await store.write(({ db }) => takeLease(db, ask('b', 1)))).toBeNull();

  await store.write(({ db }) => giveLeaseBack(db, { name: 'poller', owner: 'a' }));
  expect(await store.write(({ db }) => takeLease(db, ask('b', 1)))).toBe(2);
});
