import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import type { z } from 'zod';
import type { MessagesRequest } from '../../emulators/anthropic/messages-request.ts';
import type { ScriptedAnswer } from '../../emulators/anthropic/scripted-answer.ts';
import { startAnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import type { AnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import { startJiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import type { JiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import { startApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { Mode } from '../../src/domain/mode.ts';
import type { Plan } from '../../src/domain/plan.ts';
import {
  Actions,
  CycleTrace,
  Cycles,
  Deliveries,
  Events,
  Status,
} from '../../src/http/contract.ts';
import { verifyJournal } from '../../src/store/journal.ts';
import { emptyStore } from './postgres.ts';

export const SECRET = 'the-webhook-secret-of-the-tests';
export const ADMIN = 'the-admin-token-of-the-tests';
export const MIA = '712020:mia-0001';
export const AGENT = '712020:pm-agent';
export const QUESTION = `[~accountid:${AGENT}] how does it stand?`;
export const ANSWER = 'In progress; Ines works on it.';

const EMAIL = 'agent@example.com';
const TOKEN = 'the-api-token-of-the-tests';
const MODEL_KEY = 'the-model-key-of-the-tests';
const PATIENCE_MS = 20_000;

type Environment = Readonly<Record<string, string>>;
type Finished = (work: () => Promise<void> | void) => void;

export interface AgentOptions {
  readonly mode: Mode;
  /** An emulator of the test's own; without one a small team is started. */
  readonly jira?: JiraEmulator;
  /** True: a model that always proposes the same comment. Otherwise what it says to each request. */
  readonly model?: boolean | ((request: MessagesRequest) => ScriptedAnswer);
  /** Over the usual settings; an empty value takes a setting away. */
  readonly env?: Environment;
  /** Where to leave the cleaning up; a concurrent test must name its own. */
  readonly finished?: Finished;
}

/** The whole program on a free port over a real file, with its systems beside it. */
export interface Agent {
  readonly url: string;
  readonly app: App;
  readonly jira: JiraEmulator;
  readonly model: AnthropicEmulator;
  /** All that was logged so far, from `debug` up. */
  readonly logs: () => string;
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  /** Asks the API and proves that the answer keeps the contract. */
  readonly api: <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
  ) => Promise<z.infer<Schema>>;
  readonly status: () => Promise<z.infer<typeof Status>>;
  /** Newest first. */
  readonly cycles: () => Promise<z.infer<typeof Cycles>['items']>;
  readonly actions: () => Promise<z.infer<typeof Actions>['items']>;
  readonly events: () => Promise<z.infer<typeof Events>['items']>;
  readonly deliveries: () => Promise<z.infer<typeof Deliveries>['items']>;
  readonly trace: (cycle: string) => Promise<CycleTrace>;
  /** The trace of the only cycle there is. */
  readonly onlyTrace: () => Promise<CycleTrace>;
  /** What the agent wrote on an issue. */
  readonly written: (issue?: string) => ReturnType<JiraEmulator['comments']>;
  /** Resolves when every delivery is read, every mailbox at rest, and nothing on its way. */
  readonly untilIdle: () => Promise<void>;
  readonly until: (what: string, holds: () => Promise<boolean>) => Promise<void>;
  readonly journalHolds: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Stops, and starts again over the same file. */
  readonly restart: (env?: Environment) => Promise<void>;
}

/** A plan that comments on an issue. */
export function planFor(issue = 'ECD-1', text = ANSWER): Plan {
  return {
    shouldRespond: true,
    urgency: 'low',
    reasoning: 'Mia asked how it stands.',
    actions: [
      { operation: 'jira.add-comment', input: { issue, text }, reason: 'Mia asked the agent.' },
    ],
    unknowns: [],
  };
}

export const answered = (plan: unknown = planFor()): ScriptedAnswer => ({ json: plan });

/** Waits until something holds, looking again and again. Throws with the last state when it never does. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`still not so after ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A Jira site that the agent's credentials fit. */
export async function startJira(finished: Finished = onTestFinished): Promise<JiraEmulator> {
  const jira = await startJiraEmulator({ email: EMAIL, token: TOKEN });
  finished(() => jira.close());
  return jira;
}

/** A log that a test reads. */
export function memoryLog() {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return { log: pino({ level: 'debug' }, stream), text: () => lines.join('') };
}

/** Starts emulators and program; all of it ends with the test. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const finished = options.finished ?? onTestFinished;
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-e2e-'));
  finished(() => rmSync(folder, { recursive: true, force: true }));
  const jira = options.jira ?? (await startJira(finished));
  const wanted = options.model ?? false;
  const script = typeof wanted === 'function' ? wanted : () => answered();
  const model = await startAnthropicEmulator({ apiKey: MODEL_KEY, script });
  finished(() => model.close());
  const { log, text } = memoryLog();
  const base: Environment = {
    ENVIRONMENT: 'test',
    PORT: '0',
    PM_AGENT_MODE: options.mode,
    PM_AGENT_ADMIN_TOKEN: ADMIN,
    // A test asks again and again until something holds.
    PM_AGENT_API_RATE: '100000',
    PM_AGENT_CACHE_SECONDS: '0',
    PM_AGENT_WINDOW_MS: '0',
    PM_AGENT_SETTLE_SECONDS: '0.2',
    DATABASE_URL: await emptyStore(folder, finished),
    JIRA_WEBHOOK_SECRET: SECRET,
    JIRA_BASE_URL: jira.url,
    ATLASSIAN_EMAIL: EMAIL,
    ATLASSIAN_API_TOKEN: TOKEN,
    ...(wanted !== false ? { ANTHROPIC_API_KEY: MODEL_KEY, ANTHROPIC_BASE_URL: model.url } : {}),
    ...options.env,
  };
  const start = async (env: Environment): Promise<App> => {
    const started = await startApp(readConfig(env), log);
    await started.introduced;
    // What is polled at the start is over before a test begins; the next poll is an hour away.
    await started.watching.poller.pollDue('jira');
    const secret = env['JIRA_WEBHOOK_SECRET'] ?? '';
    jira.aimWebhook(
      secret === ''
        ? undefined
        : { url: `${started.url}/webhooks/jira`, secret, timeoutMs: 20_000 },
    );
    return started;
  };
  let app = await start(base);
  let running = true;
  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    await app.stop();
  };
  finished(stop);

  const ask: Agent['ask'] = (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${ADMIN}`);
    return fetch(`${app.url}${path}`, { ...init, headers });
  };
  const api: Agent['api'] = async (path, schema) => {
    const answer = await ask(path);
    const body: unknown = await answer.json();
    if (answer.status !== 200) {
      throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(body)}`);
    }
    return schema.parse(body);
  };
  const status = () => api('/api/status', Status);
  const cycles = async () => (await api('/api/cycles?limit=200', Cycles)).items;
  const trace = (cycle: string) => api(`/api/cycles/${cycle}`, CycleTrace);
  const onWay = () => jira.deliveries.filter(({ outcome }) => outcome === 'waiting').length;
  return {
    get url() {
      return app.url;
    },
    get app() {
      return app;
    },
    jira,
    model,
    logs: text,
    ask,
    api,
    status,
    cycles,
    actions: async () => (await api('/api/actions?limit=200', Actions)).items,
    events: async () => (await api('/api/events?limit=200', Events)).items,
    deliveries: async () => (await api('/api/deliveries?limit=200', Deliveries)).items,
    trace,
    onlyTrace: async () => {
      // A question to people has a mailbox of its own.
      const all = (await cycles()).filter(({ subject }) => !subject.startsWith('pm:'));
      expect(all).toHaveLength(1);
      return await trace(all[0]!.id);
    },
    written: (issue = 'ECD-1') => jira.comments(issue).filter(({ author }) => author === AGENT),
    until,
    untilIdle: async () => {
      await until('nothing waits', async () => {
        await jira.idle();
        const sent = jira.deliveries.length;
        const { deliveries, mailboxes, events } = await status();
        // A comment made while we asked is on its way back to us: look again.
        const quiet = jira.deliveries.length === sent && onWay() === 0;
        return quiet && deliveries.waiting + mailboxes.waiting + events.waiting === 0;
      });
    },
    journalHolds: async () => {
      const report = await verifyJournal(app.store.db);
      expect(report).toMatchObject({ brokenAt: null, reason: null });
      expect(report.entries).toBeGreaterThan(0);
    },
    stop,
    restart: async (env = {}) => {
      await stop();
      app = await start({ ...base, ...env });
      running = true;
    },
  };
}
