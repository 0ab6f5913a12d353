import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { startAnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import type { AnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import type { ScriptedAnswer } from '../../emulators/anthropic/scripted-answer.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { SlackMessage } from '../../emulators/slack/slack-state.ts';
import { runCli } from '../../src/cli/program.ts';
import type { Action } from '../../src/domain/action.ts';
import type { Mode } from '../../src/domain/mode.ts';
import { asFailure } from '../../src/domain/failure.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { listActions } from '../../src/store/actions.ts';
import { listApprovals } from '../../src/store/approvals.ts';
import { countByState, waitingMailboxes } from '../../src/store/counts.ts';
import { journalAfter, verifyJournal } from '../../src/store/journal.ts';
import { ADMIN, startFive, startProgram } from '../helpers/five.ts';
import type { Five, Program } from '../helpers/five.ts';
import { temporaryFolder } from '../helpers/store.ts';

const SHIPPED = new URL('../../config/pm-directives.yaml', import.meta.url);
const MODEL_KEY = 'the-model-key-of-the-tests';
const PATIENCE_MS = 60_000;
const PAGE = 200;

/** The accounts of the invented team in the emulated systems. */
export const TEAM = {
  mia: accounts('mia', '712020:mia-0001', '101'),
  ines: accounts('ines', '712020:ines-0002', '102'),
  jonas: accounts('jonas', '712020:jonas-0003', '103'),
  tom: accounts('tom', '712020:tom-0004', '104'),
} as const;

function accounts(name: keyof typeof SLACK, atlassian: string, number: string) {
  return {
    slack: SLACK[name],
    jira: atlassian,
    bitbucket: atlassian,
    github: number,
    sentry: number,
  };
}

const line = (words: string, of: keyof typeof TEAM) =>
  `    - { ${words}, accounts: { ${Object.entries(TEAM[of])
    .map(([system, id]) => `${system}: '${id}'`)
    .join(', ')} } }`;

/** Three zones; Mia asks for things, Tom leads, Ines works across the sea, Jonas is a guest. */
const MEMBERS = [
  'members:',
  line('name: Mia Berg, role: product-manager, approves: true, zone: Europe/Berlin', 'mia'),
  line('name: Tom Weber, role: tech-lead, approves: true, zone: Europe/Berlin', 'tom'),
  line('name: Ines Okafor, role: member, approves: true, zone: America/New_York', 'ines'),
  line('name: Jonas Lind, role: guest, zone: Australia/Sydney', 'jonas'),
  '  zone: Europe/Berlin',
].join('\n');

const PLACES = `channels:
  engineering: ${CHANNELS.payments}
  leadership: ${CHANNELS.leads}
  approvals: ${CHANNELS.web}
`;

/** The directives that ship, for this team and its channels, with single lines of them said otherwise. */
export function directivesOf(changes: Readonly<Record<string, string>> = {}): string {
  let text = readFileSync(SHIPPED, 'utf8')
    .replace('members: []', MEMBERS)
    .replace(/^channels:\n(?: {2}.*\n)+/m, PLACES)
    // Where the stand-ins of Bitbucket and Slack say that their pages are.
    .replace('hosts: []', 'hosts: [bitbucket.example, acme.example]');
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`the directives do not say: ${from}`);
    text = text.replace(from, to);
  }
  return text;
}

export interface WorldOptions {
  readonly mode?: Mode;
  /** Lines of the shipped directives that are said otherwise. */
  readonly directives?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** A model that answers this to every prompt. */
  readonly model?: (prompt: string) => ScriptedAnswer;
  readonly log?: Logger;
  /** The program's own clock, made of that of the systems. */
  readonly clock?: (systems: Clock) => Clock;
}

/** The whole program with the five systems, a team in its directives, and a clock that moves when told. */
export type World = Awaited<ReturnType<typeof startWorld>>;

/** Starts it all; it ends with the test. */
export async function startWorld(options: WorldOptions = {}) {
  const five = await startFive();
  seedPeople(five);
  const folder = temporaryFolder();
  const file = join(folder, 'directives.yaml');
  writeFileSync(file, directivesOf(options.directives));
  const model = options.model === undefined ? null : await startModel(options.model);
  const env = {
    DATABASE_URL: `sqlite:${join(folder, 'world.db')}`,
    PM_AGENT_DIRECTIVES: file,
    ...(model === null ? {} : { ANTHROPIC_API_KEY: MODEL_KEY, ANTHROPIC_BASE_URL: model.url }),
    ...options.env,
  };
  const start = async (more: Readonly<Record<string, string>> = {}): Promise<Program> => {
    const program = await startProgram(five, {
      push: true,
      poll: true,
      mode: options.mode ?? 'production',
      env: { ...env, ...more },
      ...(options.log === undefined ? {} : { log: options.log }),
      ...(options.clock === undefined ? {} : { clock: options.clock(five.clock) }),
    });
    five.aim(program.app.url);
    return program;
  };
  let program = await start();
  const db = () => program.app.store.db;
  const settle = () => settled(five, () => program);
  await settle();
  return {
    five,
    model,
    file,
    folder,
    /** A second program over the same file and systems; webhooks go to the newest. */
    another: start,
    get program() {
      return program;
    },
    /** Stops, and starts again over the same file. */
    restart: async (more: Readonly<Record<string, string>> = {}) => {
      five.aim(null);
      await program.stop();
      program = await start(more);
      await settle();
    },
    settle,
    /** Lets time pass and everything that is due by then happen. */
    pass: async (ms: number) => {
      five.clock.move(ms);
      await lookAtAll(program);
      await settle();
    },
    /** Newest first. */
    actions: async (): Promise<readonly Action[]> =>
      (await listActions(db(), { limit: PAGE })).items,
    approvals: async () => (await listApprovals(db(), { limit: PAGE })).items,
    journal: async () => await journalAfter(db(), 0, 10_000),
    journalHolds: async () => (await verifyJournal(db())).brokenAt === null,
    ask: (path: string, init?: RequestInit) => program.ask(path, init),
    post: (path: string, body: object) =>
      program.ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    /** Runs a command of the CLI against the program. */
    cli: async (...args: string[]) => await command(program.app.url, args),
    /** What the agent has written on a ticket. */
    onTicket: (key: string): string[] =>
      five.jira
        .comments(key)
        .filter(({ author }) => author === five.jira.account.accountId)
        .map(({ body }) => wordsIn(body)),
    /** What the agent has said in Slack but for passing notes, oldest first. */
    said: (channel?: string): SlackMessage[] =>
      five.slack.state.messages.filter(
        ({ user, onlyFor, channel: at }) =>
          user === five.slack.bot.user && onlyFor === null && (channel ?? at) === at,
      ),
    /** Direct messages to a person, oldest first. */
    directs: (person: string): SlackMessage[] => directsTo(five, person),
  };
}

