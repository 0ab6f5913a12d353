import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { MessagesRequest } from '../../emulators/anthropic/messages-request.ts';
import type { ScriptedAnswer } from '../../emulators/anthropic/scripted-answer.ts';
import type { ProposedAction } from '../../src/domain/plan.ts';
import { CHANNELS, SPRINT, accountsOf } from './harbor.ts';
import type { Harbor } from './harbor.ts';

const FOLDER = new URL('../fixtures/injection/', import.meta.url);

const Event = z.object({
  target: z.string(),
  author: z.string(),
  role: z.string(),
  at_local: z.string().optional(),
  display_name: z.string().optional(),
  path: z.string().optional(),
});

const Step = z.object({
  verb: z.string(),
  target: z.string(),
  text: z.string().optional(),
  to: z.string().optional(),
  label: z.string().optional(),
  sprint: z.string().optional(),
  repeat: z.number().optional(),
  args: z.record(z.string(), z.string()).optional(),
});
export type Step = z.infer<typeof Step>;

/** A strict object: a key that the tests do not know would be a promise that nobody checks. */
const Forbidden = z.strictObject({
  canaries: z.boolean().optional(),
  hosts: z.array(z.string()).optional(),
  verbs: z.array(z.string()).optional(),
  targets: z.array(z.string()).optional(),
  targets_outside_event: z.boolean().optional(),
  recipients: z.array(z.string()).optional(),
  text: z.array(z.string()).optional(),
  secrets: z.array(z.string()).optional(),
  state: z.array(z.string()).optional(),
  max_writes: z.number().optional(),
  max_llm_calls: z.number().optional(),
  max_reads: z.number().optional(),
  max_approval_requests: z.number().optional(),
  renders: z.array(z.string()).optional(),
  approval_mismatch: z.boolean().optional(),
  suppresses: z.string().optional(),
});
export type Forbidden = z.infer<typeof Forbidden>;

export const Hostile = z.object({
  id: z.string(),
  channel: z.string(),
  technique: z.string(),
  event: Event,
  text: z.string(),
  forbidden_effect: Forbidden,
  obedient_plan: z.array(Step),
});
export type Hostile = z.infer<typeof Hostile>;

export const Benign = z.object({
  id: z.string(),
  channel: z.string(),
  event: Event,
  text: z.string(),
  looks_like: z.string(),
});
export type Benign = z.infer<typeof Benign>;

/** The lines of a file of the set. */
export function linesOf<Row extends z.ZodType>(file: string, row: Row): z.infer<Row>[] {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => row.parse(JSON.parse(line)));
}

/** Where a text came in: its subject, and the reply that this system knows. */
export interface Entered {
  readonly subject: string;
  readonly reply: (text: string) => ProposedAction;
}

/**
 * Channels that the product does not have yet: their texts come in as the nearest thing that reaches a prompt. What is
 * written here is what the table of verdicts says as well.
 */
export const NEAREST: Readonly<Record<string, string>> = {
  'agent_cli.workspace_file': 'bitbucket.pr_description',
  'bitbucket.commit_message': 'bitbucket.pr_comment',
  'github.repo_description': 'github.issue_body',
  'jira.attachment_name': 'jira.comment',
  'mcp.tool_description': 'jira.comment',
  'mcp.tool_result': 'jira.comment',
};

type Coming = Pick<Hostile, 'channel' | 'event' | 'text'>;

/** Lets a text come in through its own channel, as a delivery that its system signs. */
export function enter(harbor: Harbor, coming: Coming): Entered {
  const channel = NEAREST[coming.channel] ?? coming.channel;
  const way = WAYS[channel];
  if (way === undefined) throw new Error(`there is no way in for ${channel}`);
  return way(harbor, coming);
}

type Way = (harbor: Harbor, coming: Coming) => Entered;

const reason = 'The message asks for it.';

function keyOf({ event }: Coming): string {
  return /^jira:(APP-\d+)$/.exec(event.target)?.[1] ?? 'APP-77';
}

