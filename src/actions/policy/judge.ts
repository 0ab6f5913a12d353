import type { Verdict } from '../../domain/action.ts';
import { alwaysAsks, autonomy, destroyAsks, oneAnswerPerMessage } from './autonomy-rules.ts';
import { needToKnow, targetBinding } from './binding-rules.ts';
import {
  internalOperation,
  neverList,
  readsAreNotActions,
  unknownOperation,
  validInput,
} from './declared-rules.ts';
import { content, loopGuard, rate } from './guard-rules.ts';
import { modeAsks, paused } from './mode-rules.ts';
import type { PolicyCase } from './policy-case.ts';
import type { Opinion, PolicyRule } from './policy-rule.ts';
import { channelLimit, knownPerson, ladder, reminders, workingHours } from './reach-rules.ts';

/** In the order in which they are read to a person; the most careful answer wins whatever the order. */
export const POLICY: readonly PolicyRule[] = [
  modeAsks,
  paused,
  unknownOperation,
  readsAreNotActions,
  internalOperation,
  validInput,
  neverList,
  targetBinding,
  needToKnow,
  autonomy,
  destroyAsks,
  alwaysAsks,
  oneAnswerPerMessage,
  knownPerson,
  reminders,
  channelLimit,
  workingHours,
  ladder,
  content,
  loopGuard,
  rate,
];

const CARE = { deny: 3, ask: 2, later: 1, allow: 0 } as const;

function careOf({ answer, until }: Opinion): number {
  return answer === 'deny' && until !== undefined ? CARE.later : CARE[answer];
}

/** Whether a person has already said yes to what this rule would ask. */
function isSettled(rule: PolicyRule, opinion: Opinion, given: PolicyCase): boolean {
  if (opinion.answer !== 'ask') return false;
  return given.approved || (given.granted && rule.grantable === true);
}

const ALLOWED: Verdict = { answer: 'allow', rule: 'no-objection', reason: 'no rule objects' };
const APPROVED: Verdict = {
  answer: 'allow',
  rule: 'approved',
  reason: 'a person agreed to exactly this',
};

/**
 * A no beats a question, a question beats "not now", "not now" beats yes; among equals the first rule is named. Too
 * many questions on one subject are a no as well: nobody is flooded with cards.
 */
export function judge(given: PolicyCase, rules: readonly PolicyRule[] = POLICY): Verdict {
  const found = rules.flatMap((rule) => {
    const opinion = rule.judge(given);
    if (opinion === null || isSettled(rule, opinion, given)) return [];
    return [{ ...opinion, rule: rule.name }];
  });
  const [worst] = found.toSorted((left, right) => careOf(right) - careOf(left));
  if (worst === undefined) return yes(given);
  return worst.answer === 'ask' ? tooManyQuestions(given, worst) : worst;
}

/** What is critical says so: the door holds no message of the day for it. */
function yes({ approved, level }: PolicyCase): Verdict {
  const verdict = approved ? APPROVED : ALLOWED;
  return level === 'critical' ? { ...verdict, numbers: { level } } : verdict;
}

function tooManyQuestions(given: PolicyCase, asked: Verdict): Verdict {
  const most = given.constitution.limits.approvalsPerSubjectAndDay;
  const today = given.counts.approvalsToday;
  if (today < most) return asked;
  const reason = `${today} questions were asked about ${given.subject} today; ${asked.reason}`;
  return { answer: 'deny', rule: 'approvals-limit', reason, numbers: { today, most } };
}
