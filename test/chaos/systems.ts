import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startAnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import type { MessagesRequest } from '../../emulators/anthropic/messages-request.ts';
import type { ScriptedAnswer } from '../../emulators/anthropic/scripted-answer.ts';
import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { ProposedAction } from '../../src/domain/plan.ts';
import { fiveSettings, startFive, SYSTEMS } from '../helpers/five.ts';
import type { Five, System } from '../helpers/five.ts';

const MIA = '712020:mia-0001';
const QUESTION = 'how does it stand?';
const MODEL_KEY = 'model-key-of-the-chaos-rig';
// As the vendors try again after minutes, here after a moment: long enough for a program to come back.
const RETRY_MS = 700;

/** A person asked, once, on a subject of its own: it is answered by one message in that subject, or by none. */
export interface Question {
  readonly system: System;
  readonly subject: string;
}

/** What was said in a system: the agent wrote a message on this subject. */
export interface Effect {
  readonly subject: string;
  /** As the system names it. */
  readonly id: string;
}

/** The five systems by the clock of the wall, and a model that answers each question with one message where it was asked. */
export interface Systems extends Five {
  readonly model: Awaited<ReturnType<typeof startAnthropicEmulator>>;
  /** For the deployment: their addresses and secrets, and directives that count no messages and no money. */
  readonly settings: Readonly<Record<string, string>>;
  readonly questions: readonly Question[];
  /** A person asks on something new: a ticket, a pull request, a thread, an error. */
  readonly ask: (system: System) => Question;
  /** A person says something on a subject that asks for nothing. */
  readonly chat: (question: Question) => void;
  /** Every message that the agent has written, as the systems remember it. */
  readonly effects: () => readonly Effect[];
  /** How often the model was asked about a subject. */
  readonly asked: (subject: string) => number;
  /** How often the model was asked about a subject while it still answered about the same one. */
  readonly overlaps: () => number;
  /** The model takes so long for each answer; chosen by `random` up to it unless that is left out. */
  readonly slowDown: (ms: number, random?: () => number) => void;
}

/** Starts them; they end with the test. */
export async function startSystems(): Promise<Systems> {
  const five = await startFive({ now: () => new Date(), callsPerHour: 10_000_000 });
  const mind = new Mind();
  const model = await startAnthropicEmulator({
    apiKey: MODEL_KEY,
    script: (request) => mind.answer(request),
  });
  onTestFinished(() => model.close());
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-chaos-directives-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const directives = join(folder, 'pm-directives.yaml');
  writeFileSync(directives, boundless());
  const env = fiveSettings(five, { push: true, poll: true, mode: 'production' });
  const questions: Question[] = [];
  let count = 0;
  return {
    ...five,
    aim: (url, timing) => five.aim(url, { retryDelayMs: RETRY_MS, ...timing }),
    model,
    settings: {
      ...env,
      PM_AGENT_SETTLE_SECONDS: '1',
      PM_AGENT_DIRECTIVES: directives,
      ANTHROPIC_API_KEY: MODEL_KEY,
      ANTHROPIC_BASE_URL: model.url,
    },
    questions,
    ask: (system) => {
      count += 1;
      const question = { system, subject: WAYS[system].ask(five, count) };
      questions.push(question);
      return question;
    },
    chat: ({ system, subject }) => {
      count += 1;
      WAYS[system].say(five, subject, `note ${count}`);
    },
    effects: () => SYSTEMS.flatMap((system) => WAYS[system].effects(five)),
    asked: (subject) => mind.asked.get(subject) ?? 0,
    overlaps: () => mind.overlaps,
    slowDown: (ms, random) => {
      mind.delay = () => Math.round(ms * (random?.() ?? 1));
    },
  };
}

/** The shipped directives without what bounds a whole company's messages and money by the hour. */
function boundless(): string {
  const shipped = readFileSync(new URL('../../config/pm-directives.yaml', import.meta.url), 'utf8');
  return shipped
    .replace(/(per_(?:cycle|day|month|person_and_day)_usd): [\d.]+/g, '$1: null')
    .replace(/changes_per_minute: \d+/, 'changes_per_minute: 10000');
}

/** What the model says: one message where the question was asked, and nothing to all else. */
class Mind {
  readonly asked = new Map<string, number>();
  overlaps = 0;
  delay: () => number = () => 0;
  private readonly busyUntil = new Map<string, number>();

  answer(request: MessagesRequest): ScriptedAnswer {
    const content = request.messages.at(-1)?.content ?? '';
    const text =
      typeof content === 'string' ? content : content.map((block) => block.text ?? '').join('\n');
    const subject = /^Subject of this cycle: (\S+)$/m.exec(text)?.[1] ?? '';
    const [, rest = ''] = text.split('What happened, in order:\n');
    const [happened = ''] = rest.split('\n\nFacts:\n');
    const delayMs = this.begin(subject);
    const isAsked = happened.includes(QUESTION);
    const actions = isAsked ? [replyOn(subject)] : [];
    const plan = { shouldRespond: isAsked, urgency: 'low', reasoning: 'asked', unknowns: [] };
    return { delayMs, json: { ...plan, actions } };
  }

  private begin(subject: string): number {
    const now = performance.now();
    if ((this.busyUntil.get(subject) ?? 0) > now) this.overlaps += 1;
    const delayMs = this.delay();
    this.busyUntil.set(subject, now + delayMs);
    this.asked.set(subject, (this.asked.get(subject) ?? 0) + 1);
    return delayMs;
  }
}

