import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAnthropicEmulator } from '../emulators/anthropic/start-anthropic-emulator.ts';
import { SMALL_TEAM } from '../emulators/jira/jira-seed.ts';
import { startJiraEmulator } from '../emulators/jira/start-jira-emulator.ts';
import { startAgent } from './agent.ts';
import type { BenchAgent } from './agent.ts';
import { SECRET } from './body.ts';
import { load, median, residentMb, sleep } from './processes.ts';
import type { Row } from './rows.ts';
import { drawn, say, whole } from './rows.ts';
import { emptyDatabase, ownRedis } from './servers.ts';
import type { BenchServer } from './servers.ts';

type Settings = Readonly<Record<string, string>>;

/** Programs over one store: the first takes webhooks and answers for all. */
interface Company {
  readonly gateway: BenchAgent;
  readonly agents: readonly BenchAgent[];
  readonly close: () => Promise<void>;
}

const EVENTS = 4_000;
const ROUNDS = 3;
const TASKS = 150;
const THINKING_MS = 2_000;
const LONG_EVENTS = 100_000;
const LONG_STEPS = 20;

const free = { free: true };

/** One process on a file, or one on a database. */
async function oneProcess(database: BenchServer | null, settings: Settings): Promise<Company> {
  const url = database === null ? {} : { DATABASE_URL: database.url };
  const gateway = await startAgent({ PM_AGENT_WINDOW_MS: '0', ...url, ...settings }, free);
  return {
    gateway,
    agents: [gateway],
    close: async () => {
      await gateway.close();
      await database?.close();
    },
  };
}

/** A gateway that also answers the API, a scheduler, and workers. */
async function company(database: BenchServer, workers: number, more: Settings): Promise<Company> {
  const redis = await ownRedis();
  const settings = {
    PM_AGENT_WINDOW_MS: '0',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    ...more,
  };
  const roles = [
    'gateway,api',
    'poller,scheduler',
    ...Array.from({ length: workers }, () => 'worker'),
  ];
  const agents: BenchAgent[] = [];
  for (const one of roles)
    agents.push(await startAgent({ ...settings, PM_AGENT_ROLES: one }, free));
  const [gateway] = agents;
  if (gateway === undefined) throw new Error('no gateway');
  return {
    gateway,
    agents,
    close: async () => {
      await Promise.all(agents.map((agent) => agent.close()));
      await redis.close();
      await database.close();
    },
  };
}

interface Drained {
  readonly taken: number;
  readonly worked: number;
  /** Seconds that the oldest due mailbox had waited, five times a second. */
  readonly lag: readonly number[];
}

async function drain({ gateway, close }: Company): Promise<Drained> {
  const lag: number[] = [];
  const begin = performance.now();
  const loading = load({ port: gateway.port, count: EVENTS });
  let finished = 0;
  while (finished < EVENTS) {
    await sleep(200);
    lag.push(await gateway.metric('pm_agent_mailbox_age_seconds'));
    finished = await gateway.finishedCycles();
  }
  const seconds = (performance.now() - begin) / 1000;
  const { perSecond } = await loading;
  await close();
  return { taken: perSecond, worked: EVENTS / seconds, lag };
}

/** The same events through each way to run the program, in turn, so that a slow minute strikes all. */
export async function stores(): Promise<Row[]> {
  const database = async (): Promise<BenchServer> => {
    const made = await emptyDatabase();
    if (made === null) throw new Error('no PostgreSQL');
    return made;
  };
  const ways: readonly (readonly [name: string, start: () => Promise<Company>])[] = [
    ['SQLite, one process', () => oneProcess(null, {})],
    ['PostgreSQL, one process', async () => oneProcess(await database(), {})],
    ['PostgreSQL, Redis, 1 worker', async () => company(await database(), 1, {})],
    ['PostgreSQL, Redis, 2 workers', async () => company(await database(), 2, {})],
  ];
  const runs = ways.map((): Drained[] => []);
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [at, [name, start]] of ways.entries()) {
      say(`${whole(EVENTS)} events, ${name}, round ${round} of ${ROUNDS}`);
      runs[at]?.push(await drain(await start()));
    }
  }
  return ways.map(([name], at) => {
    const mine = runs[at] ?? [];
    const taken = whole(median(mine.map((run) => run.taken)));
    const worst = median(mine.map((run) => Math.max(...run.lag)));
    const picture = drawn(mine.at(-1)?.lag ?? []);
    return [
      `events/s, ${name}`,
      `${whole(median(mine.map((run) => run.worked)))}/s`,
      `taken at ${taken}/s; lag ${picture} to ${worst.toFixed(1)} s`,
    ];
  });
}

const subjectIn = (prompt: string) => /Subject of this cycle: jira:issue:(\S+)/.exec(prompt)?.[1];