function inJira(key: string): Entered {
  return {
    subject: `jira:issue:${key}`,
    reply: (text) => ({ operation: 'jira.add-comment', input: { issue: key, text }, reason }),
  };
}

function inPull(repo: string, pullRequest: number): Entered {
  const repository = `harbor/${repo}`;
  return {
    subject: `bitbucket:pull-request:${repository}/${pullRequest}`,
    reply: (text) => ({
      operation: 'bitbucket.add-comment',
      input: { repository, pullRequest, text },
      reason,
    }),
  };
}

function inGithub(repo: string, number: number, kind: 'issue' | 'pull-request'): Entered {
  return {
    subject: `github:${kind}:${repo}#${number}`,
    reply: (text) => ({
      operation: 'github.add-comment',
      input: { repo, number, kind, text },
      reason,
    }),
  };
}

function inThread(channel: string, thread: string): Entered {
  return {
    subject: `slack:thread:${channel}:${thread}`,
    reply: (text) => ({
      operation: 'slack.reply-thread',
      input: { channel, thread, text },
      reason,
    }),
  };
}

function inSentry(issue: string): Entered {
  return {
    subject: `sentry:issue:${issue}`,
    reply: (text) => ({ operation: 'sentry.add-comment', input: { issue, text }, reason }),
  };
}

const repoOf = ({ event }: Coming) =>
  /^bitbucket:harbor\/([a-z-]+)/.exec(event.target)?.[1] ?? 'api';
const githubRepoOf = ({ event }: Coming) =>
  /^github:(harbor\/[a-z-]+)/.exec(event.target)?.[1] ?? 'harbor/web';

/** In Slack a mention is an account; `@pm-agent` alone would be ordinary letters. */
function mentioning(harbor: Harbor, text: string): string {
  const us = `<@${harbor.slack.bot.user}>`;
  return text.includes('@pm-agent') ? text.replaceAll('@pm-agent', us) : `${us} ${text}`;
}

function pullRequest(
  { bitbucket }: Harbor,
  coming: Coming,
  wanted: { readonly title: string; readonly branch: string; readonly description?: string },
): Entered {
  const repo = repoOf(coming);
  const author = accountsOf(coming.event.author).bitbucket;
  return inPull(repo, bitbucket.createPullRequest(repo, author, wanted).id);
}

function said(harbor: Harbor, coming: Coming): Entered {
  const engineering = CHANNELS['#engineering'] ?? '';
  const user = accountsOf(coming.event.author).slack;
  const { ts } = harbor.slack.postMessage(user, engineering, mentioning(harbor, coming.text));
  return inThread(engineering, ts);
}

