import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { Five, System } from '../helpers/five.ts';

/** A change of an operation, at a place that no other change touches. */
export interface Change {
  readonly operation: string;
  readonly input: object;
}

type Make = (five: Five, number: number) => Change;

const MIA = '712020:mia-0001';
const TEXT = 'It is in progress.';
const REPO = 'acme/payments';

const issue = ({ jira }: Five, number: number): string => {
  const key = `ECD-${5000 + number}`;
  jira.seed({ issues: [{ key, summary: 'One of many' }] });
  return key;
};

const pullRequest = ({ bitbucket }: Five, number: number) => {
  const wanted = { title: `Part ${number}`, branch: `change-${number}` };
  const { id } = bitbucket.createPullRequest('web', BITBUCKET.mia.uuid, wanted);
  return { repository: 'acme/web', pullRequest: id };
};

const item = ({ github }: Five, number: number) => {
  return { repo: REPO, number: github.openIssue(REPO, 'mia-berg', { title: `Part ${number}` }) };
};

const thread = ({ slack, clock }: Five) => {
  clock.move(1);
  const { ts } = slack.postMessage(SLACK.mia, CHANNELS.payments, 'How does it stand?');
  return { channel: CHANNELS.payments, thread: ts };
};

const error = ({ sentry }: Five, number: number): string =>
  sentry.captureError('web', { title: `TypeError: change ${number}` }).row.id;

/** Every operation that changes something and needs nothing of ours to be there before, by system. */
export const CHANGES: Readonly<Record<System, readonly Make[]>> = {
  jira: [
    (five, n) => of('jira.add-comment', { issue: issue(five, n), text: TEXT }),
    (five, n) => of('jira.transition-issue', { issue: issue(five, n), to: 'In Progress' }),
    (five, n) => of('jira.assign-issue', { issue: issue(five, n), accountId: MIA }),
    (five, n) => of('jira.move-to-sprint', { issue: issue(five, n), sprint: 12 }),
    (five, n) => of('jira.link-issues', { issue: issue(five, n), to: 'ECD-1', type: 'Blocks' }),
    (five, n) => of('jira.add-label', { issue: issue(five, n), label: 'checkout' }),
    (five, n) => of('jira.close-issue', { issue: issue(five, n) }),
    (five, n) => of('jira.set-priority', { issue: issue(five, n), priority: 'Low' }),
    (five, n) => of('jira.delete-issue', { issue: issue(five, n) }),
  ],
  bitbucket: [
    (five, n) => of('bitbucket.add-comment', { ...pullRequest(five, n), text: TEXT }),
    (five, n) => {
      const on = pullRequest(five, n);
      const by = { repo: 'web', id: on.pullRequest, by: BITBUCKET.mia.uuid };
      const comment = String(five.bitbucket.addComment(by, 'Why?').id);
      return of('bitbucket.reply-comment', { ...on, comment, text: TEXT });
    },
    (five, n) =>
      of('bitbucket.request-reviewer', { ...pullRequest(five, n), reviewer: BITBUCKET.ines.uuid }),
  ],
  github: [
    (five, n) => of('github.add-comment', { ...item(five, n), text: TEXT }),
    (five, n) => of('github.add-label', { ...item(five, n), label: 'bug' }),
    (five, n) => of('github.assign-issue', { ...item(five, n), assignee: 'tom-weber' }),
    (five, n) => {
      const pull = { title: `Part ${n}`, branch: `change-${n}` };
      const number = five.github.openPullRequest(REPO, 'mia-berg', pull);
      return of('github.request-review', { repo: REPO, number, reviewer: 'ines-okafor' });
    },
  ],
  slack: [
    (_five, n) => of('slack.post-message', { channel: CHANNELS.web, text: `${TEXT} ${n}` }),
    (five) => of('slack.reply-thread', { ...thread(five), text: TEXT }),
    (_five, n) => of('slack.send-direct', { user: SLACK.tom, text: `${TEXT} ${n}` }),
    (_five, n) =>
      of('slack.post-ephemeral', { channel: CHANNELS.web, user: SLACK.tom, text: `${TEXT} ${n}` }),
  ],
  sentry: [
    (five, n) => of('sentry.add-comment', { issue: error(five, n), text: TEXT }),
    (five, n) => of('sentry.assign-issue', { issue: error(five, n), assignee: 'user:101' }),
    (five, n) => of('sentry.resolve-issue', { issue: error(five, n) }),
  ],
};

function of(operation: string, input: object): Change {
  return { operation, input };
}
