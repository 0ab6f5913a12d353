import type { Circumstances } from '../actions/judging.ts';
import { endApproval } from '../actions/approvals/end-approval.ts';
import type { Action } from '../domain/action.ts';
import type { Context } from '../domain/context.ts';
import { KeptContext } from '../domain/context.ts';
import type { Thought } from '../domain/plan.ts';
import { addActions } from '../store/actions.ts';
import { closeCycle, saveCycle } from '../store/cycles.ts';
import { endEvents } from '../store/events.ts';
import { holdMailbox, releaseMailbox } from '../store/mailboxes.ts';
import type { Claim } from '../store/mailboxes.ts';
import type { Work } from '../store/writer.ts';
import type { CycleParts } from './cycle-parts.ts';
import { commitRevived, question } from './revive.ts';
import type { Revived } from './revive.ts';
import type { Look } from './steward.ts';

/** Everything that a cycle has decided, before any of it is written. */
export interface Planned {
  readonly claim: Claim;
  readonly context: Context;
  readonly thought: Thought;
  readonly actions: readonly Action[];
  readonly revived: readonly Revived[];
  readonly look: Look;
  readonly about: Circumstances;
  /** How the targets of held actions stand, by action id. */
  readonly versions: ReadonlyMap<string, string | null>;
  readonly directives: string;
}

/** A context as it is kept: the events are in their own table already. */
export function keptText(context: Context): string {
  return JSON.stringify(KeptContext.parse(context));
}

function columnsOf({ context, thought }: Planned) {
  return {
    context: keptText(context),
    thought: JSON.stringify(thought),
    planner: thought.planner,
  };
}

/** Commits the plan with its verdicts; the deeds come after. */
export async function commitPlan(parts: CycleParts, work: Work, planned: Planned): Promise<void> {
  const { claim, directives } = planned;
  const now = parts.clock.now();
  await holdMailbox(work.db, claim, now + parts.leaseMs);
  await saveCycle(work.db, claim.cycle, { step: 'act', ...columnsOf(planned), directives, now });
  await commitDecisions(parts, work, planned);
}

/** Nothing is left to do outside: the plan and the end of the cycle are one commit. */
export async function commitAndFinish(
  parts: CycleParts,
  work: Work,
  planned: Planned,
): Promise<void> {
  await commitDecisions(parts, work, planned);
  const { claim, thought, directives } = planned;
  const actions = [...planned.actions, ...planned.revived.map(afterRevival)];
  await finish(parts, work, {
    claim,
    thought,
    actions,
    plan: { ...columnsOf(planned), directives },
  });
}

function afterRevival({ action, judged, changed }: Revived): Action {
  return { ...action, state: changed ? 'held' : judged.start.state };
}

async function commitDecisions(parts: CycleParts, work: Work, planned: Planned): Promise<void> {
  const { actions, about, versions } = planned;
  await addActions(work.db, actions);
  for (const action of actions) journalVerdict(work, action);
  for (const action of actions.filter(({ state }) => state === 'held')) {
    const rule = `${action.verdict?.rule ?? ''}: ${action.verdict?.reason ?? ''}`;
    const targetVersion = versions.get(action.id) ?? null;
    await question(parts, work, { action, about, rule, targetVersion });
  }
  for (const revived of planned.revived) await commitRevived(parts, work, { revived, about });
  await planned.look.commit(work);
}

function journalVerdict(work: Work, action: Action): void {
  work.journal({
    kind: 'action.judged',
    subject: action.subject,
    cycle: action.cycle,
    data: {
      action: action.id,
      operation: action.operation,
      digest: action.digest,
      verdict: action.verdict,
      state: action.state,
      mode: action.mode,
      purpose: action.purpose,
    },
  });
}

/** The word for a cycle's end: of what became of its actions, what a person should hear first. */
function outcomeOf(actions: readonly Action[], thought: Thought): string {
  const states = new Set(actions.map((action) => action.state));
  if (states.has('unknown')) return 'unknown';
  if (states.has('failed')) return 'failed';
  if (states.has('done')) return 'answered';
  if (states.has('held')) return 'waiting';
  if (states.has('deferred')) return 'deferred';
  if (states.has('simulated')) return 'simulated';
  if (states.has('denied')) return 'denied';
  if (states.has('suppressed')) return 'suppressed';
  return thought.plan.unknowns.length > 0 ? 'needs a person' : 'nothing needed';
}

interface Finishing {
  readonly claim: Claim;
  readonly actions: readonly Action[];
  readonly thought: Thought;
  /** What the same commit saves of the plan, when it was not saved before. */
  readonly plan?: ReturnType<typeof columnsOf> & { readonly directives: string };
}

const ENDED: Readonly<Partial<Record<Action['state'], 'executed' | 'failed'>>> = {
  done: 'executed',
  failed: 'failed',
  unknown: 'failed',
};

/** Ends the cycle: its mail is handled, its approvals know what became of them, the mailbox is free. */
export async function finish(parts: CycleParts, work: Work, given: Finishing): Promise<void> {
  const { claim, actions, thought } = given;
  const now = parts.clock.now();
  const outcome = outcomeOf(actions, thought);
  for (const { approval, state, note } of actions) {
    const ending = ENDED[state];
    if (approval === null || ending === undefined) continue;
    await endApproval(work, approval, { state: ending, note, now });
  }
  await parts.settled(work, actions);
  const plan = given.plan === undefined ? {} : { plan: given.plan };
  await closeCycle(work.db, claim.cycle, { state: 'finished', outcome, now, ...plan });
  await endEvents(work.db, claim.cycle, 'settled');
  await releaseMailbox(work.db, claim);
  work.journal({
    kind: 'cycle.finished',
    subject: claim.subject,
    cycle: claim.cycle,
    data: {
      outcome,
      planner: thought.planner,
      actions: actions.length,
      mode: parts.mode,
      directives: parts.judging.constitution().version,
    },
  });
}