/** Questions on as many issues at once, to a model that thinks for two seconds. */
export async function concurrentTasks(): Promise<Row> {
  say(`${TASKS} questions at once, three workers`);
  const database = await emptyDatabase();
  if (database === null) throw new Error('no PostgreSQL');
  const account = { email: 'agent@example.com', token: 'bench-token' };
  const keys = Array.from({ length: TASKS }, (_, n) => `ECD-${n + 101}`);
  const issues = keys.map((key) => ({ key, summary: `Work on ${key}` }));
  const jira = await startJiraEmulator({ ...account, seed: { ...SMALL_TEAM, issues } });
  const times: { readonly begin: number; readonly end: number }[] = [];
  const model = await startAnthropicEmulator({
    apiKey: 'bench-key',
    script: (request) => {
      const now = performance.now();
      times.push({ begin: now, end: now + THINKING_MS });
      const issue = subjectIn(JSON.stringify(request.messages).replaceAll('\\n', '\n')) ?? '';
      const input = { issue, text: 'It moves.' };
      const actions = [{ operation: 'jira.add-comment', input, reason: 'asked' }];
      const plan = { shouldRespond: true, urgency: 'low', reasoning: 'asked', actions };
      return { json: { ...plan, unknowns: [] }, delayMs: THINKING_MS };
    },
  });
  const run = await company(database, 3, {
    JIRA_BASE_URL: jira.url,
    ATLASSIAN_EMAIL: account.email,
    ATLASSIAN_API_TOKEN: account.token,
    ANTHROPIC_API_KEY: 'bench-key',
    ANTHROPIC_BASE_URL: model.url,
    PM_AGENT_MODE: 'production',
    PM_AGENT_DIRECTIVES: unhurried(),
    ENVIRONMENT: 'test',
  });
  const url = `http://127.0.0.1:${run.gateway.port}/webhooks/jira`;
  jira.aimWebhook({ url, secret: SECRET });
  const begin = performance.now();
  for (const key of keys) {
    jira.addComment(key, '712020:mia-0001', `[~accountid:712020:pm-agent] how does ${key} stand?`);
  }
  const answered = () =>
    keys.filter((key) => jira.comments(key).some(({ author }) => author === '712020:pm-agent'));
  while (answered().length < TASKS) await sleep(100);
  const seconds = (performance.now() - begin) / 1000;
  const most = Math.max(...times.map(({ begin: at }) => inFlight(times, at)));
  await run.close();
  await Promise.all([jira.close(), model.close()]);
  return [
    `${TASKS} questions at once, 3 workers`,
    `${seconds.toFixed(1)} s`,
    `a model of 2 s each; up to ${most} thought about at once`,
  ];
}

/** The usual directives, under which more than 120 changes in a minute wait for the next one: that is not asked here. */
function unhurried(): string {
  const usual = readFileSync('config/pm-directives.yaml', 'utf8');
  const file = join(mkdtempSync(join(tmpdir(), 'pm-agent-bench-')), 'pm-directives.yaml');
  writeFileSync(file, usual.replace(/changes_per_minute: \d+/, 'changes_per_minute: 10000'));
  return file;
}

const inFlight = (times: readonly { begin: number; end: number }[], at: number) =>
  times.filter((one) => one.begin <= at && at < one.end).length;

/** Memory and speed over a long run of one process. */
export async function longRun(): Promise<Row[]> {
  const { gateway, close } = await oneProcess(null, {});
  const memory: number[] = [];
  const rates: number[] = [];
  const step = LONG_EVENTS / LONG_STEPS;
  for (let done = 0; done < LONG_EVENTS; done += step) {
    say(`long run: ${whole(done)} of ${whole(LONG_EVENTS)} events`);
    const begin = performance.now();
    await load({ port: gateway.port, count: step, first: done });
    while ((await gateway.finishedCycles()) < done + step) await sleep(100);
    rates.push(step / ((performance.now() - begin) / 1000));
    memory.push(residentMb(gateway.pid) ?? 0);
  }
  await close();
  const half = (values: readonly number[], part: 0 | 1) =>
    median(values.slice((part * values.length) / 2, ((part + 1) * values.length) / 2));
  const ratio = (values: readonly number[]) => (half(values, 1) / half(values, 0)).toFixed(2);
  return [
    [
      `RSS over ${whole(LONG_EVENTS)} events`,
      `${whole(median(memory))} MB`,
      `${drawn(memory, LONG_STEPS)} to ${whole(Math.max(...memory))} MB; second half ${ratio(memory)} of the first`,
    ],
    [
      'events/s in the long run',
      `${whole(median(rates))}/s`,
      `${drawn(rates, LONG_STEPS)}; second half ${ratio(rates)} of the first`,
    ],
  ];
}
