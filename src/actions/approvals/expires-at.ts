import type { ApprovalRules } from '../../domain/constitution.ts';
import type { Urgency } from '../../domain/plan.ts';
import type { WorkingTime } from '../../domain/working-time.ts';

const HOUR_MS = 3_600_000;

/** When nobody has answered until then, it is not done: business days of the team, or hours when it is critical. */
export function expiresAtFor(
  level: Urgency,
  now: number,
  given: { readonly workingTime: WorkingTime; readonly rules: ApprovalRules },
): number {
  if (level === 'critical') return now + given.rules.criticalHours * HOUR_MS;
  return given.workingTime.addDays(now, given.rules.expiryDays);
}
