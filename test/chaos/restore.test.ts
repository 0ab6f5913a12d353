import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { startAnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import { SMALL_TEAM } from '../../emulators/jira/jira-seed.ts';
import { sendRecorded } from '../../emulators/jira/send-recorded.ts';
import { startJiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import { startApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { readAbout } from '../../src/store/backup/read-backup.ts';
import type { BackupReport } from '../../src/store/backup/read-backup.ts';
import { restoreBackup, schemaOf } from '../../src/store/backup/restore-backup.ts';
import { writeBackup } from '../../src/store/backup/write-backup.ts';
import { countByState, waitingMailboxes } from '../../src/store/counts.ts';
import { verifyJournal } from '../../src/store/journal.ts';
import { openStore } from '../../src/store/open.ts';
import { postgresAnswers, temporaryDatabase } from '../helpers/postgres.ts';
import { until } from '../helpers/process.ts';
import { temporaryFolder } from '../helpers/store.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';
import type { DeploymentKind } from './figures.ts';

const MIA = '712020:mia-0001';
const AGENT = '712020:pm-agent';
const SECRET = 'restore-webhook-secret';
const ADMIN = 'the-admin-token-of-the-tests';
const KEY = 'the-backup-key-of-the-tests';
const DAY_MS = 86_400_000;
const PER_PART = scaled(6, 25);
const EVERY_THIRD = 3;

const keysOf = (part: number) =>
  Array.from({ length: PER_PART }, (_, n) => `ECD-${part * 1000 + n + 1}`);
const [BEFORE, DURING, AFTER, DOWN] = [keysOf(1), keysOf(2), keysOf(3), keysOf(4)];
const ALL = [BEFORE, DURING, AFTER, DOWN].flat();

/** A clock that runs, and can be put ahead. */
function aheadClock(): Clock & { readonly ahead: (ms: number) => void } {
  let offset = 0;
  return { now: () => Date.now() + offset, ahead: (ms) => void (offset += ms) };
}

async function worldOf() {
  const clock = aheadClock();
  const issues = ALL.map((key) => ({ key, summary: `Work on ${key}`, assignee: MIA }));
  const jira = await startJiraEmulator({
    email: 'agent@example.com',
    token: 'restore-token',
    seed: { ...SMALL_TEAM, issues },
    now: () => new Date(clock.now()),
  });
  const model = await startAnthropicEmulator({
    apiKey: 'restore-model-key',
    script: ({ messages }) => ({ json: planFor(JSON.stringify(messages)) }),
  });
  onTestFinished(async () => {
    await Promise.all([jira.close(), model.close()]);
  });
  const env = {
    ENVIRONMENT: 'test',
    PORT: '0',
    PM_AGENT_MODE: 'production',
    PM_AGENT_ADMIN_TOKEN: ADMIN,
    PM_AGENT_WINDOW_MS: '0',
    PM_AGENT_SETTLE_SECONDS: '0.2',
    PM_AGENT_BACKUP_DIR: 'off',
    JIRA_BASE_URL: jira.url,
    ATLASSIAN_EMAIL: 'agent@example.com',
    ATLASSIAN_API_TOKEN: 'restore-token',
    JIRA_WEBHOOK_SECRET: SECRET,
    ANTHROPIC_API_KEY: 'restore-model-key',
    ANTHROPIC_BASE_URL: model.url,
  };
  return { clock, jira, env };
}
type World = Awaited<ReturnType<typeof worldOf>>;

function planFor(prompt: string) {
  const issue = /Subject of this cycle: jira:issue:(ECD-\d+)/.exec(prompt)?.[1] ?? 'none';
  const input = { issue, text: 'It moves.' };
  return {
    shouldRespond: true,
    urgency: 'low',
    reasoning: 'Mia asked.',
    actions: [{ operation: 'jira.add-comment', input, reason: 'asked' }],
    unknowns: [],
  };
}

async function start(world: World, url: string): Promise<App> {
  const config = readConfig({ ...world.env, DATABASE_URL: url });
  const app = await startApp(config, silentLogger, world.clock);
  let isRunning = true;
  const stop = async (): Promise<void> => {
    if (isRunning) await app.stop();
    isRunning = false;
  };
  onTestFinished(stop);
  await app.introduced;
  return { ...app, stop };
}

function aim({ jira }: World, app: App | null): void {
  const url = `${app?.url ?? ''}/webhooks/jira`;
  jira.aimWebhook(app === null ? undefined : { url, secret: SECRET, timeoutMs: 20_000 });
}

const ask = ({ jira }: World, keys: readonly string[]) =>
  keys.forEach((key) => jira.addComment(key, MIA, `[~accountid:${AGENT}] how does ${key} stand?`));

const answersOf = ({ jira }: World, key: string) =>
  jira.comments(key).filter(({ author }) => author === AGENT).length;

const post = async (app: App, path: string) => {
  const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
  const answer = await fetch(`${app.url}${path}`, { method: 'POST', headers, body: '{}' });
  expect([path, answer.ok]).toEqual([path, true]);
};

async function atRest({ jira }: World, app: App): Promise<void> {
  await until('all is at rest', async () => {
    await jira.idle();
    const { db } = app.store;
    const kept = (await countByState(db, 'deliveries'))['kept'] ?? 0;
    const waiting = (await countByState(db, 'events'))['waiting'] ?? 0;
    return kept + waiting + (await waitingMailboxes(db)) === 0;
  });
}

const answered = (world: World, keys: readonly string[]) =>
  keys.map((key) => answersOf(world, key));

/** The seed decides what is delivered again. */
async function deliverAgain({ jira }: World, app: App): Promise<number> {
  const target = { url: `${app.url}/webhooks/jira`, secret: SECRET };
  const seen = jira.deliveries.filter(({ event }) => event === 'comment_created');
  const again = seen.filter((_, n) => (n + SEED) % EVERY_THIRD === 0);
  for (const [n, { body }] of again.entries()) {
    await sendRecorded(target, body, { 'X-Atlassian-Webhook-Identifier': `again-${n}` });
  }
  return again.length;
}

interface Variant {
  readonly urlOf: () => Promise<string>;
  /** True: taken while what was planned waits for a pause to end. */
  readonly paused: boolean;
  readonly ageMs: number;
}

/** Works, takes a backup in the middle, works on; then is put back to the backup on another store. */
async function restoredRun(variant: Variant) {
  const world = await worldOf();
  const first = await start(world, await variant.urlOf());
  aim(world, first);
  ask(world, BEFORE);
  await atRest(world, first);
  if (variant.paused) await post(first, '/api/pause');
  ask(world, DURING);
  if (variant.paused) await atRest(world, first);
  else await until('the work has begun', () => answered(world, DURING).some((one) => one > 0));
  const given = { file: join(temporaryFolder(), 'b'), secret: KEY, program: 'test' };
  await writeBackup(first.store, given);

  if (variant.paused) await post(first, '/api/resume');
  ask(world, AFTER);
  await until('all is answered', () =>
    [...BEFORE, ...DURING, ...AFTER].every((key) => answersOf(world, key) > 0),
  );
  await atRest(world, first);
  await first.stop();
  aim(world, null);
  world.clock.ahead(variant.ageMs);
  ask(world, DOWN);

  const url = await variant.urlOf();
  const schema = schemaOf(await readAbout(given.file, KEY));
  const target = await openStore(url, world.clock, schema);
  const report = await restoreBackup(target, given).finally(() => target.close());
  const second = await start(world, url);
  aim(world, second);
  if (variant.paused) await post(second, '/api/resume');
  const again = await deliverAgain(world, second);
  await second.watching.poller.pollDue('jira');
  await until('what was asked meanwhile is answered', () =>
    DOWN.every((key) => answersOf(world, key) > 0),
  );
  await atRest(world, second);
  return { world, second, report, again };
}

const unsettled = ({ unsettled: states }: BackupReport) =>
  Object.values(states).reduce((sum, count) => sum + count, 0);

const SQLITE = () => Promise.resolve(`sqlite:${join(temporaryFolder(), 'store.db')}`);
const DEPLOYMENTS: readonly (readonly [DeploymentKind, Variant['urlOf']])[] = [
  ['single', SQLITE],
  ...((await postgresAnswers()) ? ([['postgres', temporaryDatabase]] as const) : []),
];

// The gate counts both ways on a file, and the harder one on a database.
const WHENS = [
  ['under load, restored at once', false, 0],
  ['while all is put off, restored a day later', true, DAY_MS],
] as const;

describe.each(DEPLOYMENTS)('D3, %s', (deployment, urlOf) => {
  const runs: { readonly told: string; readonly doubled: number; readonly lost: number }[] = [];
  afterAll(() => {
    const sum = (what: 'doubled' | 'lost') => runs.reduce((all, one) => all + one[what], 0);
    record({
      promise: 'D3',
      deployment,
      run: runs.map(({ told }) => told).join('; '),
      counted: `doubled ${sum('doubled')}, unanswered ${sum('lost')}`,
      holds: runs.length > 0 && sum('doubled') + sum('lost') === 0,
      seed: SEED,
    });
  });

  test.each(deployment === 'single' || IS_SOAK ? WHENS : WHENS.slice(1))(
    'a backup taken %s: nothing is done twice',
    async (when, paused, ageMs) => {
      const variant = { urlOf: () => urlOf(), paused, ageMs };
      const { world, second, report, again } = await restoredRun(variant);

      const counts = ALL.map((key) => [key, answersOf(world, key)] as const);
      runs.push({
        told: `${ALL.length} questions, backup ${when} with ${unsettled(report)} actions not at their end, ${again} deliveries again`,
        doubled: counts.filter(([, count]) => count > 1).length,
        lost: counts.filter(([, count]) => count === 0).length,
      });
      expect(counts).toEqual(ALL.map((key) => [key, 1]));
      expect(await verifyJournal(second.store.db)).toMatchObject({ brokenAt: null });
      if (paused) expect(report.unsettled).toEqual({ deferred: PER_PART });
      // And it goes on: what is asked now is answered now.
      ask(world, AFTER.slice(0, 1));
      await until('a new question is answered', () => answersOf(world, AFTER[0]!) === 2);
    },
  );
});
