import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { SlackMessage } from '../../emulators/slack/slack-state.ts';
import { listApprovals } from '../store/approvals.ts';
import { INES, TOM } from './demo-seed.ts';
import { firstWordsOf, ownMessages, placeOf, privateWords, wordsOf } from './demo-slack.ts';
import { APPROVALS } from './demo-systems.ts';
import { checked, quoted } from './demo-told.ts';
import type { Outcome, Scene, Told } from './demo-told.ts';
import type { World } from './demo-world.ts';

const MOVED = 'ECD-12';
const ASSIGNED = 'ECD-2';
const NEXT_SPRINT = 12;
const ACCEPT = 'pm.approval.accept';
const REASON = 'Jonas has three tickets in work already.';

const sprintOf = ({ jira }: World) => jira.state.issues.get(MOVED)?.sprint ?? null;
const assigneeOf = ({ jira }: World) => jira.state.issues.get(ASSIGNED)?.assignee ?? null;

/** The cards that ask about an operation, in the order of their posting. */
function cardsOf(world: World, operation: string): readonly SlackMessage[] {
  const head = `Please decide: ${operation}`;
  return ownMessages(world).filter((message) => firstWordsOf(message).startsWith(head));
}

function press(world: World, user: string, operation: string): void {
  const mine = cardsOf(world, operation).find(({ channel }) => {
    const place = world.systems.slack.state.channels.get(channel);
    return place?.kind === 'channel' || place?.members.has(user) === true;
  });
  if (mine !== undefined) world.systems.slack.pressButton(user, mine, ACCEPT);
}

const movesOf = ({ jira }: World): number =>
  jira.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith(`/sprint/${NEXT_SPRINT}/issue`),
  ).length;

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

function heldBy({ seen }: Outcome): string {
  const held = seen.actions.find(({ state }) => state === 'held');
  const { rule = '-', reason = '-' } = held?.verdict ?? {};
  return `policy: ask (${rule}; ${reason})`;
}

function askedTold(outcome: Outcome): Told {
  const { world, seen } = outcome;
  const cards = cardsOf(world, 'jira.move-to-sprint');
  const readers = cards.map((card) => placeOf(world, card)).sort();
  const replies = ownMessages(world).filter(({ channel }) => channel === CHANNELS.payments);
  return checked(
    `asks ${readers.join(' and ')} for their word, each in a direct message with the buttons Approve and Decline; in the thread: ${quoted(replies.map(wordsOf).join(' '))}`,
    heldBy(outcome),
    {
      'one card to each approver': readers.join() === 'Mia Berg,Tom Weber',
      'one reply in the thread': replies.length === 1,
      'one action held': seen.actions.filter(({ state }) => state === 'held').length === 1,
      'nothing moved yet': sprintOf(world) !== NEXT_SPRINT && movesOf(world) === 0,
    },
  );
}

function approvedTold({ world, seen }: Outcome): Told {
  const cards = cardsOf(world, 'jira.move-to-sprint').map((card) => firstLine(wordsOf(card)));
  const moved = seen.actions.length;
  return checked(
    `moves ${MOVED} to sprint ${sprintOf(world) ?? '-'}, once; both cards now say: ${quoted(cards[0] ?? '-')}`,
    'the first answer counts; the ticket was read once more before it was moved',
    {
      'it is in the next sprint': sprintOf(world) === NEXT_SPRINT,
      'moved once': movesOf(world) === 1,
      'both cards bear the stamp':
        cards.length === 2 && cards.every((line) => line.startsWith('Approved by Mia Berg 11:41')),
      'only the cards were changed besides': moved > 0 && seen.comments.length === 0,
    },
  );
}

function lateTold({ world }: Outcome): Told {
  const [word = '-', ...more] = toldTom(world, 'Too late');
  return checked(`nothing but a private word to him: ${quoted(word)}`, 'it was decided already', {
    'one private word': more.length === 0 && word.startsWith('Too late: Mia Berg approved it'),
    'still moved once': movesOf(world) === 1,
  });
}

