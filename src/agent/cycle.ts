import type { Circumstances, Proposed } from '../actions/judging.ts';
import { propose } from '../actions/propose.ts';
import type { Action } from '../domain/action.ts';
import type { Context } from '../domain/context.ts';
import { KeptContext } from '../domain/context.ts';
import type { ProjectEvent } from '../domain/event.ts';
import { Failure } from '../domain/failure.ts';
import { Thought } from '../domain/plan.ts';
import type { Situation } from '../domain/situation.ts';
import { actionsOfCycle, actionsOfSubject, openActionsOf } from '../store/actions.ts';
import { findCycle, saveCycle } from '../store/cycles.ts';
import type { CycleRecord } from '../store/cycles.ts';
import { eventsOfCycle } from '../store/events.ts';
import { holdMailbox } from '../store/mailboxes.ts';
import type { Claim } from '../store/mailboxes.ts';
import { currentMail, withoutRestricted } from './current-mail.ts';
import { commitAndFinish, commitPlan, finish, keptText } from './cycle-commit.ts';
import type { Planned } from './cycle-commit.ts';
import type { CycleParts, EventRulesAnswer } from './cycle-parts.ts';
import { observedAction, tellPlan, timed } from './observed.ts';
import { revive, targetOf, targetVersion } from './revive.ts';
import { recordSpending } from './spending.ts';
import type { Look } from './steward.ts';
import { situationIn } from './survey.ts';
import type { Surveyed } from './survey.ts';
import { messagesOf, thinkAbout } from './thinking.ts';
import type { Fresh } from './thinking.ts';
import { withheldActions } from './withheld.ts';
import { withoutSecrets } from './without-secrets.ts';

/** How a pass over a cycle ended; the worker puts a parked one down until then. */
type CycleEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'parked'; readonly until: number; readonly note: string };

const HISTORY = 50;

/**
 * One pass: Context, Think, Act, Log. Every step is committed before the next thing that costs something, so a
 * cycle that is cut off goes on after its last committed step.
 */
