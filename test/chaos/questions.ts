import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import type { Struck } from '../../emulators/http/fault-plan.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { Five, System } from '../helpers/five.ts';

export const QUESTION = '@pm-agent how does it stand?';

const MIA = '712020:mia-0001';

/** A question to the agent, each about a subject of its own, in one of the five systems. */
export interface Question {
  readonly system: System;
  /** What is asked about, in our words. */
  readonly subject: string;
  /** What names the place in the requests of its system: see `placeOf`. */
  readonly place: string;
  readonly edit: (text: string) => void;
  readonly remove: () => void;
  /** How many answers of the agent stand there, as the system has it. */
  readonly answers: () => number;
}

type Ask = (five: Five, number: number, words: string) => Omit<Question, 'system'>;

const ASKS: Readonly<Record<System, Ask>> = {
  jira: ({ jira }, number, words) => {
    const key = `ECD-${1000 + number}`;
    jira.seed({ issues: [{ key, summary: 'One of many' }] });
    const { id } = jira.addComment(key, MIA, words);
    return {
      subject: `jira:issue:${key}`,
      place: key,
      edit: (text) => jira.editComment(id, MIA, text),
      remove: () => jira.deleteComment(id),
      answers: () =>
        jira.comments(key).filter((one) => one.author === jira.account.accountId).length,
    };
  },
  bitbucket: ({ bitbucket }, number, words) => {
    const by = BITBUCKET.mia.uuid;
    const wanted = { title: `Part ${number}`, branch: `part-${number}` };
    const { id } = bitbucket.createPullRequest('web', by, wanted);
    const on = { repo: 'web', id, by };
    const comment = bitbucket.addComment(on, words).id;
    return {
      subject: `bitbucket:pull-request:acme/web/${id}`,
      place: String(id),
      edit: (text) => bitbucket.editComment(on, comment, text),
      remove: () => bitbucket.deleteComment(on, comment),
      answers: () => bitbucket.comments('web', id).filter((one) => one.author !== by).length,
    };
  },
  github: ({ github }, number, words) => {
    const repo = 'acme/payments';
    const issue = github.openIssue(repo, 'mia-berg', { title: `Part ${number}` });
    const place = `${repo}#${issue}`;
    const { id } = github.addComment(place, 'mia-berg', words);
    return {
      subject: `github:issue:${place}`,
      place: String(issue),
      edit: (body) => github.editComment(repo, { id, by: 'mia-berg', body }),
      remove: () => github.deleteComment(repo, { id, by: 'mia-berg' }),
      answers: () => github.comments(place).filter((one) => one.author !== 'mia-berg').length,
    };
  },
  slack: ({ slack }, _number, words) => {
    const said = `<@${slack.bot.user}> ${words}`;
    const message = slack.postMessage(SLACK.mia, CHANNELS.payments, said);
    return {
      subject: `slack:thread:${CHANNELS.payments}:${message.ts}`,
      place: message.ts,
      edit: (text) => slack.editMessage(SLACK.mia, message, `<@${slack.bot.user}> ${text}`),
      remove: () => slack.deleteMessage(message),
      answers: () =>
        slack
          .messages(CHANNELS.payments)
          .filter((one) => one.user === slack.bot.user && one.thread === message.ts).length,
    };
  },
  sentry: ({ sentry }, number, words) => {
    const { id } = sentry.captureError('web', { title: `TypeError: part ${number}` }).row;
    const comment = sentry.comment(id, '101', words).id;
    return {
      subject: `sentry:issue:${id}`,
      place: id,
      edit: (text) => sentry.editComment(comment, text),
      remove: () => sentry.deleteComment(comment),
      answers: () => sentry.comments(id).filter((one) => one.user !== '101').length,
    };
  },
};

/** Asks in one of the systems; each question of a test has a `number` of its own. */
export function ask(
  five: Five,
  system: System,
  question: { readonly number: number; readonly words?: string },
): Question {
  const { number, words = QUESTION } = question;
  return { system, ...ASKS[system](five, number, words) };
}

const COMMENTS: Readonly<Record<Exclude<System, 'slack'>, RegExp>> = {
  jira: /\/issue\/(?<place>ECD-\d+)\/comment$/,
  bitbucket: /\/pullrequests\/(?<place>\d+)\/comments$/,
  github: /\/issues\/(?<place>\d+)\/comments$/,
  sentry: /\/issues\/(?<place>\d+)\/(?:notes|comments)\/$/,
};

/** Whether a request sends an answer or looks for one, and at which place; null for all others. */
export function placeOf(
  system: System,
  { method, path, body }: Struck,
): { readonly place: string; readonly does: 'send' | 'look' } | null {
  if (system === 'slack') return slackPlaceOf(path, body);
  const place = COMMENTS[system].exec(path)?.groups?.['place'];
  return place === undefined ? null : { place, does: method === 'POST' ? 'send' : 'look' };
}

function slackPlaceOf(path: string, body: Buffer) {
  const form = new URLSearchParams(body.toString());
  if (path.endsWith('/chat.postMessage')) {
    return { place: form.get('thread_ts') ?? '', does: 'send' } as const;
  }
  if (path.endsWith('/conversations.replies')) {
    return { place: form.get('ts') ?? '', does: 'look' } as const;
  }
  return null;
}
