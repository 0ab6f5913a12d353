import { digestOf } from '../actions/approvals/action-digest.ts';
import type { Circumstances } from '../actions/judging.ts';
import type { Action } from '../domain/action.ts';
import type { Mode } from '../domain/mode.ts';
import type { Thought, Withheld } from '../domain/plan.ts';
import { iso } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { withheldWords } from './withheld-words.ts';

interface Given {
  readonly about: Circumstances;
  readonly mode: Mode;
  /** The place of the first one in the plan. */
  readonly at: number;
}

/** What the rules decided not to send, written down with its reason: silence can be looked up too. */
export function withheldActions(thought: Thought, { about, mode, at }: Given): Action[] {
  return (thought.withheld ?? []).map((one, index) => ({
    id: newId(about.now),
    cycle: about.cycle,
    subject: about.subject,
    ordinal: at + index,
    operation: one.operation,
    effect: 'write',
    input: {},
    digest: digestOf({ operation: one.operation, input: {} }),
    preview: one.preview,
    reason: withheldWords(one.reason),
    mode,
    state: one.until === null ? 'suppressed' : 'deferred',
    verdict: verdictOf(one),
    attempts: 0,
    answers: [],
    effectId: null,
    effectUrl: null,
    note: withheldWords(one.reason),
    createdAt: iso(about.now),
    sentAt: null,
    resendAfter: null,
    settledAt: iso(about.now),
    purpose: 'reminder',
    // The problem keeps its own time: this row only tells what was decided now.
    dueAt: null,
    askedBy: null,
    reaches: null,
    approval: null,
    directives: null,
    author: 'rules',
  }));
}

function verdictOf({ rule, reason, until, numbers }: Withheld): NonNullable<Action['verdict']> {
  return {
    answer: 'deny',
    rule,
    reason: withheldWords(reason),
    ...(until === null ? {} : { until }),
    numbers: { ...numbers, why: reason },
  };
}
