import { propose } from '../actions/propose.ts';
import type { Attempt } from '../actions/attempt.ts';
import type { Action } from '../domain/action.ts';
import type { Context } from '../domain/context.ts';
import { KeptContext } from '../domain/context.ts';
import type { Operation } from '../domain/connector.ts';
import type { ProjectEvent } from '../domain/event.ts';
import { Failure } from '../domain/failure.ts';
import type { Mode } from '../domain/mode.ts';
import { Thought } from '../domain/plan.ts';
import type { Planner, ThinkCall } from '../domain/planner.ts';
import type { Clock } from '../lib/clock.ts';
import type { CrashPoint } from '../lib/crash.ts';
import { actionsOfCycle, actionsOfSubject, addActions, isOwnEffect } from '../store/actions.ts';
import { closeCycle, findCycle, saveCycle } from '../store/cycles.ts';
import type { CycleRecord } from '../store/cycles.ts';
import { endEvents, eventsOfCycle } from '../store/events.ts';
import { holdMailbox, releaseMailbox } from '../store/mailboxes.ts';
import type { Claim } from '../store/mailboxes.ts';
import type { Store } from '../store/open.ts';
import type { Work } from '../store/writer.ts';
import type { GatherContext } from './context.ts';
import { currentMail } from './current-mail.ts';
import { recordSpending } from './spending.ts';

/** How a pass over a cycle ended; the worker puts a parked one down until then. */
type CycleEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'parked'; readonly until: number; readonly note: string };

export interface CycleParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly crash: CrashPoint;
  readonly mode: Mode;
  readonly leaseMs: number;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly never: readonly string[];
  readonly gather: GatherContext;
  readonly planner: Planner;
  /** Whether our account in a system is known: then triage has recognised our own echoes already. */
  readonly knowsItself: (system: string) => boolean;
  /** The same events, without the words of those that do not stand any more. */
  readonly standing: (
    events: readonly ProjectEvent[],
    signal: AbortSignal,
  ) => Promise<readonly ProjectEvent[]>;
  /** The one door; handed in so that only `actions/` decides how a change is made. */
  readonly carryOut: (action: Action, claim: Claim) => Promise<Attempt>;
}

const HISTORY = 50;
const WAITS: ReadonlySet<Action['state']> = new Set(['proposed', 'sending']);

/**
 * One pass: Context, Think, Act, Log. Every step is committed before the next thing that costs something, so a
 * cycle that is cut off goes on after its last committed step.
 */
export function createCycle(parts: CycleParts) {
  return async (claim: Claim, signal: AbortSignal): Promise<CycleEnd> => {
    // A cycle that was just opened has nothing committed yet.
    const record = claim.resumed ? await mustFind(parts, claim) : null;
    const thought = record?.thought ?? null;
    const actions =
      thought === null
        ? await contextAndThink(parts, { claim, signal, context: record?.context ?? null })
        : await actionsOfCycle(parts.store.db, claim.cycle);
    if (actions === 'finished') return { kind: 'finished' };
    return await act(parts, claim, actions);
  };
}

async function mustFind(parts: CycleParts, claim: Claim): Promise<CycleRecord> {
  const record = await findCycle(parts.store.db, claim.cycle);
  if (record !== undefined) return record;
  throw new Failure('internal', `there is no cycle ${claim.cycle}`);
}

interface Pass {
  readonly claim: Claim;
  readonly signal: AbortSignal;
  /** The context that an earlier attempt committed. */
  readonly context: string | null;
}

