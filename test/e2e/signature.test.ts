import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signJira } from '../../emulators/jira/sign-jira.ts';
import { QUESTION, SECRET, startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { commentBody, deliver, standing } from '../helpers/deliver.ts';
import { seededRandom } from '../helpers/random.ts';

const BODY = commentBody({ id: '20001', text: QUESTION });
const VALID = signJira(BODY, SECRET);
const WRONG = signJira(BODY, 'another secret altogether');
const hmac = (algorithm: string) => createHmac(algorithm, SECRET).update(BODY).digest('hex');

async function expectNothingKept(agent: Agent): Promise<void> {
  await agent.untilIdle();
  const { deliveries, events, cycles } = await agent.status();
  expect({ deliveries: deliveries.kept, events: events.kept, open: cycles.open }).toEqual({
    deliveries: 0,
    events: 0,
    open: 0,
  });
}

describe('a signature that is not right', () => {
  test.each<[string, string | readonly string[]]>([
    ['missing', ''],
    ['of another secret', WRONG],
    ['too short', 'sha256=abc'],
    ['one digit short', VALID.slice(0, -1)],
    ['one digit long', `${VALID}0`],
    ['without its prefix', VALID.slice('sha256='.length)],
    ['only a prefix', 'sha256='],
    ['with digits that are none', `sha256=${'g'.repeat(64)}`],
    ['sent twice, the right one first', [VALID, WRONG]],
    ['sent twice, the right one last', [WRONG, VALID]],
    ['sent twice, both right', [VALID, VALID]],
    ['twice in one line', `${VALID}, ${VALID}`],
    ['of sha1', `sha1=${hmac('sha1')}`],
    ['of sha512', `sha512=${hmac('sha512')}`],
    ['of sha1 under the right prefix', `sha256=${hmac('sha1')}`],
    ['right under another prefix', VALID.replace('sha256=', 'sha512=')],
    ['right under a prefix in capitals', VALID.replace('sha256=', 'SHA256=')],
    ['of another body', signJira(commentBody({ id: '20002', text: QUESTION }), SECRET)],
    ['of an empty body', signJira(Buffer.alloc(0), SECRET)],
    ['made with an empty secret', signJira(BODY, '')],
  ])('%s: 401, and nothing is kept', async (_name, signature) => {
    const agent = await startAgent({ mode: 'production' });

    const answer = await deliver(agent, BODY, { headers: { 'x-hub-signature': signature } });

    expect(answer.status).toBe(401);
    expect(answer.body).not.toContain(SECRET);
    await expectNothingKept(agent);
    expect(agent.jira.writes).toBe(0);
  });

  test('has a right twin that is taken', async () => {
    const agent = await startAgent({ mode: 'production' });
    standing(agent, '20001');

    const answer = await deliver(agent, BODY, { headers: { 'x-hub-signature': VALID } });
    await agent.untilIdle();

    expect(answer.status).toBe(200);
    expect(agent.written()).toHaveLength(1);
  });
});

test('while a secret is changed both are taken, and no third', async () => {
  const previous = 'the-secret-of-last-month';
  const agent = await startAgent({
    mode: 'production',
    env: { JIRA_WEBHOOK_SECRET_PREVIOUS: previous },
  });
  const send = (id: string, secret: string) =>
    deliver(agent, commentBody({ id, text: 'Noted' }), { secret });

  const answers = [
    await send('1', SECRET),
    await send('2', previous),
    await send('3', 'the-secret-of-last-year'),
    await send('4', ''),
  ];
  await agent.untilIdle();

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 401]);
  expect((await agent.status()).deliveries.kept).toBe(2);
});

/** The body with one to three bytes flipped, put in, or taken out; never the body itself. */
function mutant(random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  let bytes = BODY;
  for (let left = 1 + below(3); left > 0 || bytes.equals(BODY); left -= 1) {
    const at = below(bytes.length);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at + 1)];
    const byte = bytes[at] ?? 0;
    const kinds = [
      [head, Buffer.of(byte ^ (1 + below(255))), tail],
      [head, Buffer.of(below(256), byte), tail],
      [head, tail],
    ];
    bytes = Buffer.concat(kinds[below(kinds.length)] ?? []);
  }
  return bytes;
}

test('a thousand mutants of a signed body are all refused', async () => {
  const seed = Number(process.env['PM_AGENT_SEED'] ?? Date.now() % 2 ** 32);
  console.info(`seed of the mutants: ${seed} (PM_AGENT_SEED=${seed} repeats them)`);
  const random = seededRandom(seed);
  const agent = await startAgent({ mode: 'production' });
  const statuses = new Map<number, number>();

  for (let round = 0; round < 50; round += 1) {
    const mutants = Array.from({ length: 20 }, () => mutant(random));
    const answers = await Promise.all(
      mutants.map((body) => deliver(agent, body, { headers: { 'x-hub-signature': VALID } })),
    );
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  expect([...statuses], `seed ${seed}`).toEqual([[401, 1000]]);
  await expectNothingKept(agent);
});
