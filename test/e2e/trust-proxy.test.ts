import { expect, test } from 'vitest';
import { startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';

const TRIES = 12;

/** The status of each guess at a token, all of them through this process and under the addresses that are named. */
async function guess(agent: Agent, addressOf: (n: number) => string): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < TRIES; n += 1) {
    const headers = { authorization: 'Bearer a-wrong-token', 'x-forwarded-for': addressOf(n) };
    statuses.push((await fetch(`${agent.url}/api/status`, { headers })).status);
  }
  return statuses;
}

test('without the setting nobody can say that he is somebody else', async () => {
  const agent = await startAgent({ mode: 'simulation' });

  expect(await guess(agent, (n) => `203.0.113.${n}`)).toContain(429);
});

test('behind one proxy its word counts, so that one guesser does not shut everybody out', async () => {
  const agent = await startAgent({ mode: 'simulation', env: { TRUST_PROXY: '1' } });

  expect(await guess(agent, (n) => `203.0.113.${n}`)).not.toContain(429);
});

test('behind one proxy the word of the client before it counts nothing', async () => {
  const agent = await startAgent({ mode: 'simulation', env: { TRUST_PROXY: '1' } });

  expect(await guess(agent, (n) => `198.51.100.${n}, 203.0.113.7`)).toContain(429);
});

test('a proxy is believed by its address, and another one is not', async () => {
  const known = await startAgent({ mode: 'simulation', env: { TRUST_PROXY: '127.0.0.0/8, ::1' } });
  const other = await startAgent({ mode: 'simulation', env: { TRUST_PROXY: '10.0.0.1' } });

  expect(await guess(known, (n) => `203.0.113.${n}`)).not.toContain(429);
  expect(await guess(other, (n) => `203.0.113.${n}`)).toContain(429);
});
