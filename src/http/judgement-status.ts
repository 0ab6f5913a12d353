import { pausedUntil } from '../actions/pause.ts';
import { iso } from '../lib/clock.ts';
import { actionsSince } from '../store/actions-since.ts';
import { openApprovals } from '../store/approvals.ts';
import { spendFigures } from '../store/spendings.ts';
import { watchedSweeps } from '../store/sweeps.ts';
import type { JudgementStatus } from './contract-judgement.ts';
import type { HttpParts } from './parts.ts';

const DAY_MS = 86_400_000;
const TODAY = ['done', 'deferred', 'suppressed', 'denied'];

/** What is paused, asked, put off and spent, read from the store now. The day begins at midnight UTC. */
export async function judgementStatus(parts: HttpParts): Promise<JudgementStatus> {
  const { db } = parts.store;
  const { judgement, directives } = parts;
  const now = parts.clock.now();
  const constitution = judgement.constitution();
  const paused = await pausedUntil(db, now);
  const states = await actionsSince(db, now - (now % DAY_MS), TODAY);
  const approvals = await openApprovals(db);
  const { day, month } = await spendFigures(db, { now, budget: constitution.budget });
  const sweeps = await watchedSweeps(db);
  return {
    pausedUntil: paused === null ? null : iso(paused),
    modes: judgement.modes.map((one) => ({ ...one })),
    directives: { version: constitution.version, problem: directives?.problem() ?? null },
    approvals: {
      open: approvals.open,
      nextExpiry: approvals.next === null ? null : iso(approvals.next),
    },
    today: {
      sent: states['done'] ?? 0,
      deferred: states['deferred'] ?? 0,
      suppressed: states['suppressed'] ?? 0,
      denied: states['denied'] ?? 0,
    },
    budget: { today: day, month },
    sweeps: { watched: sweeps.watched, next: sweeps.next === null ? null : iso(sweeps.next) },
  };
}
