import { adfToText } from '../../emulators/jira/adf-document.ts';
import type { Harbor } from './harbor.ts';
import { APPROVALS } from './harbor.ts';

/** Something that the agent did in one of the systems, as the system itself remembers it. */
export interface Write {
  /** `card`: a question to people, or what became of it; `change`: anything but words. */
  readonly kind: 'comment' | 'message' | 'card' | 'change';
  /** The subject that was touched, as the product names it. */
  readonly target: string;
  /** What changed, e.g. `status`; empty for words. */
  readonly field: string;
  /** Everything that people can see of it, also behind formatting. */
  readonly text: string;
  /** Whom a direct message reached: a Slack account. */
  readonly to: string | null;
}

/** All that the agent did, from the emulators' own state. Nothing of this is asked of the agent. */
export function writesOf(harbor: Harbor): readonly Write[] {
  return [
    ...ofJira(harbor),
    ...ofGithub(harbor),
    ...ofBitbucket(harbor),
    ...ofSlack(harbor),
    ...ofSentry(harbor),
  ];
}

const words = (target: string, text: string): Write => ({
  kind: 'comment',
  target,
  field: '',
  text,
  to: null,
});

const change = (target: string, field: string, text: string): Write => ({
  kind: 'change',
  target,
  field: field.toLowerCase(),
  text,
  to: null,
});

function ofJira({ jira }: Harbor): Write[] {
  const me = jira.account.accountId;
  return [...jira.state.issues.values()].flatMap((issue) => {
    const target = `jira:issue:${issue.key}`;
    return [
      ...issue.comments
        .filter(({ author, updateAuthor }) => author === me || updateAuthor === me)
        .map(({ body }) => words(target, `${adfToText(body)}\n${JSON.stringify(body)}`)),
      ...issue.changelog
        .filter(({ author }) => author === me)
        .flatMap(({ items }) =>
          items.map((item) => change(target, item.field, JSON.stringify(item))),
        ),
      ...(issue.creator === me ? [change(target, 'created', issue.summary)] : []),
    ];
  });
}

function ofGithub({ github }: Harbor): Write[] {
  const me = github.account.login;
  return [...github.state.repos.entries()].flatMap(([repo, { issues }]) =>
    [...issues.values()].flatMap((issue) => {
      const kind = issue.pull === null ? 'issue' : 'pull-request';
      const target = `github:${kind}:${repo}#${issue.number}`;
      return [
        ...issue.comments
          .filter(({ author }) => author === me)
          .map(({ body }) => words(target, body)),
        ...(issue.pull?.reviews ?? [])
          .filter(({ author }) => author === me)
          .map(({ body, state }) => change(target, 'review', `${state} ${body}`)),
        ...issue.timeline
          .filter(({ actor, event }) => actor === me && event !== 'commented')
          .map(({ event, about }) => change(target, event, about ?? '')),
      ];
    }),
  );
}

function ofBitbucket({ bitbucket }: Harbor): Write[] {
  const me = bitbucket.account.uuid;
  return [...bitbucket.state.repositories.values()].flatMap(({ slug, pullRequests }) =>
    pullRequests.flatMap(({ data }) => {
      const target = `bitbucket:pull-request:harbor/${slug}/${data.id}`;
      return [
        ...data.comments.filter(({ author }) => author === me).map(({ raw }) => words(target, raw)),
        ...data.log
          .filter((entry) => entry.kind !== 'comment' && entry.author === me)
          .map((entry) => change(target, entry.kind, JSON.stringify(entry))),
        ...(data.closedBy === me ? [change(target, 'closed', data.state)] : []),
      ];
    }),
  );
}

function ofSlack({ slack }: Harbor): Write[] {
  const { state, bot } = slack;
  return state.messages
    .filter(({ user }) => user === bot.user)
    .map(({ channel, ts, thread, versions, onlyFor }): Write => {
      const place = state.channels.get(channel);
      const others = [...(place?.members ?? [])].filter((one) => one !== bot.user);
      const isDirect = place?.kind === 'im';
      const root = thread ?? ts;
      const isAnswer = state.messages.some((one) => one.ts === root && one.user !== bot.user);
      const text = versions.map((one) => `${one.text}\n${JSON.stringify(one.blocks)}`).join('\n');
      const isCard = versions.some(({ blocks }) => JSON.stringify(blocks).includes('approval'));
      const place_ = isDirect && !isAnswer ? `slack:user:${others[0] ?? ''}` : null;
      const inChannel = isAnswer ? `slack:thread:${channel}:${root}` : `slack:channel:${channel}`;
      return {
        kind: channel === APPROVALS || isCard ? 'card' : 'message',
        target: place_ ?? inChannel,
        field: '',
        text,
        to: isDirect ? (others[0] ?? null) : onlyFor,
      };
    });
}

function ofSentry({ sentry }: Harbor): Write[] {
  const me = sentry.account.id;
  return [...sentry.state.issues.values()].flatMap(({ row, activity }) => {
    const target = `sentry:issue:${row.id}`;
    return activity
      .filter(({ user }) => user === me)
      .map(({ type, data }) =>
        type === 'note'
          ? words(target, JSON.stringify(data))
          : change(target, type, JSON.stringify(data)),
      );
  });
}

/** How many changes the systems count for the agent, to hold `writesOf` against. */
export function countedWrites({ jira, github, bitbucket, slack, sentry }: Harbor): number {
  return jira.writes + github.writes + bitbucket.writes + slack.writes + sentry.writes;
}
