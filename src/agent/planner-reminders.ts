import type { Context } from '../domain/context.ts';
import type { Plan, Thought, Urgency, Withheld } from '../domain/plan.ts';
import type { Planner, ThinkCall } from '../domain/planner.ts';
import type { ProposedAction } from '../domain/plan.ts';
import { RANK } from '../domain/rules/levels.ts';
import { pickBundle } from '../domain/rules/nudge.ts';
import { iso } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { countOpen, problemsOfPerson } from '../store/problems.ts';
import type { Problem } from '../store/problems.ts';
import { personOfSubject, problemDue } from './person-mail.ts';
import { putAside } from './reminder-aside.ts';
import type { Aside } from './reminder-aside.ts';
import { readCases } from './reminder-cases.ts';
import type { CaseParts, PersonLook, Read } from './reminder-cases.ts';
import { judgeProblem } from './reminder-judge.ts';
import type { ProblemVerdict } from './reminder-judge.ts';
import type { Telling } from './reminder-lines.ts';
import { leadershipProposal, reminderProposal } from './reminder-proposals.ts';
import type { ToTell } from './reminder-proposals.ts';
import { answerPresses } from './reminder-presses.ts';
import { sentLately } from './reminder-sent.ts';
import { teamView } from './team-view.ts';
import type { TeamParts } from './team-view.ts';

export interface ReminderParts extends TeamParts, CaseParts {
  readonly clock: Clock;
  /** The id of the channel that the directives name for a purpose; `null` when they name none. */
  readonly channelOf: (purpose: string) => string | null;
}

const MOST_ACTIONS = 5;
const UNREAD_MS = 15 * 60_000;

/**
 * Works the mailbox of a person: hears what they said to reminders, reads everything that is due anew, and proposes one
 * message about what still waits for them. What is not said is kept with its reason. Safe to run again.
 */
export function reminderPlanner(parts: ReminderParts): Planner {
  return {
    name: 'reminders',
    paid: false,
    think: async (context, call) => await think(parts, context, call),
  };
}

async function think(parts: ReminderParts, context: Context, call: ThinkCall): Promise<Thought> {
  const person = personOfSubject(context.subject);
  if (person === null) return thoughtOf({ actions: [], withheld: [], level: 'low', notes: [] });
  const look = { person, team: teamView(parts), now: parts.clock.now(), signal: call.signal };
  const receipts = await answerPresses(parts, look, context.events);
  const due = await dueProblems(parts, look, context);
  const judged = (await readCases(parts, look, due)).map((read) => ({
    read,
    ...verdictOn(read, look),
  }));
  const chosen = await choose(parts, look, judged);
  await parts.store.write((work) =>
    putAside(work, { ...look, windowMs: parts.windowMs }, chosen.aside),
  );
  return thoughtOf({
    actions: [...receipts, ...chosen.actions].slice(0, MOST_ACTIONS),
    withheld: chosen.withheld,
    level: chosen.level,
    notes: chosen.notes,
  });
}

/** What the mail says is due, and what is due by now although its mail is still on the way. */
async function dueProblems(
  { store }: ReminderParts,
  { person, now }: PersonLook,
  { events }: Context,
): Promise<readonly Problem[]> {
  const told = new Set(events.map(problemDue));
  const all = await problemsOfPerson(store.db, person);
  return all.filter(({ id, dueAt }) => told.has(id) || (dueAt !== null && dueAt <= now));
}

interface Judged {
  readonly read: Read;
  readonly problem: Problem;
  readonly level: Urgency;
  readonly verdict: ProblemVerdict;
}

function verdictOn(read: Read, { now }: PersonLook): Omit<Judged, 'read'> {
  if (read.kind === 'read') {
    const { problem, level } = read.about;
    return { problem, level, verdict: judgeProblem(read.about) };
  }
  const { problem, note } = read;
  const until = now + UNREAD_MS;
  const numbers = { note };
  const verdict = { kind: 'hold', rule: 'fresh-state', reason: 'unread', until, numbers } as const;
  return { problem, level: problem.level, verdict };
}

interface Chosen {
  readonly actions: readonly ProposedAction[];
  readonly withheld: readonly Withheld[];
  readonly aside: readonly Aside[];
  readonly level: Urgency;
  readonly notes: readonly string[];
}

