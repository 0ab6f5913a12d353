import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startDeployment } from './deployment.ts';

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

test('told to end as soon as it listens, a program that has not started whole ends in good order', async () => {
  const { api } = await startDeployment('single');
  const ends = [await api.stop()];

  for (let round = 0; round < 3; round += 1) {
    const starting = api.start().catch(() => undefined);
    while (!(await listens(Number(new URL(api.url).port))));
    ends.push(await api.stop());
    await starting;
  }

  expect(ends).toEqual(['0', '0', '0', '0']);
});
