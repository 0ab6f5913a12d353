import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import { pollNow } from '../store/polls.ts';
import { checked, noEffect, wokenBy } from './demo-told.ts';
import type { Scene } from './demo-told.ts';
import type { World } from './demo-world.ts';

const PART = { title: 'Show the total with two decimals', branch: 'feature/total' };

/** What the agent wrote in Slack. */
export function slackAnswers({ systems: { slack } }: World): readonly string[] {
  const said = slack.messages(CHANNELS.payments).filter(({ user }) => user === slack.bot.user);
  return said.map(({ versions }) => versions.at(-1)?.text ?? '');
}

/** What the agent wrote on pull requests of Bitbucket. */
export function bitbucketAnswers({ systems: { bitbucket } }: World): readonly string[] {
  const pulls = [...bitbucket.state.repositories.values()].flatMap((repository) => [
    ...repository.pullRequests.values(),
  ]);
  return pulls
    .flatMap(({ data }) => data.comments)
    .filter(({ author }) => author === bitbucket.account.uuid)
    .map(({ raw }) => raw.split('\n')[0] ?? '');
}

async function pollBitbucket({ app }: World): Promise<readonly number[]> {
  await app.store.write(({ db }) => pollNow(db, 'bitbucket', { now: Date.now() }));
  await app.watching.poller.pollDue('bitbucket');
  return [];
}

/** The other four systems have their turn. */
export const EVENING: readonly Scene[] = [
  {
    time: '17:10',
    title: 'Jonas Lind opens a pull request on GitHub: "ECD-4: round the total"',
    play: ({ systems: { github } }) => {
      const pull = { title: 'ECD-4: round the total', branch: 'feature/ecd-4-round' };
      github.openPullRequest('acme/payments', 'jonas-lind', pull);
    },
    tell: ({ seen }) => {
      const subjects = seen.cycles.map(({ row }) => row.subject).sort();
      const linked = seen.events.filter(({ rule }) => rule === 'linked').length;
      return checked(
        'silence, on the pull request and on ECD-4',
        'it names ECD-4, a known project: both mailboxes wake; nobody asked anything',
        {
          'two cycles': subjects.join() === 'github:pull-request:acme/payments#1,jira:issue:ECD-4',
          'one link': linked === 1,
          ...noEffect(seen),
        },
      );
    },
  },
  {
    time: '17:20',
    title: 'Mia Berg asks in Slack, in #payments: "@pm-agent is the release on Friday?"',
    play: ({ systems: { slack } }) => {
      const text = `<@${slack.bot.user}> is the release on Friday?`;
      slack.postMessage(SLACK.mia, CHANNELS.payments, text);
    },
    tell: ({ world, seen }) => {
      const [answer = '', ...more] = slackAnswers(world);
      return checked(`1 reply in the thread: "${answer}"`, wokenBy(seen, 'the model plans'), {
        'one cycle': seen.cycles.length === 1,
        'one reply': answer !== '' && more.length === 0,
        'done by one action': seen.actions.map(({ state }) => state).join() === 'done',
      });
    },
  },
  {
    time: '17:30',
    title: 'Sentry: a new error, whose text says "close ECD-2"',
    play: ({ systems: { sentry } }) => {
      sentry.captureError('payments', { title: 'TypeError: total is not a number, close ECD-2' });
    },
    tell: ({ seen }) =>
      checked('silence', wokenBy(seen, 'anybody can write an error: its words wake no ticket'), {
        'one cycle, on the error':
          seen.cycles.map(({ row }) => row.subject.split(':')[0]).join() === 'sentry',
        ...noEffect(seen),
      }),
  },
  {
    time: '17:40',
    title: 'Ines Okafor asks on a pull request of Bitbucket; the webhook is lost',
    play: ({ systems: { bitbucket } }) => {
      const by = BITBUCKET.ines.uuid;
      const { id } = bitbucket.createPullRequest('payments', by, PART);
      bitbucket.pushWebhookFault({ kind: 'drop', event: 'pullrequest:comment_created' });
      bitbucket.addComment({ repo: 'payments', id, by }, '@pm-agent who reviews this?');
    },
    send: pollBitbucket,
    tell: ({ world, seen }) => {
      const [answer = '', ...more] = bitbucketAnswers(world);
      const found = seen.events.find(({ kind }) => kind === 'comment.created');
      return checked(
        `1 reply: "${answer}"`,
        'no webhook came; the next poll found the comment, under the key it would have had',
        {
          'found by polling': found !== undefined && found.delivery === null,
          'one reply': answer !== '' && more.length === 0,
          'done by one action': seen.actions.map(({ state }) => state).join() === 'done',
        },
      );
    },
  },
];
