import { changeProblem } from '../store/problems.ts';
import type { Problem } from '../store/problems.ts';
import type { Work } from '../store/writer.ts';
import { handedFrom, handedReason } from './handed-reason.ts';
import { close, open } from './reconcile.ts';
import type { ProblemVerdict } from './reminder-judge.ts';
import type { TeamView } from './team-view.ts';

/** What was decided about a problem, and whether the message of today tells of it. */
export interface Aside {
  readonly problem: Problem;
  readonly level: Problem['level'];
  readonly verdict: ProblemVerdict;
  readonly isTold: boolean;
}

interface Looking {
  readonly team: TeamView;
  readonly now: number;
  readonly windowMs: number;
}

// Steps 1 and 2 are on record when the tech lead gets it.
const TRIED = 2;
const WITH_LEAD = 3;

/** Writes down when each problem is looked at again, closes what is over and hands on what climbs. Safe to repeat. */
export async function putAside(
  work: Work,
  looking: Looking,
  decided: readonly Aside[],
): Promise<void> {
  for (const one of decided) {
    const { problem, verdict } = one;
    if (verdict.kind === 'close') await close(work, problem, looking.now);
    else if (verdict.kind === 'hand') await hand(work, looking, problem);
    else await changeProblem(work.db, problem.id, { due_at: nextLook(one, looking) });
  }
}

/** What is sent is looked at again at its next step; should it never be sent, then the next day. */
function nextLook({ problem, level, verdict }: Aside, { team, now }: Looking): number | null {
  if (verdict.kind === 'hold') return finite(verdict.until);
  const { ladderCriticalMinutes } = team.constitution.limits;
  if (level === 'critical') return now + ladderCriticalMinutes * 60_000;
  return finite(team.timeOf(problem.person).nextDayOpening(now));
}

function finite(at: number | null): number | null {
  return at !== null && Number.isFinite(at) ? at : null;
}

async function hand(work: Work, looking: Looking, problem: Problem): Promise<void> {
  const { team, now } = looking;
  if (team.techLead === null || handedFrom(problem.reason) !== null) return;
  const { item, reason, person, level, line, url, since } = problem;
  const escalated = handedReason({ how: 'escalated', reason, owner: person });
  const draft = { item, reason: escalated, person: team.techLead.id, level, line, url, since };
  await open(work, { ...draft, step: TRIED, dueAt: now }, looking);
  const change = { step: WITH_LEAD, stepped_at: now, due_at: null };
  if (await changeProblem(work.db, problem.id, change)) {
    const data = { problem: problem.id, reason, person, to: team.techLead.id };
    work.journal({ kind: 'problem.escalated', subject: item, cycle: null, data });
  }
}