/** A model's plan with these actions; none is a good plan too. */
export function planOf(...actions: readonly (readonly [operation: string, input: object])[]) {
  return {
    json: {
      shouldRespond: actions.length > 0,
      urgency: 'low',
      reasoning: 'It may help.',
      actions: actions.map(([operation, input]) => ({ operation, input, reason: 'It may help.' })),
      unknowns: [],
    },
  };
}

/** The text of a message as it reads now. */
export function latest(message: SlackMessage | undefined): string {
  return message?.versions.at(-1)?.text ?? '';
}

/** The ids of the buttons that stand under a message now. */
export function buttonsOf(message: SlackMessage | undefined): string[] {
  const found = JSON.stringify(message?.versions.at(-1)?.blocks ?? []).matchAll(
    /"action_id":"([^"]+)"/g,
  );
  return [...found].map(([, id = '']) => id);
}

/** All text in a document of the Atlassian format, one line per paragraph. */
export function wordsIn(node: unknown): string {
  if (typeof node !== 'object' || node === null) return '';
  const { text, content, type } = node as { text?: string; content?: unknown[]; type?: string };
  const inner = (content ?? []).map(wordsIn).join(type === 'doc' ? '\n' : '');
  return type === 'hardBreak' ? '\n' : `${text ?? ''}${inner}`;
}

function seedPeople(five: Five): void {
  five.jira.seed({
    people: [
      { accountId: TEAM.mia.jira, displayName: 'Mia Berg', timeZone: 'Europe/Berlin' },
      { accountId: TEAM.ines.jira, displayName: 'Ines Okafor', timeZone: 'America/New_York' },
      { accountId: TEAM.jonas.jira, displayName: 'Jonas Lind', timeZone: 'Australia/Sydney' },
      { accountId: TEAM.tom.jira, displayName: 'Tom Weber', timeZone: 'Europe/Berlin' },
    ],
  });
}

async function startModel(script: (prompt: string) => ScriptedAnswer): Promise<AnthropicEmulator> {
  const model = await startAnthropicEmulator({
    apiKey: MODEL_KEY,
    script: (request) => script(JSON.stringify(request.messages)),
  });
  onTestFinished(() => model.close());
  return model;
}

/** What looks by itself now and then is made to look now. */
export async function lookAtAll({ app }: Program): Promise<void> {
  await app.judgement.timely.approvals.expireDue();
  await app.judgement.timely.deferred.look();
  let due = 1;
  while (due > 0) {
    const { sweeps, reminders } = await app.judgement.timely.scheduler.look();
    due = sweeps + reminders;
  }
}

async function settled(five: Five, program: () => Program): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  let calm = 0;
  while (calm < 2) {
    if (Date.now() > end) throw new Error('the world never came to rest');
    await five.idle();
    calm = (await isQuiet(program())) ? calm + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, calm === 0 ? 5 : 2));
  }
}

async function isQuiet({ app }: Program): Promise<boolean> {
  const { db } = app.store;
  try {
    const [deliveries, events, cycles, waiting] = await Promise.all([
      countByState(db, 'deliveries'),
      countByState(db, 'events'),
      countByState(db, 'cycles'),
      waitingMailboxes(db),
    ]);
    const open = [deliveries['kept'], events['waiting'], events['taken'], cycles['open']];
    return waiting === 0 && open.every((count) => (count ?? 0) === 0);
  } catch (error) {
    // Another program on the same file may hold it for a moment.
    if (asFailure(error).kind === 'store-unavailable') return false;
    throw error;
  }
}

async function command(url: string, args: readonly string[]) {
  vi.stubEnv('PM_AGENT_TOKEN', ADMIN);
  const out: string[] = [];
  const catching = (text: unknown): boolean => out.push(String(text)) > 0;
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(catching),
    vi.spyOn(process.stderr, 'write').mockImplementation(catching),
  ];
  try {
    const code = await runCli(['node', 'pm-agent', '--url', url, ...args]);
    return { code, out: out.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}

function directsTo({ slack }: Five, person: string): SlackMessage[] {
  const direct = [...slack.state.channels.values()].find(
    ({ kind, members }) => kind === 'im' && members.has(person),
  );
  return slack
    .messages(direct?.id ?? '')
    .filter(({ user, deletedAt }) => user === slack.bot.user && deletedAt === null);
}