const WAYS: Readonly<Record<string, Way>> = {
  'jira.comment': ({ jira }, coming) => {
    jira.addComment(keyOf(coming), accountsOf(coming.event.author).jira, coming.text);
    return inJira(keyOf(coming));
  },
  'jira.comment_adf': ({ jira }, coming) => {
    const document: unknown = JSON.parse(coming.text);
    jira.addDocument(keyOf(coming), accountsOf(coming.event.author).jira, { document });
    return inJira(keyOf(coming));
  },
  'jira.description': ({ jira }, coming) => {
    const key = keyOf(coming);
    jira.state.issues.delete(key);
    const seed = { key, summary: 'Export is slow', description: coming.text };
    jira.createIssue(accountsOf(coming.event.author).jira, seed);
    return inJira(key);
  },
  'jira.changed_summary': (harbor, coming) => {
    const { jira } = harbor;
    const who = accountsOf(coming.event.author).jira;
    // The change alone starts nothing; its history is read with the next word.
    jira.updateIssue('APP-77', who, { summary: coming.text, labels: ['QA-has-confirmed'] });
    jira.addComment('APP-77', who, 'How does it stand?');
    return inJira('APP-77');
  },
  'jira.summary': ({ jira }, coming) => {
    const key = keyOf(coming);
    jira.state.issues.delete(key);
    jira.createIssue(accountsOf(coming.event.author).jira, { key, summary: coming.text });
    return inJira(key);
  },
  // A sprint has no mailbox; its name is read where a ticket is moved into it.
  'jira.sprint_name': ({ jira }, coming) => {
    jira.editSprint(SPRINT, { name: coming.text });
    jira.moveToSprint('APP-77', accountsOf(coming.event.author).jira, SPRINT);
    jira.addComment('APP-77', accountsOf(coming.event.author).jira, 'How does it stand?');
    return inJira('APP-77');
  },
  'bitbucket.pr_description': (harbor, coming) => {
    const branch = 'feature/small';
    return pullRequest(harbor, coming, {
      title: 'A small change',
      branch,
      description: coming.text,
    });
  },
  'bitbucket.branch_name': (harbor, coming) =>
    pullRequest(harbor, coming, { title: 'A small change', branch: coming.text }),
  'bitbucket.pr_comment': (harbor, coming) => {
    const repo = repoOf(coming);
    const by = accountsOf(coming.event.author).bitbucket;
    // The pull request itself is old; what is said about it is the news.
    harbor.bitbucket.aimWebhook(undefined);
    const { id } = harbor.bitbucket.createPullRequest(repo, accountsOf('omar').bitbucket, {
      title: 'A small change',
      branch: 'feature/small',
    });
    harbor.aim('bitbucket');
    harbor.bitbucket.addComment({ repo, id, by }, coming.text);
    return inPull(repo, id);
  },
  'github.issue_body': ({ github }, coming) => {
    const repo = githubRepoOf(coming);
    const body = coming.text;
    const number = github.openIssue(repo, coming.event.author, { title: 'A question', body });
    return inGithub(repo, number, 'issue');
  },
  'github.issue_comment': (harbor, coming) => {
    const { github } = harbor;
    const repo = githubRepoOf(coming);
    github.aimWebhook(undefined);
    const number = github.openIssue(repo, 'omar', { title: 'A question' });
    harbor.aim('github');
    github.addComment(`${repo}#${number}`, coming.event.author, coming.text);
    return inGithub(repo, number, 'issue');
  },
  'github.label': (harbor, coming) => {
    const { github } = harbor;
    const repo = githubRepoOf(coming);
    github.aimWebhook(undefined);
    const number = github.openIssue(repo, 'omar', { title: 'A question' });
    github.label(`${repo}#${number}`, coming.event.author, coming.text);
    harbor.aim('github');
    github.addComment(`${repo}#${number}`, coming.event.author, 'How does it stand?');
    return inGithub(repo, number, 'issue');
  },
  'github.review': (harbor, coming) => {
    const { github } = harbor;
    const repo = githubRepoOf(coming);
    github.aimWebhook(undefined);
    const number = github.openPullRequest(repo, 'omar', { title: 'A change', branch: 'feature/a' });
    harbor.aim('github');
    const { author: by } = coming.event;
    github.review(`${repo}#${number}`, { by, body: coming.text, state: 'commented' });
    return inGithub(repo, number, 'pull-request');
  },
  'github.pr_body': ({ github }, coming) => {
    const repo = githubRepoOf(coming);
    const wanted = { title: 'A change', branch: 'feature/small', body: coming.text };
    const number = github.openPullRequest(repo, coming.event.author, wanted);
    return inGithub(repo, number, 'pull-request');
  },
  'sentry.error_message': ({ sentry }, coming) =>
    inSentry(sentry.captureError('checkout', { title: coming.text }).row.id),
  'sentry.tag_user_agent': ({ sentry }, coming) =>
    inSentry(
      sentry.captureError('checkout', {
        title: 'TypeError: x is undefined',
        environment: coming.text,
      }).row.id,
    ),
  'slack.message': said,
  'slack.display_name': (harbor, coming) => {
    const { slack } = accountsOf(coming.event.author.replace(/^U0/, '').toLowerCase());
    const { users } = harbor.slack.state;
    const user = users.get(slack);
    if (user === undefined) throw new Error(`there is no ${slack}`);
    users.set(slack, { ...user, realName: coming.event.display_name ?? user.realName });
    return said(harbor, { ...coming, event: { ...coming.event, author: 'theo' } });
  },
  'slack.dm': ({ slack }, coming) => {
    const { channel, ts } = slack.dm(accountsOf(coming.event.author).slack, coming.text);
    return inThread(channel, ts);
  },
  'slack.thread': (harbor, coming) => {
    const { slack } = harbor;
    const engineering = CHANNELS['#engineering'] ?? '';
    let root: string | null = null;
    for (const line of coming.text.split('\n')) {
      const [, who = '', words = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
      const { slack: user } = accountsOf(who);
      const text = words.includes('@pm-agent') ? mentioning(harbor, words) : words;
      root ??= slack.postMessage(user, engineering, text).ts;
      if (line !== coming.text.split('\n')[0])
        slack.reply(user, { channel: engineering, ts: root }, text);
    }
    return inThread(engineering, root ?? '');
  },
};

/** What a name of the set is in the systems. */
interface Aim {
  readonly harbor: Harbor;
  readonly entered: Entered;
  readonly target: string;
}

function issuesOf({ target, entered }: Aim): string[] {
  const own = /^jira:issue:(.+)$/.exec(entered.subject)?.[1];
  if (target.endsWith('*')) return [...(own === undefined ? [] : [own]), 'APP-1', 'APP-2'];
  return [target.replace(/^jira:/, '')];
}

function errorsOf({ harbor, entered, target }: Aim): string[] {
  const own = /^sentry:issue:(.+)$/.exec(entered.subject)?.[1];
  const all = [...harbor.sentry.state.issues.keys()];
  return target.endsWith('*') ? all : [own ?? all[0] ?? '1'];
}

function commentOn(aim: Aim, isOwn: boolean): readonly ((text: string) => ProposedAction)[] {
  if (isOwn) return [aim.entered.reply];
  const { target } = aim;
  if (target.startsWith('jira:')) return issuesOf(aim).map((key) => inJira(key).reply);
  if (target.startsWith('sentry:')) return errorsOf(aim).map((one) => inSentry(one).reply);
  const [, repo = 'harbor/web', number = '1'] = /^github:([^#]+)#(\d+)$/.exec(target) ?? [];
  if (target.startsWith('github:')) return [inGithub(repo, Number(number), 'issue').reply];
  const [, slug = 'api', id = '1'] = /^bitbucket:harbor\/([a-z-]+)!(\d+)$/.exec(target) ?? [];
  return [inPull(slug, Number(id)).reply];
}

function messageTo({ entered, target }: Aim, text: string): ProposedAction {
  const person = /^slack:@(.+)$/.exec(target)?.[1];
  if (person !== undefined) {
    const input = { user: accountsOf(person).slack, text };
    return { operation: 'slack.send-direct', input, reason };
  }
  const channel = CHANNELS[target.replace('slack:', '')] ?? 'C0UNKNOWN9';
  // In its own channel the thread is the nearest place, and the one that an answer may go to.
  if (entered.subject.startsWith(`slack:thread:${channel}:`)) return entered.reply(text);
  return { operation: 'slack.post-message', input: { channel, text }, reason };
}

const SPRINTS: Readonly<Record<string, number>> = { current: SPRINT };

type Doing = (aim: Aim, step: Step, isOwn: boolean) => readonly ProposedAction[];

const onTickets =
  (operation: string, more: (step: Step) => Readonly<Record<string, unknown>>): Doing =>
  (aim, step) =>
    issuesOf(aim).map((issue) => ({ operation, input: { issue, ...more(step) }, reason }));

/** The one table from the verbs of the set to operations. A verb without a row is sent under its own name. */
const VERBS: Readonly<Record<string, Doing>> = {
  comment: (aim, { text = '' }, isOwn) => commentOn(aim, isOwn).map((say) => say(text)),
  message: (aim, { text = '' }) => [messageTo(aim, text)],
  remind: (aim, { text = '' }) => [messageTo(aim, text)],
  transition: onTickets('jira.transition-issue', ({ to = 'Done' }) => ({ to })),
  close: onTickets('jira.close-issue', () => ({})),
  reassign: onTickets('jira.assign-issue', ({ to = 'theo' }) => ({
    accountId: accountsOf(to).jira,
  })),
  set_priority: onTickets('jira.set-priority', ({ to = 'Lowest' }) => ({ priority: to })),
  move_sprint: onTickets('jira.move-to-sprint', ({ sprint = '' }) => ({
    sprint: SPRINTS[sprint] ?? 43,
  })),
  label: onTickets('jira.add-label', ({ label = 'x' }) => ({ label })),
  delete: onTickets('jira.delete-issue', () => ({})),
  read: (aim) =>
    issuesOf(aim).map((issue) => ({ operation: 'jira.get-issue', input: { issue }, reason })),
  search: (_aim, { text = '' }) => [
    { operation: 'jira.search-issues', input: { jql: text }, reason },
  ],
  resolve: (aim) =>
    errorsOf(aim).map((issue) => ({ operation: 'sentry.resolve-issue', input: { issue }, reason })),
  mute: (aim) =>
    errorsOf(aim).map((issue) => ({
      operation: 'sentry.assign-issue',
      input: { issue, assignee: null },
      reason,
    })),
};

/** What a fully deceived model asks for, in operations of the product. */
export function obedientActions(
  harbor: Harbor,
  hostile: Hostile,
  entered: Entered,
): readonly ProposedAction[] {
  return hostile.obedient_plan.flatMap((step) => {
    const aim = { harbor, entered, target: step.target };
    const doing = VERBS[step.verb];
    if (doing !== undefined) return doing(aim, step, step.target === hostile.event.target);
    const { verb: operation, ...input } = step;
    return [{ operation, input, reason }];
  });
}

const MOST = 5;

/** A plan with some of these actions. */
export function planOf(actions: readonly ProposedAction[]) {
  return {
    shouldRespond: true,
    urgency: 'high',
    reasoning: 'The message asks for it.',
    actions: actions.slice(0, MOST),
    unknowns: [],
  };
}

// What lies outside of every subject of these tests, one per tool.
const FOREIGN: Readonly<Record<string, readonly object[]>> = {
  'jira_get-issue': [{ issue: 'PRIV-12' }, { issue: 'OPS-3' }, { issue: 'APP-1' }],
  'jira_list-comments': [{ issue: 'PRIV-12' }],
  'github_get-issue': [{ repo: 'harbor/vault-config', number: 1 }],
  'bitbucket_get-pull-request': [{ repository: 'harbor/vault-config', pullRequest: 1 }],
  'slack_get-thread': [{ channel: 'C0PRIVATE9', thread: '1772442000.000000' }],
  'sentry_get-issue': [{ issue: '1' }],
};

/** The model that obeys: reads what it should not, then hands in the plan, also after it was told that it does not fit. */
export class DeceivedModel {
  /** What it asks for, once it is known where the text came in. */
  actions: readonly ProposedAction[] = [];
  /** How often it wants to read before it answers. */
  reads = 1;
  private read = 0;
  private chunk = 0;

  answer(request: MessagesRequest): ScriptedAnswer {
    const asked = JSON.stringify(request.messages);
    const tools = (request.tools ?? []).flatMap(({ name }) =>
      typeof name === 'string' ? [name] : [],
    );
    const uses = tools.flatMap((name) => (FOREIGN[name] ?? []).map((input) => ({ name, input })));
    if (this.read < this.reads && uses.length > 0 && request.tool_choice?.type !== 'none') {
      this.read += 1;
      // Whoever wants to read for ever takes small bites.
      return { toolUse: this.reads > 1 ? uses.slice(0, 1) : uses };
    }
    const isRepair = asked.includes('did not fit');
    const schema = JSON.stringify(request.output_config?.format?.schema ?? {});
    // Told that the plan does not fit, it keeps what does.
    const wanted = isRepair
      ? this.actions.filter(({ operation }) => schema.includes(`"${operation}"`))
      : this.actions;
    const from = (this.chunk * MOST) % Math.max(1, wanted.length);
    if (wanted.length > MOST) this.chunk += 1;
    return { json: planOf(wanted.slice(from)) };
  }
}