/** One message in the subject's own system. */
function replyOn(subject: string): ProposedAction {
  const [system = '', kind = '', ...rest] = subject.split(':');
  const id = rest.join(':');
  const text = 'It moves.';
  const reason = 'asked';
  const act = (operation: string, input: object) => ({
    operation,
    input: { ...input, text },
    reason,
  });
  const [place = '', number = ''] = /^(.+)[/#](\d+)$/.exec(id)?.slice(1) ?? [];
  switch (system) {
    case 'jira':
      return act('jira.add-comment', { issue: id });
    case 'bitbucket':
      return act('bitbucket.add-comment', { repository: place, pullRequest: Number(number) });
    case 'github':
      return act('github.add-comment', { repo: place, number: Number(number), kind });
    case 'slack':
      return act('slack.reply-thread', { channel: rest[0], thread: rest[1] });
    default:
      return act('sentry.add-comment', { issue: id });
  }
}

/** How people and the agent meet in one system. Subjects are written as the program writes them. */
interface Way {
  /** Makes something new with a question on it; answers its subject. */
  readonly ask: (five: Five, count: number) => string;
  readonly say: (five: Five, subject: string, text: string) => void;
  readonly effects: (five: Five) => Effect[];
}

const after = (subject: string) => subject.split(':').slice(2).join(':');
const numberOf = (subject: string) => Number(/(\d+)$/.exec(subject)?.[1]);

const WAYS: Readonly<Record<System, Way>> = {
  jira: {
    ask: ({ jira }, count) => {
      const key = `ECD-${1_000 + count}`;
      jira.createIssue(MIA, { key, summary: `Work ${count}` });
      jira.addComment(key, MIA, `[~accountid:${jira.account.accountId}] ${QUESTION}`);
      return `jira:issue:${key}`;
    },
    say: ({ jira }, subject, text) => void jira.addComment(after(subject), MIA, text),
    effects: ({ jira }) =>
      [...jira.state.issues.values()].flatMap(({ key, comments }) =>
        comments
          .filter(({ author }) => author === jira.account.accountId)
          .map(({ id }) => ({ subject: `jira:issue:${key}`, id })),
      ),
  },
  bitbucket: {
    ask: ({ bitbucket }, count) => {
      const by = BITBUCKET.mia.uuid;
      const wanted = { title: `Work ${count}`, branch: `feature/${count}` };
      const { id } = bitbucket.createPullRequest('web', by, wanted);
      bitbucket.addComment({ repo: 'web', id, by }, `@pm-agent ${QUESTION}`);
      return `bitbucket:pull-request:acme/web/${id}`;
    },
    say: ({ bitbucket }, subject, text) => {
      const by = BITBUCKET.ines.uuid;
      bitbucket.addComment({ repo: 'web', id: numberOf(subject), by }, text);
    },
    effects: ({ bitbucket }) =>
      [...bitbucket.state.repositories.values()].flatMap(({ slug, pullRequests }) =>
        pullRequests.flatMap(({ data }) =>
          data.comments
            .filter(({ author }) => author === bitbucket.account.uuid)
            .map(({ id }) => ({
              subject: `bitbucket:pull-request:acme/${slug}/${data.id}`,
              id: String(id),
            })),
        ),
      ),
  },
  github: {
    ask: ({ github }, count) => {
      const wanted = { title: `Work ${count}`, branch: `feature/${count}` };
      const number = github.openPullRequest('acme/web', 'mia-berg', wanted);
      github.addComment(`acme/web#${number}`, 'mia-berg', `@pm-agent ${QUESTION}`);
      return `github:pull-request:acme/web#${number}`;
    },
    say: ({ github }, subject, text) => void github.addComment(after(subject), 'ines-okafor', text),
    effects: ({ github }) =>
      [...github.state.repos.entries()].flatMap(([repo, { issues }]) =>
        [...issues.values()].flatMap(({ number, comments }) =>
          comments
            .filter(({ author }) => author === github.account.login)
            .map(({ id }) => ({
              subject: `github:pull-request:${repo}#${number}`,
              id: String(id),
            })),
        ),
      ),
  },
  slack: {
    ask: ({ slack }, count) => {
      const text = `<@${slack.bot.user}> ${QUESTION} (${count})`;
      const { channel, ts } = slack.postMessage(SLACK.mia, CHANNELS.web, text);
      return `slack:thread:${channel}:${ts}`;
    },
    say: ({ slack }, subject, text) => {
      const [channel = '', ts = ''] = after(subject).split(':');
      slack.reply(SLACK.ines, { channel, ts }, text);
    },
    effects: ({ slack }) =>
      slack.state.messages
        .filter(({ user }) => user === slack.bot.user)
        .map(({ channel, thread, ts }) => ({
          subject: `slack:thread:${channel}:${thread ?? ts}`,
          id: `${channel}:${ts}`,
        })),
  },
  sentry: {
    ask: ({ sentry }, count) => {
      const { id } = sentry.captureError('web', { title: `TypeError: work ${count}` }).row;
      sentry.comment(id, '101', `@pm-agent ${QUESTION}`);
      return `sentry:issue:${id}`;
    },
    say: ({ sentry }, subject, text) => void sentry.comment(after(subject), '102', text),
    effects: ({ sentry }) =>
      [...sentry.state.issues.values()].flatMap(({ row, activity }) =>
        activity
          .filter(({ user, type }) => type === 'note' && user === sentry.account.id)
          .map(({ id }) => ({ subject: `sentry:issue:${row.id}`, id })),
      ),
  },
};