const toldTom = (world: World, head: string): readonly string[] =>
  privateWords(world, SLACK.tom).filter((word) => word.startsWith(head));

function channelTold(outcome: Outcome): Told {
  const { world, seen } = outcome;
  const cards = cardsOf(world, 'jira.assign-issue');
  return checked(
    `1 card in ${cards.map((card) => placeOf(world, card)).join()}; 1 comment on ${ASSIGNED}: ${quoted(seen.comments[0]?.text ?? '-')}`,
    heldBy(outcome),
    {
      'one card, in the channel': cards.map(({ channel }) => channel).join() === APPROVALS,
      'one comment there': seen.comments.map(({ issue }) => issue).join() === ASSIGNED,
      'nobody was assigned': assigneeOf(world) === INES,
    },
  );
}

function refusedTold({ world }: Outcome): Told {
  const [word = '-', ...more] = toldTom(world, 'Not counted');
  const [card] = cardsOf(world, 'jira.assign-issue');
  return checked(
    `nothing but a private word to him: ${quoted(word)}`,
    'nobody decides for themselves',
    {
      'one private word': more.length === 0 && word.includes('You asked for it yourself'),
      'the card still asks': card !== undefined && wordsOf(card).startsWith('Please decide'),
      'nobody was assigned': assigneeOf(world) === INES,
    },
  );
}

/** Mia answers as `pm-agent approve decline` does. */
async function decline(world: World): Promise<readonly number[]> {
  const { items } = await listApprovals(world.app.store.db, { status: 'open', limit: 1 });
  const body = { answer: 'decline', note: REASON, as: 'Mia Berg', via: 'cli' };
  await world.call(`/api/approvals/${items[0]?.id ?? ''}/decision`, body);
  return [];
}

function declinedTold({ world, seen }: Outcome): Told {
  const [card] = cardsOf(world, 'jira.assign-issue');
  const line = card === undefined ? '-' : firstLine(wordsOf(card));
  return checked(
    `assigns nobody; the card now says: ${quoted(line)}`,
    'the same answer from Slack, the command line or the API; the agent reads the reason the next time',
    {
      'the card says who and why': line.startsWith(`Declined by Mia Berg 12:34: ${REASON}`),
      'nobody was assigned': assigneeOf(world) === INES,
      'no comment': seen.comments.length === 0,
    },
  );
}

/** Somebody asks for a change; somebody else decides. */
export const APPROVING: readonly Scene[] = [
  {
    time: '11:32',
    title: `Ines Okafor writes in Slack, in #payments: "@pm-agent move ${MOVED} to the next sprint"`,
    play: ({ systems: { slack } }) => {
      const text = `<@${slack.bot.user}> move ${MOVED} to the next sprint`;
      slack.postMessage(SLACK.ines, CHANNELS.payments, text);
    },
    tell: askedTold,
  },
  {
    time: '11:41',
    title: 'Mia Berg presses Approve',
    play: (world) => press(world, SLACK.mia, 'jira.move-to-sprint'),
    tell: approvedTold,
  },
  {
    time: '11:52',
    title: 'Tom Weber presses Approve on his card, which he had open since before',
    play: (world) => press(world, SLACK.tom, 'jira.move-to-sprint'),
    tell: lateTold,
  },
  {
    time: '12:12',
    title: `Tom Weber asks on ${ASSIGNED}: "@pm-agent assign this to Jonas"`,
    play: ({ jira }) => {
      jira.addComment(ASSIGNED, TOM, '@pm-agent assign this to Jonas');
    },
    tell: channelTold,
  },
  {
    time: '12:23',
    title: 'Tom Weber, who may approve, presses Approve himself',
    play: (world) => press(world, SLACK.tom, 'jira.assign-issue'),
    tell: refusedTold,
  },
  {
    time: '12:34',
    title: `Mia Berg: pm-agent approve decline ... --reason "${REASON}"`,
    send: decline,
    tell: declinedTold,
  },
];
