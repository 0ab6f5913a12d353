import type { Verdict } from '../../src/domain/action.ts';
import type { Row } from './policy-rows.ts';

type Answer = Verdict['answer'];

/*
 * What the table has to say, written from the words of the design and of the shipped directives. Nothing here looks at the
 * code that decides.
 */

const NEVER = ['github.merge-pull-request', 'jira.delete-issue'];
const NOBODY_DECLARES = ['jira.no-such-thing'];
const FOR_CODE_ALONE = ['slack.update-message', 'slack.post-ephemeral', 'slack.open-form'];
const COMMENTS = [
  'jira.add-comment',
  'jira.edit-comment',
  'bitbucket.add-comment',
  'bitbucket.reply-comment',
  'github.add-comment',
  'sentry.add-comment',
  'slack.reply-thread',
];
const TEAM = ['leadership', 'manager', 'product-manager', 'tech-lead', 'member'];

/** Only what says something to people can be a card, a receipt or a reminder. */
const speaks = ({ operation }: Row) =>
  COMMENTS.includes(operation) || operation.startsWith('slack.');

/** The cards and receipts by which people decide need no decision of their own. */
const isMachinery = (row: Row) =>
  speaks(row) && row.author === 'rules' && ['approval', 'receipt'].includes(row.purpose);

const isNamedPlace = ({ target }: Row) =>
  target.startsWith('channel ') || target === 'named person';

/** "An operation that no connector declares is denied"; reads are no actions; people delete, people touch code. */
function possible({ operation, effect, author }: Row): Answer {
  if (NOBODY_DECLARES.includes(operation) || NEVER.includes(operation)) return 'deny';
  if (effect === 'read') return 'deny';
  return author === 'model' && FOR_CODE_ALONE.includes(operation) ? 'deny' : 'allow';
}

/**
 * "An action may only touch the subject of its cycle, its linked items, and the channels and people the directives name";
 * a model needs a person's word for all but the subject. Mailboxes of our own show their screens where they have to.
 */
function bound(row: Row): Answer {
  const { operation, cycle, author, purpose, target } = row;
  const screens = ['approval', 'receipt', 'reminder', 'escalation'];
  const isScreen = speaks(row) && screens.includes(purpose);
  if (cycle === 'own mailbox' && author === 'rules' && isScreen) return 'allow';
  if (target === 'own subject') return 'allow';
  const isKnown =
    target === 'linked item' || (isNamedPlace(row) && operation !== 'slack.open-form');
  if (!isKnown) return 'deny';
  return author === 'rules' ? 'allow' : 'ask';
}

/** The autonomy lists, sentence by sentence; "an operation that no rule names asks". */
function autonomous(row: Row): Answer {
  const { operation, purpose, target, role } = row;
  if (isMachinery(row)) return 'allow';
  // "Answers and status-check comments."
  const isStatus = ['answer', 'status-update', 'merged', 'reminder'].includes(purpose);
  if (COMMENTS.includes(operation) && isStatus) return 'allow';
  // "The daily summary to the channels for it."
  const isForSummaries = ['channel standup', 'channel engineering'].includes(target);
  if (operation === 'slack.post-message' && purpose === 'summary' && isForSummaries) return 'allow';
  // "Trouble of the program itself, to the channel for it."
  const isTrouble = purpose === 'operations' && target === 'channel operations';
  if (operation === 'slack.post-message' && isTrouble) return 'allow';
  // "One direct message a day to whoever is waited for."
  const isDirect = ['slack.send-direct', 'slack.update-message'].includes(operation);
  if (isDirect && purpose === 'reminder') return 'allow';
  // "The status of a ticket whose pull request was merged."
  if (operation.startsWith('jira.transition-issue') && purpose === 'merged') return 'allow';
  // "Closing a ticket, when somebody of the team asked for it." "Close a ticket without a person": never.
  if (operation === 'jira.close-issue') return TEAM.includes(role) ? 'ask' : 'deny';
  // "A priority, when the product manager asked for it." "Change a priority without the product manager": never.
  if (operation === 'jira.set-priority') return role === 'product-manager' ? 'ask' : 'deny';
  return 'ask';
}

/** What a person decides in every mode: closing, whatever cannot be undone, and what asks for somebody's time. */
function always({ operation, effect }: Row): Answer {
  const asks = [
    'jira.transition-issue (to Done)',
    'bitbucket.request-reviewer',
    'sentry.resolve-issue',
  ];
  return effect === 'destroy' || asks.includes(operation) ? 'ask' : 'allow';
}

/** "Escalation to leadership: prepared automatically, sent after confirmation"; nothing else is written there. */
function upwards({ target, author, purpose }: Row): Answer {
  if (target !== 'channel leadership') return 'allow';
  if (author === 'rules' && purpose === 'summary') return 'allow';
  return author === 'rules' && purpose === 'escalation' ? 'ask' : 'deny';
}

/** Whom nobody knows is not written to on our own account. */
function known({ operation, target, purpose }: Row): Answer {
  const isDirect = ['slack.send-direct', 'slack.post-ephemeral'].includes(operation);
  const isExpected = ['answer', 'receipt'].includes(purpose);
  return isDirect && target === 'anything else' && !isExpected ? 'ask' : 'allow';
}

/** "`ask`: every write waits for a person", but for the very cards by which they are asked. */
function byMode(row: Row): Answer {
  return row.mode === 'ask' && !isMachinery(row) ? 'ask' : 'allow';
}

const CARE = ['allow', 'ask', 'deny'] as const;
const worst = (answers: readonly Answer[]): Answer =>
  CARE.findLast((one) => answers.includes(one)) ?? 'allow';

/** "The most careful answer wins." */
export function expected(row: Row): Answer {
  return worst([
    possible(row),
    bound(row),
    autonomous(row),
    always(row),
    upwards(row),
    known(row),
    byMode(row),
  ]);
}

/** "`deny` cannot be approved"; everything that was asked can. */
export function expectedApproved(row: Row): Answer {
  return expected(row) === 'deny' ? 'deny' : 'allow';
}

/** "Allow this kind for a while" settles what the autonomy lists ask, and no other question. */
export function expectedGranted(row: Row): Answer {
  const others = [possible(row), bound(row), always(row), upwards(row), known(row), byMode(row)];
  const autonomy = autonomous(row);
  return worst([...others, autonomy === 'ask' ? 'allow' : autonomy]);
}

/** "Simulation cannot act": what would go out, or would be asked, is written down and nothing else. */
export function expectedState(row: Row): 'denied' | 'simulated' | 'held' | 'proposed' {
  const answer = expected(row);
  if (answer === 'deny') return 'denied';
  if (row.mode === 'simulation') return 'simulated';
  return answer === 'ask' ? 'held' : 'proposed';
}
