import type { Kysely } from 'kysely';
import type { Action, Verdict } from '../domain/action.ts';
import type { Operation } from '../domain/connector.ts';
import type { Mode } from '../domain/mode.ts';
import type { ProposedAction } from '../domain/plan.ts';
import { isOfTheMoment } from '../domain/purpose.ts';
import { iso } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import type { Tables } from '../store/tables.ts';
import { digestOf } from './approvals/action-digest.ts';
import { caseOf } from './judging.ts';
import type { Circumstances, JudgingParts, Proposed } from './judging.ts';
import { judge } from './policy/judge.ts';
import type { PolicyCase } from './policy/policy-case.ts';
import { changeOf } from './policy/policy-rule.ts';

/** Where an action goes after its verdict. */
export interface Start {
  readonly state: Action['state'];
  readonly note: string | null;
  readonly dueAt: string | null;
}

/** Where an action begins. Simulation and a missing write path end here: nothing is sent in either. */
export function startOf(
  verdict: Verdict,
  given: Pick<PolicyCase, 'mode' | 'operation' | 'purpose'>,
): Start {
  const end = (state: Action['state'], note: string | null): Start => ({
    state,
    note,
    dueAt: null,
  });
  if (verdict.answer === 'deny' && verdict.until === undefined) {
    return end('denied', verdict.reason);
  }
  if (given.mode === 'simulation') {
    return end('simulated', 'mode is simulation: written down, not sent');
  }
  const { operation } = given;
  if (operation?.effect !== 'read' && operation?.write === undefined) {
    return end('simulated', 'no credentials to write: not sent');
  }
  // A reminder is never sent from a stale decision: its problem comes up anew, with what holds then.
  if (verdict.answer === 'deny' && isOfTheMoment(given.purpose)) {
    return end('suppressed', verdict.reason);
  }
  if (verdict.answer === 'deny') {
    return { state: 'deferred', note: verdict.reason, dueAt: verdict.until ?? null };
  }
  return verdict.answer === 'ask' ? end('held', verdict.reason) : end('proposed', null);
}

/** Judges every proposed action. The result is complete: each has a verdict and the state that follows from it. */
export async function propose(
  db: Kysely<Tables>,
  parts: JudgingParts,
  given: { readonly proposals: readonly Proposed[]; readonly about: Circumstances },
): Promise<Action[]> {
  const judged: Action[] = [];
  for (const [ordinal, proposed] of given.proposals.entries()) {
    const asked = { ...proposed, approved: false, earlier: judged };
    const found = await caseOf(db, parts, { asked, about: given.about });
    judged.push(actionOf(found, { cycle: given.about.cycle, ordinal, verdict: judge(found) }));
  }
  return judged;
}

/** A verdict on an action that was judged before: after its time has come, or a person has agreed. */
export interface Rejudged {
  readonly verdict: Verdict;
  readonly start: Start;
  readonly mode: Mode;
  readonly directives: string;
}

interface Again {
  readonly action: Action;
  readonly about: Circumstances;
  /** True when a person has agreed to exactly these bytes. */
  readonly approved: boolean;
}

/**
 * Judges an action again under today's rules, mode and counts, in the circumstances in which it was proposed. That its words
 * rest on what was known was settled then.
 */
export async function rejudge(
  db: Kysely<Tables>,
  parts: JudgingParts,
  again: Again,
): Promise<Rejudged> {
  const { operation, input, reason, purpose, author } = again.action;
  const action = { operation, input, reason, purpose };
  const asked = { action, author, approved: again.approved, earlier: [] };
  // It is not its own history.
  const history = again.about.history.filter(({ id }) => id !== again.action.id);
  const about = { ...again.about, history, answers: again.action.answers };
  const found = await caseOf(db, parts, { asked, about });
  const verdict = judge({ ...found, purpose, wasClean: true });
  return {
    verdict,
    start: startOf(verdict, { ...found, purpose }),
    mode: found.mode,
    directives: found.constitution.version,
  };
}

function previewOf(operation: Operation | undefined, proposed: ProposedAction): string {
  const parsed = operation?.input.safeParse(proposed.input);
  if (operation === undefined || parsed?.success !== true) return proposed.operation;
  return operation.preview(parsed.data);
}

interface Place {
  readonly cycle: string;
  readonly ordinal: number;
  readonly verdict: Verdict;
}

function actionOf(found: PolicyCase, place: Place): Action {
  const { proposed, operation, now } = found;
  const start = startOf(place.verdict, found);
  const change = changeOf(found);
  const waits = start.state === 'proposed' || start.state === 'held' || start.state === 'deferred';
  return {
    id: newId(now),
    cycle: place.cycle,
    subject: found.subject,
    ordinal: place.ordinal,
    operation: proposed.operation,
    effect: operation?.effect ?? 'unknown',
    input: proposed.input,
    digest: digestOf(proposed),
    preview: previewOf(operation, proposed),
    reason: proposed.reason,
    mode: found.mode,
    ...start,
    verdict: place.verdict,
    attempts: 0,
    answers: [...found.answers],
    effectId: null,
    effectUrl: null,
    createdAt: iso(now),
    sentAt: null,
    resendAfter: null,
    settledAt: waits ? null : iso(now),
    purpose: found.purpose,
    askedBy: found.asker?.person ?? null,
    reaches: change?.operation.reaches?.(change.input) ?? null,
    approval: null,
    directives: found.constitution.version,
    author: found.author,
  };
}
