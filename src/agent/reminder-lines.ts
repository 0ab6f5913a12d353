import type { Situation } from '../domain/situation.ts';
import { iso } from '../lib/clock.ts';
import type { SentNudge } from '../store/nudges.ts';
import type { Problem } from '../store/problems.ts';
import { handedFrom } from './handed-reason.ts';
import type { ProblemDraft } from './problems-of.ts';
import { leadershipText, itemWords, waitWords } from './reminder-text.ts';
import type { ReminderLine } from './reminder-text.ts';
import type { TeamView } from './team-view.ts';

/** A problem that is to be put into words. */
export interface Telling {
  readonly problem: Problem;
  readonly draft: Pick<ProblemDraft, 'what' | 'ask' | 'since'> & { readonly reason: string };
  readonly situation: Situation | null;
  /** What was sent about the item, oldest first. */
  readonly tried: readonly SentNudge[];
  readonly team: TeamView;
  readonly now: number;
}

const WAITS: Readonly<Record<string, string>> = {
  blocked: 'has been blocked',
  'review-waiting': 'has waited for a review',
  'changes-waiting': 'has waited for its author',
  stale: 'has stood still',
};

/** The line for whoever has the ball; the second time it names a way out. */
export function ownLine({ problem, draft }: Telling, wayOut: string | null): ReminderLine {
  const ask = wayOut === null ? draft.ask : `${draft.ask} ${wayOut}`;
  return { what: draft.what, ask, url: problem.url };
}

/** The line for the tech lead: what waits, on whom, and what was tried. */
export function handedLine(telling: Telling): ReminderLine {
  const { problem, team } = telling;
  const from = handedFrom(problem.reason);
  const owner = team.nameOf(from?.owner ?? problem.person);
  const waits = `${nameOf(telling)} ${WAITS[from?.reason ?? ''] ?? 'has waited'} for ${waited(telling)}`;
  if (from?.how === 'declined') {
    return {
      what: `${waits}; ${owner} says it is not for them.`,
      ask: 'Who takes it?',
      url: problem.url,
    };
  }
  const days = datesOf(telling, from?.owner ?? '');
  const ask = 'Can you step in?';
  return {
    what: `${waits}; ${owner} was reminded${days}, without an answer.`,
    ask,
    url: problem.url,
  };
}

function nameOf({ situation, problem }: Telling): string {
  return situation === null ? problem.item : itemWords(situation);
}

function waited({ draft, team, now }: Telling): string {
  return waitWords(team.time.elapsed(draft.since, now), team.time.dayLength);
}

function datesOf({ tried, problem, team }: Telling, owner: string): string {
  const sent = tried.filter(({ person, at }) => person === owner && at >= problem.since);
  const days = [...new Set(sent.map(({ at }) => team.timeOf(owner).localDate(at)))];
  return days.length === 0 ? '' : ` on ${days.join(' and ')}`;
}

/** The summary for leadership: what, since when, what it holds up, what was tried, and what is asked by when. */
export function summaryFor(telling: Telling): string {
  const { situation, problem, tried, team, now } = telling;
  const held = situation?.kind === 'issue' ? situation.blocks.filter(({ done }) => !done) : [];
  const names = held.map(({ subject }) => subject.split(':').slice(2).join(':'));
  const by = team.time.nextDayOpening(now);
  const lead = team.nameOf(problem.person);
  return leadershipText({
    item: nameOf(telling),
    url: problem.url,
    since: team.time.localDate(telling.draft.since),
    waited: waited(telling),
    holdsUp: names.length === 0 ? 'nothing that is linked to it' : names.join(', '),
    tried: tried
      .filter(({ at }) => at >= problem.since)
      .map(({ person, at, url }) => ({
        what: `${team.nameOf(person)} was told on ${iso(at).slice(0, 10)}`,
        url,
      })),
    asked: `somebody who can decide how to unblock it, with ${lead}, by ${Number.isFinite(by) ? team.time.localDate(by) : 'the next working day'}.`,
  });
}

/** Who could review instead: a member who works now and has the fewest reviews waiting. */
function otherReviewer(
  { situation, problem, team, now }: Telling,
  waiting: (person: string) => number,
): string | null {
  if (situation?.kind !== 'pull-request') return null;
  const author = team.memberAt(situation.author)?.id;
  const asked = new Set(situation.requests.map(({ reviewer }) => team.memberAt(reviewer)?.id));
  const free = team.constitution.members.filter(
    ({ id, role }) =>
      (role === 'member' || role === 'tech-lead') &&
      id !== author &&
      id !== problem.person &&
      !asked.has(id) &&
      team.timeOf(id).isWorking(now),
  );
  const [least] = free.toSorted((one, other) => waiting(one.id) - waiting(other.id));
  if (least === undefined) return null;
  const count = waiting(least.id);
  return `${least.name} works now and has ${count === 0 ? 'no review' : `${count} of them`} waiting.`;
}

/** A way out in words that fits what waits. */
export function wayOutOf(telling: Telling, waiting: (person: string) => number): string {
  if (telling.draft.reason !== 'review-waiting') {
    return 'A way out: pair with somebody, or split off what can go on.';
  }
  const other = otherReviewer(telling, waiting);
  return other === null ? 'A way out: look at it together.' : `A way out: hand it on. ${other}`;
}