/** Puts what is to be said into one message, and the rest aside until its time. */
async function choose(
  parts: ReminderParts,
  look: PersonLook,
  judged: readonly Judged[],
): Promise<Chosen> {
  const lately = await sentLately(parts.store.db, look);
  const slack = look.team.slackOf(look.person);
  const final = judged.map((one) => ({
    ...one,
    verdict: lately(one) ?? noPlace(parts, one, slack) ?? one.verdict,
  }));
  const sends = final.flatMap((one) => toTell(one));
  const { itemsPerReminder } = look.team.constitution.limits;
  const { items, more } = pickBundle(sends, itemsPerReminder);
  const told = new Set(items.map(({ telling }) => telling.problem.id));
  const aside = final.map((one): Aside => ({ ...one, isTold: told.has(one.problem.id) }));
  const waiting = await waitingOf(parts, look);
  const actions: ProposedAction[] = [];
  if (slack !== null && items.length > 0) {
    actions.push(reminderProposal({ items, more, slack, person: look.person, waiting }));
  }
  const channel = parts.channelOf('leadership');
  const upwards = final.filter(({ verdict }) => verdict.kind === 'leadership').flatMap(tellingOf);
  if (channel !== null) actions.push(...upwards.map((one) => leadershipProposal(one, channel)));
  return {
    actions,
    withheld: aside.flatMap((one) => withheldOf(one, look)),
    aside,
    level: highest(items.map(({ level }) => level)),
    notes: [`${judged.length} looked at, ${items.length} to be told`],
  };
}

function toTell(one: Judged): ToTell[] {
  const { verdict, level } = one;
  if (verdict.kind !== 'send') return [];
  return tellingOf(one).map((telling) => ({
    telling,
    level,
    since: telling.draft.since,
    step: verdict.step,
  }));
}

function tellingOf({ read }: Judged): Telling[] {
  return read.kind === 'read' && read.telling !== null ? [read.telling] : [];
}

function noPlace(
  parts: ReminderParts,
  { verdict }: Judged,
  slack: string | null,
): ProblemVerdict | null {
  const hold = { kind: 'hold', rule: 'channels', until: null, numbers: {} } as const;
  if (verdict.kind === 'send' && slack === null) return { ...hold, reason: 'no_slack_account' };
  const isUpwards = verdict.kind === 'leadership';
  if (isUpwards && parts.channelOf('leadership') === null)
    return { ...hold, reason: 'no_leadership_channel' };
  return null;
}

/** How many reviews wait for each member, to find somebody who has time. */
async function waitingOf(
  { store }: ReminderParts,
  { team }: PersonLook,
): Promise<(person: string) => number> {
  const counts = new Map<string, number>();
  for (const { id } of team.constitution.members) {
    counts.set(id, await countOpen(store.db, id, 'review-waiting'));
  }
  return (person) => counts.get(person) ?? 0;
}

const OPERATION = 'slack.send-direct';

function withheldOf(
  { problem, level, verdict, isTold }: Aside,
  { team, now }: PersonLook,
): Withheld[] {
  if (isTold || verdict.kind === 'hand' || verdict.kind === 'leadership') return [];
  const preview = `Remind ${team.nameOf(problem.person)}: ${problem.line}`;
  const base = { preview, operation: OPERATION, numbers: { level, step: problem.step } };
  if (verdict.kind === 'close') {
    return [{ ...base, rule: 'reminders', reason: verdict.reason, until: null }];
  }
  if (verdict.kind === 'send') {
    const until = team.timeOf(problem.person).nextDayOpening(now);
    return [{ ...base, rule: 'reminders', reason: 'bundle', until: instant(until) }];
  }
  const numbers = { ...base.numbers, ...verdict.numbers };
  return [
    { ...base, rule: verdict.rule, reason: verdict.reason, until: instant(verdict.until), numbers },
  ];
}

function instant(at: number | null): string | null {
  return at === null || !Number.isFinite(at) ? null : iso(at);
}

function highest(levels: readonly Urgency[]): Urgency {
  const [first] = levels.toSorted((one, other) => RANK[other] - RANK[one]);
  return first ?? 'low';
}

interface Outcome {
  readonly actions: readonly ProposedAction[];
  readonly withheld: readonly Withheld[];
  readonly level: Urgency;
  readonly notes: readonly string[];
}

function thoughtOf({ actions, withheld, level, notes }: Outcome): Thought {
  const plan: Plan = {
    shouldRespond: actions.length > 0,
    urgency: level,
    reasoning: 'What waits for this person, read anew and judged by the rules of reminding.',
    actions: [...actions],
    unknowns: [],
  };
  return { plan, planner: 'rules', notes: [...notes], withheld: [...withheld] };
}
