import type { Action, Verdict } from '../domain/action.ts';
import type { Operation } from '../domain/connector.ts';
import type { Mode } from '../domain/mode.ts';
import type { ProposedAction } from '../domain/plan.ts';
import type { Subject } from '../domain/subject.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { iso } from '../lib/clock.ts';
import { sha256 } from '../lib/digest.ts';
import { newId } from '../lib/ids.ts';
import { judge } from './policy.ts';

export interface Proposal {
  readonly cycle: string;
  readonly subject: Subject;
  readonly mode: Mode;
  readonly actions: readonly ProposedAction[];
  readonly operations: ReadonlyMap<string, Operation>;
  readonly never: readonly string[];
  readonly answers: readonly string[];
  readonly history: readonly Action[];
  readonly now: number;
}

interface Start {
  readonly state: Action['state'];
  readonly note: string | null;
}

/** Where an action begins. Simulation and a missing write path end here: nothing is sent in either. */
function startOf(verdict: Verdict, mode: Mode, operation: Operation | undefined): Start {
  if (verdict.answer === 'deny') return { state: 'denied', note: verdict.reason };
  if (mode === 'simulation') {
    return { state: 'simulated', note: 'mode is simulation: written down, not sent' };
  }
  const cannotWrite = operation?.effect !== 'read' && operation?.write === undefined;
  if (cannotWrite) return { state: 'simulated', note: 'no credentials to write: not sent' };
  if (verdict.answer === 'ask') return { state: 'held', note: verdict.reason };
  return { state: 'proposed', note: null };
}

function previewOf(operation: Operation | undefined, proposed: ProposedAction): string {
  const parsed = operation?.input.safeParse(proposed.input);
  if (operation === undefined || parsed?.success !== true) return proposed.operation;
  return operation.preview(parsed.data);
}

/** Judges every proposed action. The result is complete: each has a verdict and the state that follows from it. */
export function propose(proposal: Proposal): Action[] {
  const judged: Action[] = [];
  proposal.actions.forEach((proposed, ordinal) => {
    const operation = proposal.operations.get(proposed.operation);
    // What this plan already does counts as history: a plan cannot answer twice either.
    const history = [...judged.map(asIfDone), ...proposal.history];
    const verdict = judge({ ...proposal, proposed, operation, history });
    judged.push(actionOf(proposal, { proposed, ordinal, operation, verdict }));
  });
  return judged;
}

function asIfDone(action: Action): Action {
  return action.state === 'proposed' || action.state === 'simulated'
    ? { ...action, state: 'done' }
    : action;
}

interface Judged {
  readonly proposed: ProposedAction;
  readonly ordinal: number;
  readonly operation: Operation | undefined;
  readonly verdict: Verdict;
}

function actionOf(proposal: Proposal, judged: Judged): Action {
  const { proposed, operation, verdict } = judged;
  const start = startOf(verdict, proposal.mode, operation);
  const now = iso(proposal.now);
  return {
    id: newId(proposal.now),
    cycle: proposal.cycle,
    subject: proposal.subject,
    ordinal: judged.ordinal,
    operation: proposed.operation,
    effect: operation?.effect ?? 'unknown',
    input: proposed.input,
    digest: sha256(`${proposed.operation}\n${canonicalJson(proposed.input)}`),
    preview: previewOf(operation, proposed),
    reason: proposed.reason,
    mode: proposal.mode,
    state: start.state,
    verdict,
    attempts: 0,
    answers: [...proposal.answers],
    effectId: null,
    effectUrl: null,
    note: start.note,
    createdAt: now,
    sentAt: null,
    resendAfter: null,
    settledAt: start.state === 'proposed' || start.state === 'held' ? null : now,
  };
}
