import { expect, test } from 'vitest';
import { startDeployment } from './deployment.ts';

test('told to end with its first answer, a program that has not started whole ends in good order', async () => {
  const { api } = await startDeployment('single');
  const ends = [await api.stop()];

  for (let round = 0; round < 3; round += 1) {
    await api.start();
    ends.push(await api.stop());
  }

  expect(new Set(ends)).toEqual(new Set(['0']));
});