async function contextAndThink(parts: CycleParts, pass: Pass): Promise<Action[] | 'finished'> {
  const { claim, signal } = pass;
  const { db } = parts.store;
  const mail = claim.resumed ? await eventsOfCycle(db, claim.cycle) : claim.events;
  const events = await currentMail(db, mail.map(withoutRestricted));
  // The first claim of a mailbox is the first cycle of its subject: nothing was done there before.
  const history = claim.fence === 1 ? [] : await actionsOfSubject(db, claim.subject, HISTORY);
  const context = await contextOf(parts, pass, { events, history });
  parts.crash('context.gathered');
  const spent = recordSpending(parts, claim);
  const { thought, answered } = (await isOnlyEcho(parts, events))
    ? { thought: ECHO, answered: events }
    : await freshThought(parts, context, { signal, spent: spent.note });
  await spent.committed();
  parts.crash('plan.received');
  const actions = propose({
    cycle: claim.cycle,
    subject: claim.subject,
    mode: parts.mode,
    actions: thought.plan.actions,
    operations: parts.operations,
    never: parts.never,
    answers: messagesOf(answered),
    history,
    now: parts.clock.now(),
  });
  const open = actions.some((action) => WAITS.has(action.state));
  const planned = { claim, context, thought, actions };
  await parts.store.write((work) =>
    open ? commitPlan(parts, work, planned) : commitAndFinish(parts, work, planned),
  );
  parts.crash('plan.committed');
  if (!open) return 'finished';
  parts.crash('action.judged');
  return actions;
}

const NOT_ASKED: Thought = {
  plan: {
    shouldRespond: false,
    urgency: 'low',
    reasoning: 'What was said is gone or was said anew; the newest version has its own event.',
    actions: [],
    unknowns: [],
  },
  planner: 'rules',
  notes: ['the plan answered words that do not stand any more, so nothing of it is done'],
};

interface Fresh {
  readonly thought: Thought;
  /** The events that the plan answers: a message that was said anew is not among them, its new version still waits. */
  readonly answered: readonly ProjectEvent[];
}

/**
 * A plan that would do something is made again, once, when the words it answers are gone or were edited by the time it
 * is there: nothing is done on stale state (R13).
 */
async function freshThought(parts: CycleParts, context: Context, call: ThinkCall): Promise<Fresh> {
  const thought = await parts.planner.think(context, call);
  if (thought.plan.actions.length === 0) return { thought, answered: context.events };
  const answered = await parts.standing(context.events, call.signal);
  const isFresh = answered.every((event, at) => event.message === context.events[at]?.message);
  if (isFresh) return { thought, answered };
  if (messagesOf(answered).length === 0) return { thought: NOT_ASKED, answered };
  return {
    thought: await parts.planner.think({ ...context, events: [...answered] }, call),
    answered,
  };
}

/** An answer is read by everybody on the subject: what only some may read stays out of the thought (A13). */
function withoutRestricted(event: ProjectEvent): ProjectEvent {
  return event.restricted ? { ...event, text: null } : event;
}

interface Known {
  readonly events: readonly ProjectEvent[];
  readonly history: readonly Action[];
}

/** What was gathered before, or gathered now; committed before a thought that costs money rests on it. */
async function contextOf(parts: CycleParts, pass: Pass, known: Known): Promise<Context> {
  const { claim, signal } = pass;
  if (pass.context !== null) {
    return { ...KeptContext.parse(JSON.parse(pass.context)), events: [...known.events] };
  }
  const context = await parts.gather({ subject: claim.subject, ...known, signal });
  if (!parts.planner.paid) return context;
  const now = parts.clock.now();
  await parts.store.write(async ({ db }) => {
    await holdMailbox(db, claim, now + parts.leaseMs);
    await saveCycle(db, claim.cycle, { step: 'think', context: keptText(context), now });
  });
  return context;
}

const keptText = (context: Context) => JSON.stringify(KeptContext.parse(context));

const ECHO: Thought = {
  plan: {
    shouldRespond: false,
    urgency: 'low',
    reasoning: 'The agent wrote this itself.',
    actions: [],
    unknowns: [],
  },
  planner: 'rules',
  notes: ['own echo, recognised by what our actions made'],
};

/**
 * As long as we do not know our own account, an echo is known by its message: the cycle that wrote it has ended before
 * this one began, so what it made is in the store.
 */
async function isOnlyEcho(parts: CycleParts, events: readonly ProjectEvent[]): Promise<boolean> {
  const unsure = events.filter((event) => !parts.knowsItself(event.source));
  if (unsure.length < events.length) return false;
  for (const event of unsure) {
    const ids = effectIdsOf(event.message);
    if (ids.length === 0 || !(await isOwnEffect(parts.store.db, ids))) return false;
  }
  return true;
}

