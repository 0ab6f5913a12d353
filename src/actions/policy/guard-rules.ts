import { subjectParts } from '../../domain/subject.ts';
import { checkContent } from '../content/check-content.ts';
import { changeOf, deny, later, speaks } from './policy-rule.ts';
import type { PolicyRule } from './policy-rule.ts';

const MINUTE_MS = 60_000;
// Whoever asks is answered; what bounds it is a machine under a person's account that answers back for ever.
const ANSWERS = 5;

/** Cards and receipts show what others wrote; their text is laid out as plain text by code. */
const SHOWING: ReadonlySet<string> = new Set(['approval', 'receipt']);

/** What the words of an action may hold. */
export const content: PolicyRule = {
  name: 'content',
  summary:
    'No secrets, foreign links, strangers’ mentions or commands to other tools; keys, numbers, names and dates that are not in the facts, and claims without a fact, are held.',
  judge: (given) => {
    const change = changeOf(given);
    if (change === null || change.operation.words === undefined) return null;
    if (given.author === 'rules' && SHOWING.has(given.purpose)) return null;
    const findings = checkContent(change.operation.words(change.input), given.ground);
    // Code writes from facts; what it quotes may still hold what must never leave.
    const isFounded = given.author === 'rules' || given.wasClean;
    const counted = isFounded ? findings.filter(({ answer }) => answer === 'deny') : findings;
    const [first] = counted;
    if (first === undefined) return null;
    return { answer: first.answer, reason: first.reason, numbers: { check: first.check } };
  },
};

/** No endless talk: with ourselves, with another machine, with whoever answers everything. */
export const loopGuard: PolicyRule = {
  name: 'loop-guard',
  summary:
    'Only so many of our messages in a row, on a subject and hour, and along a chain of our own effects.',
  judge: ({ counts, hops, constitution, subject, purpose, operation }) => {
    if (subjectParts(subject).system === 'pm' || purpose === 'receipt') return null;
    const { limits } = constitution;
    if (hops > limits.hops) {
      return deny('our own actions led here one after the other', { hops, most: limits.hops });
    }
    if (!speaks(operation)) return null;
    if (counts.ownInARow >= limits.ownMessagesInARow) {
      const numbers = { inARow: counts.ownInARow, most: limits.ownMessagesInARow };
      return deny('nobody has said anything since our last messages', numbers);
    }
    const most = limits.messagesPerSubjectAndHour * (purpose === 'answer' ? ANSWERS : 1);
    if (counts.subjectLastHour < most) return null;
    const numbers = { lastHour: counts.subjectLastHour, most };
    return deny('enough was said here within an hour', numbers);
  },
};

/** The target system is not flooded. */
export const rate: PolicyRule = {
  name: 'rate',
  summary: 'At most so many changes in one system and minute.',
  judge: ({ counts, constitution, now }) => {
    const most = constitution.limits.changesPerMinute;
    if (counts.systemLastMinute < most) return null;
    return later(`${most} changes were made there within a minute`, now + MINUTE_MS, {
      lastMinute: counts.systemLastMinute,
      most,
    });
  },
};
