import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startAnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import { SMALL_TEAM } from '../../emulators/jira/jira-seed.ts';
import { startJiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import { Readiness } from '../../src/http/contract.ts';
import { verifyJournal } from '../../src/store/journal.ts';
import { openStore } from '../../src/store/open.ts';
import { postgresAnswers, temporaryDatabase } from '../helpers/postgres.ts';
import { freePort, startProcess, until } from '../helpers/process.ts';
import type { AgentProcess } from '../helpers/process.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';

const SECRET = 'parts-test-secret';
const ADMIN = 'parts-test-admin-token';
const MIA = '712020:mia-0001';
const AGENT = '712020:pm-agent';

const keys = Array.from({ length: 40 }, (_, n) => `ECD-${n + 101}`);
const subjectIn = (prompt: string) => /Subject of this cycle: jira:issue:(\S+)/.exec(prompt)?.[1];

interface Part extends AgentProcess {
  readonly url: string;
}

const get = (part: Part, path: string) =>
  fetch(`${part.url}${path}`, { headers: { authorization: `Bearer ${ADMIN}` } });

async function startSystems() {
  const jira = await startJiraEmulator({
    email: 'agent@example.com',
    token: 'parts-test-token',
    seed: {
      ...SMALL_TEAM,
      issues: keys.map((key) => ({ key, summary: `Work on ${key}`, assignee: MIA })),
    },
  });
  onTestFinished(() => jira.close());
  const model = await startAnthropicEmulator({
    apiKey: 'parts-test-key',
    script: (request) => {
      const issue = subjectIn(JSON.stringify(request.messages).replaceAll('\\n', '\n')) ?? 'none';
      const input = { issue, text: 'It moves.' };
      const actions = [{ operation: 'jira.add-comment', input, reason: 'asked' }];
      return {
        json: { shouldRespond: true, urgency: 'low', reasoning: 'asked', actions, unknowns: [] },
      };
    },
  });
  onTestFinished(() => model.close());
  return { jira, model };
}

/** One company's deployment: processes of their own over one database and one Redis. */
async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-parts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { jira, model } = await startSystems();
  const redis = await startRedis();
  const database = await temporaryDatabase();
  const start = async (roles: string): Promise<Part> => {
    const port = await freePort();
    const env = {
      ENVIRONMENT: 'test',
      PORT: String(port),
      PM_AGENT_ROLES: roles,
      PM_AGENT_MODE: 'production',
      PM_AGENT_ADMIN_TOKEN: ADMIN,
      PM_AGENT_LOG_LEVEL: 'warn',
      PM_AGENT_WINDOW_MS: '0',
      PM_AGENT_SETTLE_SECONDS: '1',
      DATABASE_URL: database,
      REDIS_URL: redis.url,
      JIRA_BASE_URL: jira.url,
      ATLASSIAN_EMAIL: 'agent@example.com',
      ATLASSIAN_API_TOKEN: 'parts-test-token',
      JIRA_WEBHOOK_SECRET: SECRET,
      ANTHROPIC_API_KEY: 'parts-test-key',
      ANTHROPIC_BASE_URL: model.url,
    };
    const program = startProcess(env, folder);
    onTestFinished(() => void program.child.kill('SIGKILL'));
    const part = { ...program, url: `http://127.0.0.1:${port}` };
    await until(`${roles} answers: ${program.errors()}`, () =>
      fetch(`${part.url}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    return part;
  };
  const ask = async (gateway: Part, key: string): Promise<void> => {
    jira.aimWebhook({ url: `${gateway.url}/webhooks/jira`, secret: SECRET, retryDelayMs: 500 });
    jira.addComment(key, MIA, `[~accountid:${AGENT}] how does ${key} stand?`);
    await jira.idle();
  };
  const answers = (key: string) => jira.comments(key).filter(({ author }) => author === AGENT);
  const untilAnswered = (asked: readonly string[]) =>
    until(
      `each of ${asked.length} is answered`,
      () => asked.every((key) => answers(key)[0]),
      60_000,
    );
  const journalHolds = async (): Promise<void> => {
    const store = await openStore(database);
    expect(await verifyJournal(store.db)).toMatchObject({ brokenAt: null });
    await store.close();
  };
  return { jira, redis, start, ask, answers, untilAnswered, journalHolds };
}

const isPossible = (await postgresAnswers()) && (await redisMissing()) === null;

describe.skipIf(!isPossible)('parts in processes of their own', () => {
  test(
    'two gateways, two workers, a poller and an API answer each question once, and each serves its part only',
    { timeout: 120_000 },
    async () => {
      const rig = await setUp();
      const parts = [];
      for (const roles of ['gateway', 'gateway', 'worker', 'worker', 'poller,scheduler', 'api']) {
        parts.push(await rig.start(roles));
      }
      const [first, second, worker, , , api] = parts as [Part, Part, Part, Part, Part, Part];

      for (const [n, key] of keys.entries()) await rig.ask(n % 2 === 0 ? first : second, key);
      await rig.untilAnswered(keys);

      expect((await get(first, '/api/status')).status).toBe(404);
      expect((await get(api, '/api/status')).status).toBe(200);
      const hook = (part: Part) => fetch(`${part.url}/webhooks/jira`, { method: 'POST' });
      expect([(await hook(api)).status, (await hook(worker)).status]).toEqual([404, 404]);
      expect((await hook(first)).status).toBe(401);
      const needs = async (part: Part) =>
        Readiness.parse(await (await get(part, '/ready')).json()).dependencies.map(
          ({ name }) => name,
        );
      expect(await needs(first)).toEqual(['store', 'redis']);
      expect(await needs(worker)).toEqual(['store', 'jira', 'redis']);

      for (const part of parts) part.child.kill('SIGTERM');
      expect(await Promise.all(parts.map(({ ended }) => ended))).toEqual(parts.map(() => '0'));
      expect(keys.map((key) => rig.answers(key).length)).toEqual(keys.map(() => 1));
      await rig.journalHolds();
    },
  );

  test(
    'whoever dies without a word is replaced: the gateway that reads, and a worker in the middle of its cycles',
    { timeout: 120_000 },
    async () => {
      const rig = await setUp();
      const reading = await rig.start('gateway');
      const standby = await rig.start('gateway');
      const doomed = await rig.start('worker');
      const living = await rig.start('worker');

      const asked = keys.slice(0, 20);
      for (const [n, key] of asked.entries()) {
        if (n === 5) doomed.child.kill('SIGKILL');
        if (n === 10) reading.child.kill('SIGKILL');
        await rig.ask(n < 10 ? reading : standby, key);
      }
      await rig.untilAnswered(asked);

      for (const part of [standby, living]) part.child.kill('SIGTERM');
      expect([await standby.ended, await living.ended]).toEqual(['0', '0']);
      expect(asked.map((key) => rig.answers(key).length)).toEqual(asked.map(() => 1));
      await rig.journalHolds();
    },
  );

  test(
    'every process is replaced while questions come: each ends by itself, and each question is answered once',
    { timeout: 120_000 },
    async () => {
      const rig = await setUp();
      const roles = ['gateway', 'worker', 'poller,scheduler'];
      const before = [];
      for (const one of roles) before.push(await rig.start(one));
      const asked = keys.slice(0, 30);
      for (const key of asked.slice(0, 10)) await rig.ask(before[0]!, key);

      const after = [];
      for (const one of roles) after.push(await rig.start(one));
      for (const key of asked.slice(10, 15)) await rig.ask(before[0]!, key);
      for (const part of before) part.child.kill('SIGTERM');
      for (const key of asked.slice(15)) await rig.ask(after[0]!, key);
      expect(await Promise.all(before.map(({ ended }) => ended))).toEqual(['0', '0', '0']);
      await rig.untilAnswered(asked);

      for (const part of after) part.child.kill('SIGTERM');
      expect(await Promise.all(after.map(({ ended }) => ended))).toEqual(['0', '0', '0']);
      expect(asked.map((key) => rig.answers(key).length)).toEqual(asked.map(() => 1));
      await rig.journalHolds();
    },
  );

  test(
    'Redis emptied, then gone, then back: each question is answered once, and the gateway stays ready',
    { timeout: 120_000 },
    async () => {
      const rig = await setUp();
      const gateway = await rig.start('gateway');
      const worker = await rig.start('worker');

      const asked = keys.slice(0, 24);
      const waits: number[] = [];
      for (const [n, key] of asked.entries()) {
        if (n === 6) await rig.redis.command('FLUSHALL');
        if (n === 12) await rig.redis.stop();
        if (n === 18) await rig.redis.start();
        const from = Date.now();
        await rig.ask(gateway, key);
        if (n % 6 !== 0) continue;
        await rig.untilAnswered([key]);
        waits.push(Date.now() - from);
        if (n !== 12) continue;
        const ready = Readiness.parse(await (await get(gateway, '/ready')).json());
        expect(ready.ready).toBe(true);
        expect(ready.dependencies.find(({ name }) => name === 'redis')?.ok).toBe(false);
      }
      await rig.untilAnswered(asked);
      console.log(
        `from delivery to answer, ms, with Redis / emptied / gone / back: ${waits.join(' / ')}`,
      );

      for (const part of [gateway, worker]) part.child.kill('SIGTERM');
      expect([await gateway.ended, await worker.ended]).toEqual(['0', '0']);
      expect(asked.map((key) => rig.answers(key).length)).toEqual(asked.map(() => 1));
      await rig.journalHolds();
    },
  );
});
