import { PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { Action } from '../domain/action.ts';
import { MIA } from './demo-seed.ts';
import { directTo, firstWordsOf, wordsOf } from './demo-slack.ts';
import { checked, noEffect, quoted, wokenBy } from './demo-told.ts';
import type { Outcome, Scene, Told } from './demo-told.ts';
import type { World } from './demo-world.ts';

const REPO = 'acme/payments';
const FIRST = { title: 'ECD-4: round the total', branch: 'feature/ecd-4-round' };
const SECOND = { title: 'Tidy the build', branch: 'chore/build' };
const STILL = 'ECD-10';

/** A pull request of GitHub whose author asks Tom Weber for a review. */
function openFor(world: World, author: string, pull: typeof FIRST): void {
  const { github } = world.systems;
  const number = github.openPullRequest(REPO, author, pull);
  github.requestReview(`${REPO}#${number}`, author, 'tom-weber');
}

function openedTold({ seen }: Outcome): Told {
  const subjects = new Set(seen.cycles.map(({ row }) => row.subject));
  const linked = seen.events.filter(({ rule }) => rule === 'linked').length;
  const [comment] = seen.comments;
  return checked(
    `1 comment on ECD-4: ${quoted(comment?.text ?? '-')}`,
    'it names ECD-4, a known project: both mailboxes wake, and a ticket shows what became of its pull requests',
    {
      'two mailboxes':
        [...subjects].sort().join() === `github:pull-request:${REPO}#1,jira:issue:ECD-4`,
      'the ticket is linked': linked > 0,
      'one comment, on ECD-4': seen.comments.map(({ issue }) => issue).join() === 'ECD-4',
      'done by one action': seen.actions.map(({ state }) => state).join() === 'done',
    },
  );
}

/** What was looked at and not said, with the rule and the reason. */
function withheldIn({ seen }: Outcome): Action | undefined {
  return seen.actions.find(({ state }) => state === 'deferred' || state === 'suppressed');
}

function withheldTold(
  outcome: Outcome,
  wanted: { readonly who: string; readonly reason: string; readonly until: string },
) {
  const { seen } = outcome;
  const held = withheldIn(outcome);
  const { rule = '-', reason = '-', until = '-', numbers = {} } = held?.verdict ?? {};
  const why = `kept with its reason (${rule}: ${reason}) until ${until.slice(0, 16).replace('T', ' ')} UTC; pm-agent cycles why "${wanted.who}" tells it`;
  return checked('says nothing', why, {
    'nothing was said': seen.actions.every(({ state }) => state === 'deferred'),
    'one reason is kept': held !== undefined && seen.actions.length === 1,
    [`by ${wanted.reason}`]: numbers['why'] === wanted.reason,
    'until the morning': until.slice(11, 16) === wanted.until,
  });
}

function remindedTold(
  { world, seen }: Outcome,
  who: { readonly user: string; readonly about: string },
): Told {
  const [message, ...more] = directTo(world, who.user).filter((one) =>
    firstWordsOf(one).includes(who.about),
  );
  const [action] = seen.actions;
  const verdict = `${action?.verdict?.answer ?? '-'} (${action?.verdict?.rule ?? '-'})`;
  const words = message === undefined ? '-' : (wordsOf(message).split('\n')[0] ?? '-');
  return checked(
    `1 direct message: ${quoted(words)}`,
    `no model: the rules count in business hours; policy: ${verdict}`,
    {
      'one message': message !== undefined && more.length === 0,
      'done by one action': seen.actions.map(({ state }) => state).join() === 'done',
      'with three buttons': buttonsOf(message) === 3,
      'no comment': seen.comments.length === 0,
    },
  );
}

function buttonsOf(message: ReturnType<typeof directTo>[number] | undefined): number {
  const blocks = JSON.stringify(message?.versions[0]?.blocks ?? []);
  return blocks.split('"action_id"').length - 1;
}

/** Work waits for people, and time passes. */
export const WAITING: readonly Scene[] = [
  {
    time: '09:16',
    title: `Jonas Lind opens a pull request on GitHub, "${FIRST.title}", and asks Tom Weber to review it`,
    play: (world) => openFor(world, 'jonas-lind', FIRST),
    tell: openedTold,
  },
  {
    time: '09:29',
    title: `Mia Berg opens another one, "${SECOND.title}", and asks Tom Weber as well`,
    play: (world) => openFor(world, 'mia-berg', SECOND),
    tell: ({ seen }) =>
      checked(
        'silence',
        wokenBy(seen, 'nobody asked the agent; it counts the hours'),
        noEffect(seen),
      ),
  },
  {
    time: '14:21',
    title: `Mia Berg raises the priority of ${STILL}, which Jonas Lind has had since Friday`,
    play: ({ jira }) => jira.updateIssue(STILL, MIA, { priority: 'High' }),
    tell: ({ seen }) =>
      checked('silence', wokenBy(seen, 'it decides that nothing is needed'), noEffect(seen)),
  },
  {
    time: '15:47',
    title: `${STILL} has stood still for 2 business days. Where Jonas Lind lives it is 21:17`,
    passes: true,
    tell: (outcome) =>
      withheldTold(outcome, { who: 'Jonas Lind', reason: 'quiet_hours', until: '03:30' }),
  },
  {
    time: '17:20',
    title: 'The first pull request has waited 8 business hours for Tom Weber',
    passes: true,
    tell: (outcome) => remindedTold(outcome, { user: SLACK.tom, about: FIRST.title }),
  },
  {
    time: '17:34',
    title: 'So has the second',
    passes: true,
    tell: (outcome) =>
      withheldTold(outcome, { who: 'Tom Weber', reason: 'budget', until: '09:00' }),
  },
  {
    time: '03:37',
    later: 1,
    title: 'The next morning: in India the working day has begun',
    passes: true,
    tell: (outcome) => remindedTold(outcome, { user: SLACK.jonas, about: STILL }),
  },
];
