import type { Attempt } from '../actions/attempt.ts';
import type { Action } from '../domain/action.ts';
import { asFailure } from '../domain/failure.ts';
import type { Claim } from '../store/mailboxes.ts';
import type { Planned } from './cycle-commit.ts';
import type { CycleParts } from './cycle-parts.ts';

type Observed = Pick<CycleParts, 'observer' | 'clock'>;

/** Does the work and tells from when to when, also when it fails. */
export async function timed<T>(
  { observer, clock }: Observed,
  step: { readonly name: 'context' | 'think' | 'judge'; readonly claim: Claim },
  work: () => Promise<T>,
): Promise<T> {
  if (observer === undefined) return await work();
  const from = clock.now();
  const about = { name: step.name, pass: step.claim, from };
  try {
    const result = await work();
    observer.step({ ...about, to: clock.now() });
    return result;
  } catch (error) {
    observer.step({ ...about, to: clock.now(), failure: asFailure(error).kind });
    throw error;
  }
}

/** Tells a committed plan: how long it took since the claim, and each of its verdicts. */
export function tellPlan({ observer, clock }: Observed, planned: Planned): void {
  observer?.lag('claim-plan', clock.now() - planned.claim.at);
  for (const { verdict } of planned.actions) if (verdict !== null) observer?.verdict(verdict);
  for (const { judged } of planned.revived) observer?.verdict(judged.verdict);
}

/** Tells what became of an action. */
export async function observedAction(
  { observer, clock }: Observed,
  given: { readonly action: Action; readonly claim: Claim },
  carryOut: CycleParts['carryOut'],
): Promise<Attempt> {
  const { action, claim } = given;
  const from = clock.now();
  const attempt = await carryOut(action, claim);
  const to = clock.now();
  const isDone = attempt.kind === 'settled' && attempt.state === 'done';
  observer?.step({
    name: 'action',
    pass: claim,
    action: action.id,
    operation: action.operation,
    attempt: action.attempts + 1,
    state: attempt.kind === 'wait' ? 'sending' : attempt.state,
    from,
    to,
  });
  if (attempt.kind === 'wait') observer?.retry('action', kindOf(attempt.note));
  if (isDone && wentAtOnce(action)) observer?.lag('plan-effect', to - Date.parse(action.createdAt));
  return attempt;
}

/** Whether only the program was between plan and effect: no person, no time that had to come. */
function wentAtOnce({ approval, dueAt }: Action): boolean {
  return approval === null && dueAt === null;
}

// A note begins with the kind of the failure; words without one are our own.
function kindOf(note: string): string {
  return /^[a-z-]+(?=: )/.exec(note)?.[0] ?? 'settling';
}
