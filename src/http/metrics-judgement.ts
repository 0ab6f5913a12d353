import type { Gauge } from 'prom-client';
import type { Status } from './contract.ts';

type MakeGauge = (name: string, help: string, labelNames?: string[]) => Gauge;

/** What may leave, what waits for people, and what it costs. Money is US dollars. */
export function judgementMetrics(gauge: MakeGauge): (status: Status) => void {
  const paused = gauge('paused', 'Whether everything that goes out is stopped.');
  const problem = gauge(
    'directives_problem',
    'Whether the file of the directives is not in force.',
  );
  const open = gauge('approvals_open', 'Questions that wait for a person.');
  const expiry = gauge('approvals_next_expiry_seconds', 'Until the next question ends unanswered.');
  const today = gauge('actions_today', 'Actions since midnight UTC, by state.', ['state']);
  const watched = gauge('sweeps_watched', 'Items that are looked at from time to time.');
  const spent = gauge('model_spent_usd', 'What the model cost, by period.', ['period']);
  const reserved = gauge('model_reserved_usd', 'Set aside for calls under way.', ['period']);
  const limit = gauge('model_limit_usd', 'The budget; absent without one.', ['period']);
  return ({ judgement, at }) => {
    const { approvals, budget, directives, pausedUntil, sweeps } = judgement;
    for (const metric of [expiry, today, limit]) metric.reset();
    paused.set(pausedUntil === null ? 0 : 1);
    problem.set(directives.problem === null ? 0 : 1);
    open.set(approvals.open);
    // Nothing waits: there is no end to tell.
    if (approvals.nextExpiry === null) expiry.remove();
    else expiry.set((Date.parse(approvals.nextExpiry) - Date.parse(at)) / 1000);
    for (const [state, count] of Object.entries(judgement.today)) today.set({ state }, count);
    watched.set(sweeps.watched);
    for (const [period, money] of [
      ['day', budget.today],
      ['month', budget.month],
    ] as const) {
      spent.set({ period }, money.spentUsd);
      reserved.set({ period }, money.reservedUsd);
      if (money.limitUsd !== null) limit.set({ period }, money.limitUsd);
    }
  };
}
