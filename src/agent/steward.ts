import type { ProjectEvent } from '../domain/event.ts';
import type { ProposedAction, Urgency } from '../domain/plan.ts';
import { RANK } from '../domain/rules/levels.ts';
import { settledLevel } from '../domain/rules/urgency.ts';
import type { UrgencyAnswer } from '../domain/rules/urgency.ts';
import { isClosed } from '../domain/situation.ts';
import type { Situation } from '../domain/situation.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import type { Store } from '../store/open.ts';
import { problemsOfPerson } from '../store/problems.ts';
import { findSweep, saveSweep } from '../store/sweeps.ts';
import type { Sweep } from '../store/sweeps.ts';
import type { Work } from '../store/writer.ts';
import { personOfSubject } from './person-mail.ts';
import { problemsOf } from './problems-of.ts';
import { reconcile } from './reconcile.ts';
import { respond } from './reminder-response.ts';
import { repliesIn } from './steward-replies.ts';
import { teamView } from './team-view.ts';
import type { TeamParts, TeamView } from './team-view.ts';
import { isProductionP0, urgencyOfSubject } from './urgency-of.ts';

/** What is looked at: a subject, what came in, and how it stands where its system tells. */
interface ToLookAt {
  readonly subject: Subject;
  readonly events: readonly ProjectEvent[];
  readonly situation: Situation | null;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Watches subjects by the rules alone: how urgent they are, what waits on whom, when to look again. */
export interface Steward {
  /** Looks at a subject after its facts were read. Changes nothing before `commit`. */
  look(given: ToLookAt): Promise<Look>;
}

export interface Look {
  readonly level: Urgency;
  /** Names of the rules that fired. */
  readonly rules: readonly string[];
  readonly numbers: Readonly<Record<string, number | string>>;
  /** True where production suffers from a P0. */
  readonly productionP0: boolean;
  /** What code proposes on this subject itself. */
  readonly proposals: readonly ProposedAction[];
  /** Items that these proposals may touch besides the subject. */
  readonly related: readonly Subject[];
  /** Keys of events that are dealt with: no planner need look at them. */
  readonly handled: ReadonlySet<string>;
  /** What was seen, and why nothing was said. */
  readonly notes: readonly string[];
  /** Belongs into the transaction of the cycle. */
  readonly commit: (work: Work) => Promise<void>;
}

export interface StewardParts extends TeamParts {
  readonly store: Store;
  /** What comes due for a person within so long goes into one message, in milliseconds. */
  readonly windowMs: number;
}

const QUIET: Look = {
  level: 'low',
  rules: [],
  numbers: {},
  productionP0: false,
  proposals: [],
  related: [],
  handled: new Set(),
  notes: [],
  commit: () => Promise.resolve(),
};

const MINUTE_MS = 60_000;

/** The steward over one store and one team. */
export function createSteward(parts: StewardParts): Steward {
  return { look: async (given) => await look(parts, given) };
}

async function look(parts: StewardParts, given: ToLookAt): Promise<Look> {
  const { subject, situation } = given;
  const person = personOfSubject(subject);
  if (person !== null) return await lookAtPerson(parts, person);
  const { system, kind } = subjectParts(subject);
  if (system === 'slack' && kind === 'thread') return await lookAtThread(parts, given);
  const sweep = await findSweep(parts.store.db, subject);
  // What cannot be read is not judged: its sweep stands, and the next look finds it.
  if (situation === null) return { ...QUIET, level: watched(sweep)?.level ?? 'low' };
  return lookAtItem(parts, { ...given, situation, sweep, team: teamView(parts) });
}

/** A person's mailbox is as urgent as the most urgent thing in it that has not climbed on. */
async function lookAtPerson({ store }: StewardParts, person: string): Promise<Look> {
  const open = (await problemsOfPerson(store.db, person)).filter(({ step }) => step < 3);
  const [first] = open.toSorted((one, other) => RANK[other.level] - RANK[one.level]);
  const productionP0 = open.some(({ reason }) => reason === 'production');
  return { ...QUIET, level: first?.level ?? 'low', productionP0, numbers: { open: open.length } };
}

async function lookAtThread(parts: StewardParts, given: ToLookAt): Promise<Look> {
  const { subject, events, now } = given;
  const thread = { subject, events, now, team: teamView(parts), windowMs: parts.windowMs };
  const { responses, proposals, related, handled } = await repliesIn(parts.store.db, thread);
  if (handled.size === 0) return QUIET;
  return {
    ...QUIET,
    proposals,
    related,
    handled,
    notes: responses.map(({ answer }) => `a reminder was answered: ${answer.kind}`),
    commit: async (work) => {
      for (const response of responses) await respond(work, response);
    },
  };
}

interface Item extends ToLookAt {
  readonly situation: Situation;
  readonly sweep: Sweep | null;
  readonly team: TeamView;
}

function lookAtItem(parts: StewardParts, item: Item): Look {
  const { subject, situation, team, now } = item;
  const found = urgencyOfSubject(situation, team, now);
  const { drafts, notes } = problemsOf(situation, { team, now });
  const closed = isClosed(situation);
  const next = nextSweep(item, found);
  const { windowMs } = parts;
  const reading = {
    item: subject,
    url: situation.url,
    level: found.level,
    drafts,
    team,
    now,
    windowMs,
  };
  return {
    ...QUIET,
    level: closed ? 'low' : next.level,
    rules: closed ? [] : found.rules,
    numbers: flat(found),
    productionP0: !closed && isProductionP0(situation),
    notes: [
      ...notes,
      ...drafts.map((draft) => `${draft.reason} waits on ${team.nameOf(draft.person)}`),
    ],
    commit: async (work) => {
      await saveSweep(work.db, next);
      noteLevel(work, item, next);
      await reconcile(work, reading);
    },
  };
}

/** The sweep, as long as there is something left to watch. */
function watched(sweep: Sweep | null): Sweep | null {
  return sweep === null || sweep.nextAt === null ? null : sweep;
}

function flat({ numbers }: UrgencyAnswer): Readonly<Record<string, number>> {
  const pairs = Object.entries(numbers).flatMap(([rule, figures]) =>
    Object.entries(figures).map(([name, value]) => [`${rule}.${name}`, value] as const),
  );
  return Object.fromEntries(pairs);
}

/**
 * When to look again. Only a look that was due counts as a calm check: many comments in a minute are not many checks,
 * and they do not put the next check off either.
 */
function nextSweep(item: Item, found: UrgencyAnswer): Sweep {
  const { subject, situation, sweep, events, now, team } = item;
  const shared = { subject, rules: found.rules, checkedAt: now };
  if (isClosed(situation)) return { ...shared, rules: [], level: 'low', calm: 0, nextAt: null };
  const before = watched(sweep);
  const isCheck = before === null || events.some(({ kind }) => kind === 'sweep.due');
  const settled = settledLevel(before, found.level);
  const isCalmer = before !== null && RANK[found.level] < RANK[before.level];
  const { level, calm } = isCalmer && !isCheck ? before : settled;
  const at = now + team.constitution.urgency.checkMinutes[level] * MINUTE_MS;
  const planned = isCheck ? null : before.nextAt;
  return { ...shared, level, calm, nextAt: Math.min(at, planned ?? at) };
}

function noteLevel(work: Work, { subject, sweep }: Item, next: Sweep): void {
  const before = watched(sweep)?.level ?? null;
  const isWorth = before !== null ? before !== next.level : next.level !== 'low';
  if (!isWorth || next.nextAt === null) return;
  const data = { level: next.level, before, rules: next.rules };
  work.journal({ kind: 'urgency.changed', subject, cycle: null, data });
}
