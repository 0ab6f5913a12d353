import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Readiness } from '../../src/http/contract.ts';
import { diskSpace } from '../../src/lib/disk.ts';
import { memoryLimit } from '../../src/lib/memory-limit.ts';
import { MIA, QUESTION, startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { textOf } from '../helpers/deploy-files.ts';
import { temporaryFolder } from '../helpers/store.ts';

const MIB = 1024 * 1024;

const figuresOf = async (agent: Agent) => await (await agent.ask('/metrics')).text();

/** The value of a line of the metrics; `undefined` when there is none. */
function valueOf(text: string, line: string): number | undefined {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

test('a question leaves its lags, its verdict and its answers in the figures', async () => {
  const agent = await startAgent({ mode: 'production', model: true });
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.untilIdle();

  const text = await figuresOf(agent);

  for (const stage of ['event-claim', 'claim-plan', 'plan-effect']) {
    expect(valueOf(text, `pm_agent_lag_seconds_count{stage="${stage}"}`), stage).toBe(1);
    expect(valueOf(text, `pm_agent_lag_seconds_bucket{stage="${stage}",le="+Inf"}`)).toBe(1);
  }
  // The delivery of the question, and that of our own comment.
  const read = valueOf(text, 'pm_agent_lag_seconds_count{stage="delivery-read"}');
  expect(read).toBe((await agent.deliveries()).length);
  expect(valueOf(text, 'pm_agent_verdicts_total{answer="allow",rule="no-objection"}')).toBe(1);
  expect(
    valueOf(text, 'pm_agent_http_answers_total{route="/api/status",status="2xx"}'),
  ).toBeGreaterThan(0);
  expect(text).not.toContain('pm_agent_retries_total{');
});

test('what has to be tried again is counted with the kind of its failure', async () => {
  const agent = await startAgent({ mode: 'production', model: true });
  agent.jira.faults.push({
    kind: 'status',
    status: 503,
    match: { method: 'POST', path: /\/comment$/ },
  });
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.untilIdle();

  const text = await figuresOf(agent);

  expect(valueOf(text, 'pm_agent_retries_total{what="action",kind="unavailable"}')).toBe(1);
  const sent = 'pm_agent_operation_calls_total{operation="jira.add-comment",way="api",outcome=';
  expect(valueOf(text, `${sent}"unavailable"}`)).toBe(1);
  expect(valueOf(text, `${sent}"ok"}`)).toBe(1);
});

test('the memory that the process may take is told where something bounds it', async () => {
  const agent = await startAgent({ mode: 'simulation' });
  const told = valueOf(await figuresOf(agent), 'pm_agent_memory_limit_bytes');

  expect(told).toBe(memoryLimit() ?? undefined);
});

test('every figure is documented, and every documented figure is told', async () => {
  const agent = await startAgent({ mode: 'simulation' });
  const [, page = ''] = textOf('docs/operations.md').split('\n## Metrics\n');
  const [section = ''] = page.split('\n## ');
  const rows = section.split('\n').filter((line) => line.startsWith('| `pm_agent_'));
  const documented = rows.flatMap((row) => row.match(/pm_agent_[a-z_]+/g) ?? []);

  const text = await figuresOf(agent);
  const told = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);

  expect(documented.toSorted()).toEqual(told.toSorted());
});

const readiness = async (agent: Agent) =>
  Readiness.parse(await (await agent.ask('/ready')).json()).dependencies.find(
    ({ name }) => name === 'disk',
  );

test('a disk that runs full is told first, and makes the program not ready in the end', async () => {
  const free = (await diskSpace(temporaryFolder())).freeBytes / MIB;
  const env = (warn: number) => ({
    DATABASE_URL: `sqlite:${temporaryFolder()}/disk.db`,
    PM_AGENT_DISK_WARN_MB: String(warn),
  });
  const roomy = await startAgent({ mode: 'simulation', env: env(free / 16) });
  const low = await startAgent({ mode: 'simulation', env: env(free * 4) });
  const full = await startAgent({ mode: 'simulation', env: env(free * 64) });

  expect(await readiness(roomy)).toMatchObject({ ok: true });
  expect(await readiness(roomy)).not.toHaveProperty('note');
  expect((await low.ask('/ready')).status).toBe(200);
  expect(await readiness(low)).toMatchObject({
    ok: true,
    note: expect.stringContaining('nearly full: store') as unknown,
  });
  expect((await full.ask('/ready')).status).toBe(503);
  expect(await readiness(full)).toMatchObject({ ok: false, failure: 'store-unavailable' });
  const states = [roomy, low, full].map(async (one) => (await one.status()).disk[0]?.state);
  expect(await Promise.all(states)).toEqual(['ok', 'low', 'full']);
  expect(valueOf(await figuresOf(low), 'pm_agent_disk_low{place="store"}')).toBe(1);
  expect(
    valueOf(await figuresOf(roomy), 'pm_agent_disk_free_bytes{place="store"}'),
  ).toBeGreaterThan(0);
});

test('a disk of the backups is watched before the first of them is made, and one disk once', async () => {
  const beside = `${temporaryFolder()}/not/yet/backups`;
  const placesOf = async (folder: string) => {
    const env = { PM_AGENT_BACKUP_DIR: folder };
    const agent = await startAgent({ mode: 'simulation', env });
    return (await agent.status()).disk.map(({ place }) => place);
  };

  // Another file system that every Linux has; nothing is written to it.
  expect(await placesOf('/proc/not/yet/backups')).toEqual(['store', 'backups']);
  expect(await placesOf(beside)).toEqual(['store']);
  expect(existsSync(beside)).toBe(false);
});
