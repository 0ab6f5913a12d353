import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAnthropicEmulator } from '../emulators/anthropic/start-anthropic-emulator.ts';
import { startJiraEmulator } from '../emulators/jira/start-jira-emulator.ts';
import { startAgent } from './agent.ts';
import type { LoadResult } from './load.ts';
import {
  PINNED,
  cpuSeconds,
  firstLine,
  load,
  median,
  residentMb,
  sleep,
  startPinned,
  stop,
} from './processes.ts';
import { growth } from './growth.ts';
import type { Row } from './rows.ts';
import { ms, say, whole } from './rows.ts';
import { concurrentTasks, longRun, stores } from './stores.ts';
import { normalising, pollCost } from './systems.ts';

// Bounded in count and time; every figure comes from this run.
const SATURATION_SECONDS = 6;
const ROUNDS = 3;
const RATE_SECONDS = 8;
const WARMUP_SECONDS = 3;
const CYCLE_EVENTS = 10_000;
const STARTS = 5;
const IDLE_SECONDS = 40;

async function ceiling(log: string | null): Promise<LoadResult> {
  const child = startPinned(['bench/ceiling.ts', ...(log === null ? [] : ['--log', log])]);
  const { port } = JSON.parse(await firstLine(child)) as { port: number };
  const result = await load({ port, seconds: SATURATION_SECONDS });
  await stop(child);
  return result;
}

interface Saturation {
  readonly result: LoadResult;
  readonly rssMb: number | null;
}

async function saturate(): Promise<Saturation> {
  const agent = await startAgent();
  const result = await load({ port: agent.port, seconds: SATURATION_SECONDS });
  const rssMb = residentMb(agent.pid);
  await agent.close();
  return { result, rssMb };
}

/** The ceilings and the agent in turn, so that a slow minute of the machine strikes all three. */
async function ingest(folder: string): Promise<Row[]> {
  const raw: number[] = [];
  const logged: number[] = [];
  const ours: Saturation[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    say(`ingest at saturation, round ${round} of ${ROUNDS}`);
    raw.push((await ceiling(null)).perSecond);
    logged.push((await ceiling(join(folder, `log-${round}`))).perSecond);
    ours.push(await saturate());
  }
  const rates = ours.map((one) => one.result.perSecond);
  const ratio = median(rates.map((rate, at) => rate / (logged[at] ?? 1)));
  const p99 = median(ours.map((one) => one.result.p99));
  const refused = ours.reduce((sum, one) => sum + one.result.other, 0);
  const rss = Math.max(...ours.map((one) => one.rssMb ?? 0));
  return [
    ['ceiling: node:http + HMAC', `${whole(median(raw))}/s`, ''],
    ['ceiling: the same + fsynced log', `${whole(median(logged))}/s`, ''],
    [
      'durable webhooks at saturation',
      `${whole(median(rates))}/s`,
      `${ratio.toFixed(2)} of the fsynced log; aim 0.5`,
    ],
    [
      '  p50 / p99 at saturation',
      `${ms(median(ours.map((one) => one.result.p50)))} / ${ms(p99)}`,
      '64 connections',
    ],
    ['  answers other than 200', whole(refused), ''],
    ['RSS at the end of saturation', `${whole(rss)} MB`, ''],
  ];
}

async function atRate(rate: number): Promise<Row> {
  say(`ingest at ${rate}/s for ${RATE_SECONDS} s`);
  const agent = await startAgent();
  const result = await load({
    port: agent.port,
    seconds: RATE_SECONDS,
    rate,
    warmup: WARMUP_SECONDS,
  });
  await agent.close();
  const aim = rate === 1000 ? '; aim p99 15 ms' : '';
  return [
    `webhooks at ${whole(rate)}/s, p50 / p99`,
    `${ms(result.p50)} / ${ms(result.p99)}`,
    `${whole(result.ok)} of ${whole(result.sent)} answered 200${aim}`,
  ];
}

async function cycles(): Promise<Row> {
  const rates: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    say(`${CYCLE_EVENTS} events to finished no-op cycles, round ${round} of ${ROUNDS}`);
    const agent = await startAgent({ PM_AGENT_WINDOW_MS: '0' });
    const begin = performance.now();
    await load({ port: agent.port, count: CYCLE_EVENTS });
    while ((await agent.finishedCycles()) < CYCLE_EVENTS) await sleep(50);
    rates.push(CYCLE_EVENTS / ((performance.now() - begin) / 1000));
    await agent.close();
  }
  return [
    'events through a no-op cycle',
    `${whole(median(rates))}/s`,
    'webhook to finished; aim 2,000/s',
  ];
}

async function starts(): Promise<Row> {
  const times: number[] = [];
  for (let round = 1; round <= STARTS; round += 1) {
    say(`start-up ${round} of ${STARTS}`);
    const agent = await startAgent();
    times.push(agent.startMs);
    await agent.close();
  }
  return ['start-up to the first 200', ms(median(times)), 'median of 5; aim 600 ms'];
}

/** With Jira and the model on, as a small team would run it. */
async function idle(): Promise<Row[]> {
  say(`idle for ${IDLE_SECONDS} s, Jira and the model on`);
  const account = { email: 'agent@example.com', token: 'bench-token' };
  const jira = await startJiraEmulator(account);
  const model = await startAnthropicEmulator({ apiKey: 'bench-key' });
  const agent = await startAgent({
    JIRA_BASE_URL: jira.url,
    ATLASSIAN_EMAIL: account.email,
    ATLASSIAN_API_TOKEN: account.token,
    ANTHROPIC_API_KEY: 'bench-key',
    ANTHROPIC_BASE_URL: model.url,
  });
  // V8 tidies its heap once, some seconds after the last work.
  await sleep(15_000);
  const before = cpuSeconds(agent.pid);
  await sleep(IDLE_SECONDS * 1000);
  const share = (cpuSeconds(agent.pid) - before) / IDLE_SECONDS;
  const rss = residentMb(agent.pid) ?? 0;
  await agent.close();
  await Promise.all([jira.close(), model.close()]);
  return [
    ['RSS idle', `${whole(rss)} MB`, 'Jira and the model on; aim 110 MB'],
    ['CPU idle', `${(share * 100).toFixed(2)} %`, `over ${IDLE_SECONDS} s; aim below 0.1 %`],
  ];
}

function print(rows: readonly Row[]): void {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const [what, figure, beside] of rows) {
    const line = `${what.padEnd(widths[0] ?? 0)}  ${figure.padStart(widths[1] ?? 0)}  ${beside}`;
    process.stdout.write(`${line.trimEnd()}\n`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'pm-agent-ceiling-'));
const [cpu] = cpus();

/** The parts of the table, by the names by which they can be run alone: `node bench/main.ts growth`. */
const PARTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  ingest: () => ingest(folder),
  rates: async () => [await atRate(100), await atRate(1000)],
  cycles: async () => [await cycles()],
  start: async () => [await starts()],
  idle,
  systems: async () => [...(await normalising()), ...(await pollCost())],
  stores,
  tasks: async () => [await concurrentTasks()],
  growth,
  long: longRun,
};
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  say(`there is no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
const rows: Row[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) rows.push(...(await part()));
}
rmSync(folder, { recursive: true, force: true });
const pinned = PINNED ? 'server and load on a core each' : 'cores not pinned: taskset is missing';
process.stdout.write(`\n${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, ${pinned}\n`);
process.stdout.write(`distinct signed bodies of 5 to 16 KB, Node ${process.version}\n\n`);
print(rows);
