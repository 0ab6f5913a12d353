import { subjectParts } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import { isClosed } from '../domain/situation.ts';
import { isOverloaded } from '../domain/rules/ladder.ts';
import { nudgesOfItem, nudgesOfPerson } from '../store/nudges.ts';
import type { Nudge, SentNudge } from '../store/nudges.ts';
import type { Store } from '../store/open.ts';
import { countOpen, problemsOfPerson } from '../store/problems.ts';
import type { Problem } from '../store/problems.ts';
import { ownerOf } from './handed-reason.ts';
import { personOfSubject } from './person-mail.ts';
import { lastActOf, problemsOf } from './problems-of.ts';
import type { ProblemDraft } from './problems-of.ts';
import { OVERLOAD, overloadLine, reconcile } from './reconcile.ts';
import type { Case } from './reminder-judge.ts';
import type { Telling } from './reminder-lines.ts';
import type { Survey, Surveyed } from './survey.ts';
import type { TeamView } from './team-view.ts';
import { isProductionP0, urgencyOfSubject } from './urgency-of.ts';

/** Where the items of reminders are read. */
export interface CaseParts {
  readonly store: Store;
  readonly survey: Survey;
  readonly windowMs: number;
}

/** One look at the problems of a person. */
export interface PersonLook {
  readonly person: string;
  readonly team: TeamView;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** A problem as it stands now, or that its item could not be read. */
export type Read =
  | { readonly kind: 'read'; readonly about: Case; readonly telling: Telling | null }
  | { readonly kind: 'unread'; readonly problem: Problem; readonly note: string };

const MOST_ITEMS = 30;
const AT_ONCE = 5;
const MONTH_MS = 31 * 86_400_000;

/**
 * Reads the items of these problems anew and brings the kept problems up to date with them: nothing is decided on what
 * was known before.
 */
export async function readCases(
  parts: CaseParts,
  look: PersonLook,
  problems: readonly Problem[],
): Promise<readonly Read[]> {
  const items = await itemsOf(parts, problems);
  const surveyed = await surveyAll(parts, items, look.signal);
  const drafts = new Map<Subject, readonly ProblemDraft[]>();
  await parts.store.write(async (work) => {
    for (const [item, found] of surveyed) {
      if (found.kind === 'unread') continue;
      const seen = found.kind === 'seen' ? found.situation : null;
      const here = seen === null ? [] : problemsOf(seen, look).drafts;
      drafts.set(item, here);
      const level = seen === null ? 'low' : urgencyOfSubject(seen, look.team, look.now).level;
      const { team, now } = look;
      const { windowMs } = parts;
      await reconcile(work, {
        item,
        url: seen?.url ?? null,
        level,
        drafts: here,
        team,
        now,
        windowMs,
      });
    }
  });
  const { db } = parts.store;
  const fresh = new Map((await problemsOfPerson(db, look.person)).map((one) => [one.id, one]));
  const told = await nudgesOfPerson(db, look.person, look.now - MONTH_MS);
  const read: Read[] = [];
  for (const before of problems) {
    const given = { before, after: fresh.get(before.id) ?? null, told, surveyed, drafts };
    read.push(await readOne(parts, look, given));
  }
  return read;
}

/** The items themselves; for too many reviews, the pull requests that make it so. */
async function itemsOf({ store }: CaseParts, problems: readonly Problem[]): Promise<Subject[]> {
  const items: Subject[] = [];
  for (const { item } of problems) {
    const reviewer = personOfSubject(item);
    const waiting = reviewer === null ? [] : await problemsOfPerson(store.db, reviewer);
    const reviews = waiting.filter(({ reason }) => reason === 'review-waiting');
    items.push(...(reviewer === null ? [item] : reviews.map((one) => one.item)));
  }
  return [...new Set(items)].slice(0, MOST_ITEMS);
}

async function surveyAll(
  { survey }: CaseParts,
  items: readonly Subject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Subject, Surveyed>> {
  const found = new Map<Subject, Surveyed>();
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const some = items.slice(at, at + AT_ONCE);
    const answers = await Promise.all(some.map((item) => survey(item, signal)));
    answers.forEach((answer, n) => found.set(some[n] ?? '', answer));
  }
  return found;
}

interface Before {
  readonly before: Problem;
  /** `null` when it was closed by what was just read. */
  readonly after: Problem | null;
  readonly told: readonly Nudge[];
  readonly surveyed: ReadonlyMap<Subject, Surveyed>;
  readonly drafts: ReadonlyMap<Subject, readonly ProblemDraft[]>;
}

async function readOne(parts: CaseParts, look: PersonLook, given: Before): Promise<Read> {
  const { before, after, told, surveyed } = given;
  const problem = after ?? before;
  if (before.reason === OVERLOAD) return await readOverload(parts, look, given);
  const found = surveyed.get(before.item);
  if (found === undefined) return { kind: 'unread', problem, note: 'too many items at once' };
  if (found.kind === 'unread') return { kind: 'unread', problem, note: found.note };
  const situation = found.kind === 'seen' ? found.situation : null;
  const draft = after === null ? null : draftOf(problem, given.drafts);
  const tried = await nudgesOfItem(parts.store.db, problem.item);
  const { team, now, person } = look;
  const about: Case = {
    problem,
    draft,
    resolved: situation === null || isClosed(situation),
    level: situation === null ? 'low' : urgencyOfSubject(situation, team, now).level,
    productionP0: situation !== null && isProductionP0(situation),
    lastActedAt: situation === null ? null : lastActOf(situation, person, team),
    told,
    tried,
    team,
    now,
  };
  const telling = draft === null ? null : { problem, draft, situation, tried, team, now };
  return { kind: 'read', about, telling };
}

function draftOf(problem: Problem, drafts: Before['drafts']): ProblemDraft | null {
  const owner = ownerOf(problem);
  const here = drafts.get(problem.item) ?? [];
  return here.find((one) => one.reason === owner.reason && one.person === owner.person) ?? null;
}

async function readOverload(parts: CaseParts, look: PersonLook, given: Before): Promise<Read> {
  const { before, after, told } = given;
  const { team, now } = look;
  const problem = after ?? before;
  const reviewer = personOfSubject(problem.item) ?? subjectParts(problem.item).id;
  const waiting = await countOpen(parts.store.db, reviewer, 'review-waiting');
  const stands = after !== null && isOverloaded(waiting, team.constitution.limits);
  const { since } = problem;
  const draft = stands ? { since, dueAt: since, progressAt: null } : null;
  const tried: readonly SentNudge[] = await nudgesOfItem(parts.store.db, problem.item);
  const about: Case = {
    problem,
    draft,
    resolved: !stands,
    level: problem.level,
    productionP0: false,
    lastActedAt: null,
    told,
    tried,
    team,
    now,
  };
  const what = overloadLine(team, reviewer, waiting);
  const words = { what, ask: 'Share them out?', since, reason: OVERLOAD };
  const telling = stands ? { problem, draft: words, situation: null, tried, team, now } : null;
  return { kind: 'read', about, telling };
}