export function createCycle(parts: CycleParts) {
  return async (claim: Claim, signal: AbortSignal): Promise<CycleEnd> => {
    // A cycle that was just opened has nothing committed yet.
    const record = claim.resumed ? await mustFind(parts, claim) : null;
    if (record === null || record.thought === null) {
      const isOpen = await decide(parts, { claim, signal, context: record?.context ?? null });
      if (!isOpen) return { kind: 'finished' };
    }
    return await act(parts, claim, signal);
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

/** Context, Think and the verdicts of Act, committed as one. True when something is left to do outside. */
async function decide(parts: CycleParts, pass: Pass): Promise<boolean> {
  const { claim } = pass;
  const seen = await timed(parts, { name: 'context', claim }, () => look(parts, pass));
  parts.crash('context.gathered');
  const { cycle } = claim;
  const person = parts.surroundings.askerOf(seen.context.events)?.person ?? null;
  const budget = () => parts.judging.constitution().budget;
  const spent = recordSpending({ ...parts, budget }, { cycle, person });
  const handled = new Set([...seen.look.handled, ...seen.rules.handled]);
  const call = { signal: pass.signal, spent: spent.note, purse: spent.purse };
  const fresh = await timed(parts, { name: 'think', claim }, () =>
    thinkAbout(parts, { context: seen.context, handled }, call),
  );
  await spent.committed();
  parts.crash('plan.received');
  const planned = await timed(parts, { name: 'judge', claim }, () =>
    judged(parts, pass, { seen, fresh }),
  );
  const states = [
    ...planned.actions.map(({ state }) => state),
    ...planned.revived.map(({ judged: again, changed }) => (changed ? 'held' : again.start.state)),
  ];
  const isOpen = states.includes('proposed');
  await parts.store.write((work) =>
    isOpen ? commitPlan(parts, work, planned) : commitAndFinish(parts, work, planned),
  );
  parts.crash('plan.committed');
  tellPlan(parts, planned);
  if (isOpen) parts.crash('action.judged');
  return isOpen;
}

/** What is known of the subject before anybody thinks. */
interface Seen {
  readonly context: Context;
  readonly history: readonly Action[];
  readonly situation: Situation | null;
  readonly look: Look;
  readonly rules: EventRulesAnswer;
}

async function look(parts: CycleParts, pass: Pass): Promise<Seen> {
  const { claim, signal } = pass;
  const { db } = parts.store;
  const mail = claim.resumed ? await eventsOfCycle(db, claim.cycle) : claim.events;
  const events = await currentMail(db, mail.map(withoutRestricted));
  // The first claim of a mailbox is the first cycle of its subject: nothing was done there before.
  const history = claim.fence === 1 ? [] : await actionsOfSubject(db, claim.subject, HISTORY);
  const [gathered, surveyed] = await Promise.all([
    contextOf(parts, pass, { events, history }),
    isOnlyTalk(claim, events) ? UNASKED : parts.survey(claim.subject, signal),
  ]);
  const situation = situationIn(surveyed);
  const now = parts.clock.now();
  const seen = await parts.steward.look({ subject: claim.subject, events, situation, now, signal });
  const context = withUrgency(gathered, seen);
  const rules = await parts.eventRules({ events, situation, context, signal });
  return { context, history, situation, look: seen, rules };
}

const UNASKED: Surveyed = { kind: 'none' };
const TALK = /^(?:comment|review-comment|message)\./;

/** Words alone change nothing that the rules judge by: the next sweep sees them, and its level stands till then. */
function isOnlyTalk(claim: Claim, events: readonly ProjectEvent[]): boolean {
  return claim.fence > 1 && events.every(({ kind }) => TALK.test(kind));
}

/** What the rules found is a fact of ours, so that a planner can tell it. */
function withUrgency(context: Context, { level, rules }: Look): Context {
  if (rules.length === 0) return context;
  const fact = {
    id: `pm-agent:urgency:${context.subject}`,
    kind: 'urgency',
    text: `Urgency ${level}, by the rules ${rules.join(', ')}`,
    at: null,
    author: null,
    url: null,
  };
  return { ...context, facts: [...context.facts, fact] };
}

interface Decided {
  readonly seen: Seen;
  readonly fresh: Fresh;
}

/** Verdicts on what code and planner propose, and on what waited for its time or for a person. */
async function judged(parts: CycleParts, pass: Pass, given: Decided): Promise<Planned> {
  const { claim, signal } = pass;
  const { seen, fresh } = given;
  const { db } = parts.store;
  const about = circumstancesOf(parts, claim, given);
  const { thought } = fresh;
  const byRules = [...seen.look.proposals, ...seen.rules.proposals];
  const proposals: Proposed[] = [
    ...byRules.map((action): Proposed => ({ action, author: 'rules' })),
    ...thought.plan.actions.map((action): Proposed => ({ action, author: thought.planner })),
  ];
  const actions = await propose(db, parts.judging, { proposals, about });
  const withheld = withheldActions(thought, { about, mode: parts.mode, at: actions.length });
  const versions = new Map<string, string | null>();
  for (const action of actions.filter(({ state }) => state === 'held')) {
    versions.set(action.id, await targetVersion(parts.survey, targetOf(parts, action), signal));
  }
  const notes = [...thought.notes, ...seen.look.notes, ...seen.rules.notes];
  const shown = withoutSecrets({ thought, actions, byRules: byRules.length }, about.ground);
  return {
    claim,
    context: seen.context,
    thought: { ...shown.thought, notes },
    actions: [...shown.actions, ...withheld],
    revived: await revive(parts, { context: seen.context, about, signal }),
    look: seen.look,
    about,
    versions,
    directives: parts.judging.constitution().version,
  };
}

function circumstancesOf(parts: CycleParts, claim: Claim, given: Decided): Circumstances {
  const { context, history, situation, look: seen, rules } = given.seen;
  const { events } = context;
  const linked = situation?.kind === 'issue' ? [...situation.blockedBy, ...situation.blocks] : [];
  const related = [
    ...events.flatMap((event) => event.related ?? []),
    ...linked.map(({ subject }) => subject),
    ...rules.related,
    ...seen.related,
  ];
  return {
    cycle: claim.cycle,
    subject: claim.subject,
    related: [...new Set(related)].filter((one) => one !== claim.subject),
    answers: messagesOf(given.fresh.answered),
    history,
    asker: parts.surroundings.askerOf(events),
    confined: events.some(({ confined }) => confined === true),
    ground: parts.surroundings.groundOf(context),
    // The mailbox of a person is as urgent as what would be sent from it.
    level: claim.subject.startsWith('pm:') ? given.fresh.thought.plan.urgency : seen.level,
    productionP0: seen.productionP0,
    now: parts.clock.now(),
  };
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

/** Does what is open, one after the other, and ends the cycle. */
async function act(parts: CycleParts, claim: Claim, signal: AbortSignal): Promise<CycleEnd> {
  const { db } = parts.store;
  // One cycle at a time works a subject, so what is open there is ours: also what an earlier cycle held or put off.
  const open = await openActionsOf(db, claim.subject);
  for (const action of open) {
    // A program that ends sends nothing more: what is open waits for the next one to claim the mailbox.
    signal.throwIfAborted();
    const attempt = await observedAction(parts, { action, claim }, parts.carryOut);
    if (attempt.kind === 'wait') return { ...attempt, kind: 'parked' };
  }
  const record = await mustFind(parts, claim);
  const own = await actionsOfCycle(db, claim.cycle);
  const older = open.filter(({ cycle }) => cycle !== claim.cycle).map(({ id }) => id);
  const revived = (await actionsOfSubject(db, claim.subject, HISTORY)).filter(({ id }) =>
    older.includes(id),
  );
  const thought = Thought.parse(JSON.parse(record.thought ?? 'null'));
  parts.crash('cycle.finishing');
  const actions = [...own, ...revived];
  await parts.store.write((work) => finish(parts, work, { claim, actions, thought }));
  parts.crash('cycle.finished');
  return { kind: 'finished' };
}
