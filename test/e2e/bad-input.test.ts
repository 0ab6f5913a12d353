import { monitorEventLoopDelay } from 'node:perf_hooks';
import { beforeAll, describe, expect, test } from 'vitest';
import { MIA, QUESTION, startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { badInputs, sendingOf } from '../helpers/bad-input.ts';
import type { BadInput, Sending } from '../helpers/bad-input.ts';
import { commentBody, deliver, postRaw, signPieces, standing } from '../helpers/deliver.ts';

const CORPUS = badInputs();
const MB = 1024 * 1024;

// Refused with 400, 413 or 422 says the manifest. Here 5 MB of keys are kept like any signed body below 25 MB,
// because nothing is parsed before the answer, and set aside when they are read.
const KEPT_FIRST = new Set(['18-half-million-keys.gen.json']);

interface Prepared {
  readonly sending: Sending;
  readonly size: number;
  /** A doubled header is also tried the other way round. */
  readonly signatures: readonly (string | readonly string[])[];
}

/** Signs and counts beforehand, so that what the test itself needs is not measured. */
function prepare(given: BadInput): Prepared {
  const sending = sendingOf(given);
  let size = 0;
  for (const piece of sending.pieces()) size += piece.length;
  const right = signPieces(sending.pieces());
  const values = (sending.signatures ?? [right]).map((value) =>
    value.replace('sha256=$VALID', right),
  );
  const signatures = values.length === 1 ? values : [values, values.toReversed()];
  return { sending, size, signatures };
}

async function send(agent: Agent, prepared: Prepared, chunked = false): Promise<number[]> {
  const { sending, size } = prepared;
  const statuses: number[] = [];
  for (const signature of prepared.signatures) {
    const { status } = await postRaw({
      url: `${agent.url}/webhooks/jira`,
      headers: {
        ...sending.headers,
        ...(chunked ? {} : { 'content-length': String(size) }),
        'x-hub-signature': signature,
        'x-atlassian-webhook-identifier': 'bad-input',
      },
      body: sending.pieces(),
    });
    statuses.push(status);
  }
  return statuses;
}

/** A sender in the middle of writing may meet the closed line before it reads the answer; it then sends again. */
async function untilHeard(attempt: () => Promise<number[]>, tries = 5): Promise<number[]> {
  return await attempt().catch((error: unknown) => {
    if (tries === 1) throw error;
    return untilHeard(attempt, tries - 1);
  });
}

/** What became of the only delivery there can be, in the manifest's words; `read` is kept, shown and gave no event. */
async function storedAs(agent: Agent): Promise<'no' | 'event' | 'quarantine' | 'read'> {
  const [delivery, ...more] = await agent.deliveries();
  expect(more).toEqual([]);
  if (delivery === undefined) return 'no';
  if (delivery.events > 0) return 'event';
  // Without an event it must say why.
  expect(delivery.note).toEqual(expect.any(String));
  return delivery.status === 'quarantined' ? 'quarantine' : 'read';
}

const bytesLogged = (agent: Agent) => Buffer.byteLength(agent.logs());

function allowedFates({ channel, expect: { stored } }: BadInput): readonly string[] {
  // What may never become an event must be set aside, or not kept at all.
  if (!stored.includes('event')) return stored;
  // To this webhook a body of another system is readable and says nothing; to its own it may be incomplete.
  return channel !== 'jira' || stored.includes('quarantine') ? [...stored, 'read'] : stored;
}

async function expectAlive(agent: Agent): Promise<void> {
  const before = agent.written().length;
  const startedAt = performance.now();
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.untilIdle();
  expect(agent.written()).toHaveLength(before + 1);
  expect(performance.now() - startedAt).toBeLessThan(1000);
}

describe('the corpus of bad input', () => {
  // The first answer of a process also loads and compiles what answers: no sender's body is to blame for that.
  beforeAll(async () => {
    const ended: (() => Promise<void> | void)[] = [];
    const agent = await startAgent({ mode: 'production', finished: (work) => ended.push(work) });
    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();
    for (const work of ended.reverse()) await work();
  });

  test('is all there', () => {
    expect(CORPUS).toHaveLength(33);
  });

  test.each(CORPUS.map((given) => [given.file, given.why, given] as const))(
    '%s (%s) does no harm',
    async (file, _why, given) => {
      const agent = await startAgent({ mode: 'production' });
      const prepared = prepare(given);
      const prototype = Object.getOwnPropertyNames(Object.prototype);
      const delay = monitorEventLoopDelay({ resolution: 5 });
      const calls = agent.jira.requests.length;
      const logged = bytesLogged(agent);
      const rss = process.memoryUsage.rss();
      delay.enable();

      const statuses = await send(agent, prepared);
      await agent.untilIdle();

      delay.disable();
      const growth = (process.memoryUsage.rss() - rss) / MB;
      const allowed = KEPT_FIRST.has(file) ? [200] : given.expect.http;
      for (const status of statuses) expect(allowed).toContain(status);
      expect(allowedFates(given)).toContain(await storedAs(agent));

      const cycles = await agent.cycles();
      const { events, cycles: counted } = await agent.status();
      expect(counted).toMatchObject({ open: 0, failed: 0 });
      expect(events.dead).toBe(0);
      for (const subject of given.expect.no_action_on ?? []) {
        const key = subject.replace(/^jira:/, '');
        expect(JSON.stringify([cycles, await agent.events()])).not.toContain(key);
      }
      // Only an event that woke a cycle is worth a look outside, and only a look.
      // A poll may happen to run beside it.
      const outside = agent.jira.requests
        .slice(calls)
        .filter(({ path }) => !/search\/jql|agile/.test(path));
      expect(outside.filter(({ method }) => method !== 'GET')).toEqual([]);
      if (cycles.length === 0) expect(outside).toEqual([]);
      expect(agent.jira.writes).toBe(0);

      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(prototype);
      expect(Object.hasOwn({}.constructor.prototype as object, 'role')).toBe(false);
      expect(bytesLogged(agent) - logged).toBeLessThan(4096);
      expect(agent.logs()).not.toContain('/etc/passwd');
      const { max_rss_growth_mb: mostMb, max_block_ms: mostMs } = given.expect;
      if (mostMb !== undefined) expect(growth).toBeLessThan(mostMb);
      if (mostMs !== undefined) expect(delay.max / 1e6).toBeLessThan(mostMs);

      await expectAlive(agent);
      await agent.journalHolds();
    },
  );

  test('a body that names two issues is set aside, whichever parser would take which', async () => {
    const agent = await startAgent({ mode: 'production' });
    const body = commentBody({ id: '20001', text: QUESTION }).toString();
    const other = '"issue":{"id":"10102","key":"ECD-2","fields":{"summary":"Receipt by e-mail"}}';

    await deliver(agent, Buffer.from(`${body.slice(0, -1)},${other}}`));
    await agent.untilIdle();

    expect(await agent.deliveries()).toMatchObject([
      { status: 'quarantined', note: 'two equal keys in one object', events: 0 },
    ]);
    expect(await agent.cycles()).toEqual([]);
    expect(agent.jira.writes).toBe(0);
  });

  test('two comments whose numbers differ only above 2^53 stay two', async () => {
    const agent = await startAgent({ mode: 'production' });
    standing(agent, '9007199254740993', '9007199254740992');
    const body = commentBody({ id: 'NUMBER', text: QUESTION }).toString();

    for (const number of ['9007199254740993', '9007199254740992']) {
      await deliver(agent, Buffer.from(body.replace('"NUMBER"', number)));
      await agent.untilIdle();
    }

    const keys = (await agent.events())
      .filter(({ rule }) => rule === 'comment-created')
      .map(({ key }) => key);
    expect(keys.toSorted()).toEqual([
      'jira:comment:9007199254740992:created',
      'jira:comment:9007199254740993:created',
    ]);
    expect(agent.written()).toHaveLength(2);
  });

  test('60 MB without a length are refused as well, after the limit', async () => {
    const agent = await startAgent({ mode: 'production' });
    const prepared = prepare(CORPUS.find(({ file }) => file.startsWith('17-'))!);
    const rss = process.memoryUsage.rss();

    expect(await untilHeard(() => send(agent, prepared, true))).toEqual([413]);

    expect((process.memoryUsage.rss() - rss) / MB).toBeLessThan(80);
    expect((await agent.status()).deliveries.kept).toBe(0);
    await expectAlive(agent);
  });

  test('all of it at once leaves the agent able to answer', async () => {
    const agent = await startAgent({ mode: 'production' });
    const small = CORPUS.filter(({ file }) => !file.startsWith('17-'));

    const statuses = await Promise.all(small.map((given) => send(agent, prepare(given))));
    await agent.untilIdle();

    expect(statuses.flat().filter((status) => status >= 500)).toEqual([]);
    expect((await agent.cycles()).filter(({ status }) => status !== 'finished')).toEqual([]);
    expect(JSON.stringify(await agent.cycles())).not.toContain('PRIV-12');
    await expectAlive(agent);
  });
});
