import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { startAnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import { sendRecorded } from '../../emulators/jira/send-recorded.ts';
import { SMALL_TEAM } from '../../emulators/jira/jira-seed.ts';
import { startJiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import { CRASH_LABELS } from '../../src/lib/crash.ts';
import { verifyJournal } from '../../src/store/journal.ts';
import { openStore } from '../../src/store/open.ts';
import { freePort, startProcess, until } from '../helpers/process.ts';

const EVENTS = 25;
const SECRET = 'crash-test-secret';
const ADMIN = 'crash-test-admin-token';
const MIA = '712020:mia-0001';
const AGENT = '712020:pm-agent';
// Each label kills at its third passing, so that other cycles are under way at that moment.
const HITS = 3;

const keys = Array.from({ length: EVENTS }, (_, n) => `ECD-${n + 101}`);
const subjectIn = (prompt: string) => /Subject of this cycle: jira:issue:(\S+)/.exec(prompt)?.[1];

function planFor(issue: string) {
  return {
    shouldRespond: true,
    urgency: 'low',
    reasoning: 'Mia asked.',
    actions: [
      { operation: 'jira.add-comment', input: { issue, text: 'It moves.' }, reason: 'asked' },
    ],
    unknowns: [],
  };
}

interface Rig {
  readonly folder: string;
  readonly file: string;
  readonly port: number;
  readonly jira: Awaited<ReturnType<typeof startJiraEmulator>>;
  readonly model: Awaited<ReturnType<typeof startAnthropicEmulator>>;
  /** How often the model was asked about each issue. */
  readonly asked: Map<string, number>;
  readonly env: Readonly<Record<string, string>>;
}

async function setUp(finished: (work: () => Promise<void>) => void): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-crash-'));
  const port = await freePort();
  const file = join(folder, 'store.db');
  const issues = keys.map((key) => ({ key, summary: `Work on ${key}`, assignee: MIA }));
  const jira = await startJiraEmulator({
    email: 'agent@example.com',
    token: 'crash-test-token',
    seed: { ...SMALL_TEAM, issues },
    webhook: { url: `http://127.0.0.1:${port}/webhooks/jira`, secret: SECRET, retryDelayMs: 1500 },
  });
  const asked = new Map<string, number>();
  const model = await startAnthropicEmulator({
    apiKey: 'crash-test-key',
    script: (request) => {
      const issue = subjectIn(JSON.stringify(request.messages).replaceAll('\\n', '\n')) ?? 'none';
      asked.set(issue, (asked.get(issue) ?? 0) + 1);
      return { json: planFor(issue) };
    },
  });
  finished(async () => {
    await Promise.all([jira.close(), model.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  const env = {
    ENVIRONMENT: 'test',
    PORT: String(port),
    PM_AGENT_MODE: 'production',
    PM_AGENT_ADMIN_TOKEN: ADMIN,
    PM_AGENT_LOG_LEVEL: 'error',
    PM_AGENT_API_RATE: '100000',
    PM_AGENT_CACHE_SECONDS: '0',
    PM_AGENT_WINDOW_MS: '0',
    PM_AGENT_SETTLE_SECONDS: '1',
    // So that the labels of polling are passed often enough.
    JIRA_BACKUP_POLL_INTERVAL: '1',
    DATABASE_URL: `sqlite:${file}`,
    JIRA_BASE_URL: jira.url,
    ATLASSIAN_EMAIL: 'agent@example.com',
    ATLASSIAN_API_TOKEN: 'crash-test-token',
    JIRA_WEBHOOK_SECRET: SECRET,
    ANTHROPIC_API_KEY: 'crash-test-key',
    ANTHROPIC_BASE_URL: model.url,
  };
  return { folder, file, port, jira, model, asked, env };
}

const url = (rig: Rig, path: string) => `http://127.0.0.1:${rig.port}${path}`;

async function isUp(rig: Rig): Promise<boolean> {
  return await fetch(url(rig, '/health')).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** The issues whose plan was committed when the process died. */
function plannedIssues(file: string): string[] {
  const raw = new DatabaseSync(file);
  const rows = raw.prepare('select subject from cycles where thought is not null').all();
  raw.close();
  return rows.map((row) => String(row['subject']).replace('jira:issue:', ''));
}

/** Half of all deliveries once more: every second of them under a new id. */
async function deliverAgain(rig: Rig): Promise<void> {
  const target = { url: url(rig, '/webhooks/jira'), secret: SECRET };
  const seen = rig.jira.deliveries.filter((delivery) => delivery.event === 'comment_created');
  for (const [n, delivery] of seen.entries()) {
    if (n % 2 === 0) continue;
    const id = n % 4 === 1 ? delivery.id : `again-${n}`;
    await sendRecorded(target, delivery.body, { 'X-Atlassian-Webhook-Identifier': id });
  }
}

const answers = (rig: Rig, key: string) =>
  rig.jira.comments(key).filter((comment) => comment.author === AGENT).length;

async function atRest(rig: Rig): Promise<boolean> {
  const headers = { authorization: `Bearer ${ADMIN}` };
  const answer = await fetch(url(rig, '/api/status'), { headers });
  const status = (await answer.json()) as {
    deliveries: { waiting: number };
    mailboxes: { waiting: number };
    cycles: { open: number };
  };
  return (
    status.deliveries.waiting === 0 && status.mailboxes.waiting === 0 && status.cycles.open === 0
  );
}

describe.concurrent('SIGKILL at every step between a delivery and its effect', () => {
  test.for(CRASH_LABELS)(
    '%s: 25 events, lost 0, doubled 0, no committed plan paid twice',
    { timeout: 120_000 },
    async (label, { expect, onTestFinished }) => {
      const rig = await setUp(onTestFinished);
      const doomed = startProcess(
        { ...rig.env, PM_AGENT_CRASH_AT: `${label}:${HITS}` },
        rig.folder,
      );
      onTestFinished(() => void doomed.child.kill('SIGKILL'));
      await until('the first start answers', () => isUp(rig));

      for (const key of keys) {
        rig.jira.addComment(key, MIA, `[~accountid:${AGENT}] how does ${key} stand?`);
        await until('it is delivered or the process died', () => {
          const { outcome, attempts } = rig.jira.deliveries.at(-1)!;
          return outcome !== 'waiting' || attempts.length > 0;
        });
      }
      expect(await doomed.ended).toBe('SIGKILL');
      const planned = plannedIssues(rig.file);
      const paid = new Map(planned.map((issue) => [issue, rig.asked.get(issue)]));
      const second = startProcess(rig.env, rig.folder);
      onTestFinished(() => void second.child.kill('SIGKILL'));
      await until('the second start answers', () => isUp(rig));
      await rig.jira.idle();
      await deliverAgain(rig);
      await until('all cycles are finished', async () => {
        return (await atRest(rig)) && keys.every((key) => answers(rig, key) > 0);
      });
      await rig.jira.idle();
      await until('it is at rest', () => atRest(rig));

      const mias = rig.jira.deliveries.filter((delivery) => delivery.outcome === 'delivered');
      expect(mias.length).toBeGreaterThanOrEqual(EVENTS);
      expect(keys.map((key) => answers(rig, key))).toEqual(keys.map(() => 1));
      expect(new Map(planned.map((issue) => [issue, rig.asked.get(issue)]))).toEqual(paid);
      second.child.kill('SIGTERM');
      expect(await second.ended).toBe('0');
      const store = await openStore(`sqlite:${rig.file}`);
      expect(await verifyJournal(store.db)).toMatchObject({ brokenAt: null });
      await store.close();
    },
  );
});