/** What the effect of an action may be called that made this message: an id alone, or with its channel. */
function effectIdsOf(message: string | null): string[] {
  const words = message?.split(':') ?? [];
  const last = words.at(-1);
  if (last === undefined) return [];
  return [last, words.slice(-2).join(':'), last.split('/').at(-1) ?? last];
}

/** The messages of people that a cycle is about. */
function messagesOf(events: readonly ProjectEvent[]): string[] {
  const messages = events.map((event) => event.message).filter((message) => message !== null);
  return [...new Set(messages)];
}

interface Planned {
  readonly claim: Claim;
  readonly context: Context;
  readonly thought: Thought;
  readonly actions: readonly Action[];
}

/** The plan as the store keeps it; the events are in their own table already. */
function columnsOf(planned: Planned) {
  return {
    context: keptText(planned.context),
    thought: JSON.stringify(planned.thought),
    planner: planned.thought.planner,
  };
}

async function commitPlan(parts: CycleParts, work: Work, planned: Planned): Promise<void> {
  const now = parts.clock.now();
  await holdMailbox(work.db, planned.claim, now + parts.leaseMs);
  await saveCycle(work.db, planned.claim.cycle, { step: 'act', ...columnsOf(planned), now });
  await commitActions(work, planned);
}

/** Nothing is left to do outside: the plan and the end of the cycle are one commit. */
async function commitAndFinish(parts: CycleParts, work: Work, planned: Planned): Promise<void> {
  await commitActions(work, planned);
  await finish(parts, work, { ...planned, plan: columnsOf(planned) });
}

async function commitActions(work: Work, planned: Planned): Promise<void> {
  const { claim, actions } = planned;
  await addActions(work.db, actions);
  for (const action of actions) {
    work.journal({
      kind: 'action.judged',
      subject: claim.subject,
      cycle: claim.cycle,
      data: {
        action: action.id,
        operation: action.operation,
        digest: action.digest,
        verdict: action.verdict,
        state: action.state,
        mode: action.mode,
      },
    });
  }
}

async function act(parts: CycleParts, claim: Claim, actions: readonly Action[]): Promise<CycleEnd> {
  for (const action of actions.filter((one) => WAITS.has(one.state))) {
    const attempt = await parts.carryOut(action, claim);
    if (attempt.kind === 'wait') return { ...attempt, kind: 'parked' };
  }
  const record = await mustFind(parts, claim);
  const settled = await actionsOfCycle(parts.store.db, claim.cycle);
  const thought = Thought.parse(JSON.parse(record.thought ?? 'null'));
  parts.crash('cycle.finishing');
  await parts.store.write((work) => finish(parts, work, { claim, actions: settled, thought }));
  parts.crash('cycle.finished');
  return { kind: 'finished' };
}

/** The word for a cycle's end: of what became of its actions, what a person should hear first. */
function outcomeOf(actions: readonly Action[], thought: Thought): string {
  const states = new Set(actions.map((action) => action.state));
  if (states.has('unknown')) return 'unknown';
  if (states.has('failed')) return 'failed';
  if (states.has('done')) return 'answered';
  if (states.has('held')) return 'waiting';
  if (states.has('simulated')) return 'simulated';
  if (states.has('denied')) return 'denied';
  return thought.plan.unknowns.length > 0 ? 'needs a person' : 'nothing needed';
}

interface Finishing {
  readonly claim: Claim;
  readonly actions: readonly Action[];
  readonly thought: Thought;
  /** What the same commit saves of the plan, when it was not saved before. */
  readonly plan?: ReturnType<typeof columnsOf>;
}

async function finish(parts: CycleParts, work: Work, given: Finishing): Promise<void> {
  const { claim, actions, thought } = given;
  const now = parts.clock.now();
  const outcome = outcomeOf(actions, thought);
  const plan = given.plan === undefined ? {} : { plan: given.plan };
  await closeCycle(work.db, claim.cycle, { state: 'finished', outcome, now, ...plan });
  await endEvents(work.db, claim.cycle, 'settled');
  await releaseMailbox(work.db, claim);
  work.journal({
    kind: 'cycle.finished',
    subject: claim.subject,
    cycle: claim.cycle,
    data: { outcome, planner: thought.planner, actions: actions.length, mode: parts.mode },
  });
}
