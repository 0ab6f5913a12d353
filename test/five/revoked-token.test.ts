import { expect, test } from 'vitest';
import { connectorsOf } from '../../src/app-connectors.ts';
import { readConfig } from '../../src/config.ts';
import { fiveSettings, startFive, SYSTEMS } from '../helpers/five.ts';

test('a token that was revoked after it was good is found by the next check', async () => {
  const five = await startFive();
  const config = readConfig(fiveSettings(five, { push: true, poll: true }));
  const connectors = await connectorsOf(config);
  const call = { signal: AbortSignal.timeout(20_000) };

  for (const system of SYSTEMS) {
    const { check } = connectors.find(({ name }) => name === system) ?? {};
    await expect(check?.(call), system).resolves.toHaveProperty('accountId');
    five[system].faults.push({ kind: 'status', status: 401, times: 100 });
    await expect(check?.(call), system).rejects.toMatchObject({ kind: 'unauthorized' });
  }
});
