import { sql } from 'kysely';
import { reminderPlanner } from '../../src/agent/planner-reminders.ts';
import type { ReminderParts } from '../../src/agent/planner-reminders.ts';
import { nudgeRecorder } from '../../src/agent/record-nudges.ts';
import { Scheduler } from '../../src/agent/scheduler.ts';
import { createSteward } from '../../src/agent/steward.ts';
import type { Look } from '../../src/agent/steward.ts';
import type { Action } from '../../src/domain/action.ts';
import type { Constitution, TeamMember } from '../../src/domain/constitution.ts';
import type { ProjectEvent } from '../../src/domain/event.ts';
import type { ProposedAction, Thought } from '../../src/domain/plan.ts';
import type { Planner } from '../../src/domain/planner.ts';
import type { Situation } from '../../src/domain/situation.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { workingTime } from '../../src/lib/business-time.ts';
import { iso } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { addActions } from '../../src/store/actions.ts';
import { endEvents } from '../../src/store/events.ts';
import { claimMailboxes, nextDue, releaseMailbox } from '../../src/store/mailboxes.ts';
import type { Claim } from '../../src/store/mailboxes.ts';
import type { Store } from '../../src/store/open.ts';
import { addTouches } from '../../src/store/touches.ts';
import { LIMITS, officeHours, THRESHOLDS } from './situations.ts';
import { handClock, temporaryStore } from './store.ts';

/** A member of an invented team, reached in Slack under `U` and the name. */
export function member(name: string, given: Partial<TeamMember> = {}): TeamMember {
  const id = name.toLowerCase();
  return {
    id: `member:${id}`,
    name,
    role: 'member',
    approves: false,
    accounts: { github: id, jira: id, slack: `U${name.toUpperCase()}` },
    calendar: officeHours('Europe/Berlin'),
    channel: null,
    notes: null,
    ...given,
  };
}

/** Directives with the usual figures for a team. */
export function directives(
  members: readonly TeamMember[],
  given: Partial<Constitution> = {},
): Constitution {
  return {
    version: 'test',
    prose: '',
    names: ['pm-agent'],
    clauses: [],
    members,
    calendar: officeHours('Europe/Berlin'),
    channels: { leadership: 'CLEADS' },
    onCall: [],
    limits: LIMITS,
    urgency: THRESHOLDS,
    budget: { perCycleUsd: null, perDayUsd: null, perMonthUsd: null, perPersonAndDayUsd: null },
    approvals: { expiryDays: 1, criticalHours: 2, twoPerson: [] },
    statuses: { blocked: ['blocked'], review: ['in review'], afterMerge: null },
    linkHosts: [],
    ...given,
  };
}

/** A message that went out. */
export interface SentMessage {
  readonly action: string;
  readonly at: number;
  readonly person: string;
  readonly level: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const AGENT = 'pm-agent';
const WINDOW_MS = 60_000;

/** A store, a hand clock, a team, and items that stand as the test says; everything between is real. */
export async function stewardWorld(
  constitution: Constitution,
  given: {
    readonly start: string;
    readonly store?: Store;
    /** Two planners work each mailbox of a person at once. */
    readonly twins?: boolean;
  },
) {
  const clock = handClock(Date.parse(given.start));
  const store = given.store ?? (await temporaryStore(clock));
  // Weeks pass here in a moment, and none of it has to outlive the machine.
  await sql`pragma synchronous = off`.execute(store.db);
  const items = new Map<Subject, Situation | 'gone' | 'unread'>();
  const sent: SentMessage[] = [];
  const thoughts: { readonly person: Subject; readonly at: number; readonly thought: Thought }[] =
    [];
  const parts: ReminderParts = {
    store,
    clock,
    constitution: () => constitution,
    personOf: () => null,
    accountOf: () => null,
    ours: ({ id }) => id === AGENT,
    windowMs: WINDOW_MS,
    channelOf: (purpose) => constitution.channels[purpose] ?? null,
    survey: (subject) => {
      const item = items.get(subject) ?? 'gone';
      if (item === 'gone') return Promise.resolve({ kind: 'none' });
      if (item === 'unread') return Promise.resolve({ kind: 'unread', note: 'timeout: too slow' });
      return Promise.resolve({ kind: 'seen', situation: item });
    },
  };
  const queue = {
    announce: () => undefined,
    onDue: () => undefined,
    close: () => Promise.resolve(),
  };
  const newScheduler = (on: Store = store) =>
    new Scheduler({
      store: on,
      clock,
      queue,
      log: silentLogger,
      windowMs: WINDOW_MS,
      checkMinutes: () => constitution.urgency.checkMinutes,
    });
  const scheduler = newScheduler();
  const steward = createSteward(parts);
  const record = nudgeRecorder(parts);
  const signal = new AbortController().signal;
  const call = {
    signal,
    spent: () => undefined,
    purse: {
      reserve: () => Promise.resolve({ kind: 'reserved', id: null } as const),
      settle: () => Promise.resolve(),
    },
  };

  const look = async (subject: Subject, events: readonly ProjectEvent[] = []): Promise<Look> => {
    const found = await parts.survey(subject, signal);
    const situation = found.kind === 'seen' ? found.situation : null;
    const seen = await steward.look({ subject, events, situation, now: clock.now(), signal });
    await store.write(seen.commit);
    return seen;
  };

  const think = async (
    subject: Subject,
    events: readonly ProjectEvent[] = [],
    planner: Planner = reminderPlanner(parts),
  ): Promise<Thought> => {
    const context = {
      subject,
      events: [...events],
      facts: [],
      sources: [],
      history: [],
      answered: [],
      directivesVersion: 'test',
    };
    const thought = await planner.think(context, call);
    thoughts.push({ person: subject, at: clock.now(), thought });
    return thought;
  };

  /** Sends what a plan proposes, as the one door does: the day is taken first, what went out is remembered. */
  const send = async (subject: Subject, thought: Thought): Promise<void> => {
    for (const [ordinal, proposed] of thought.plan.actions.entries()) {
      await sendOne(actionOf(subject, { proposed, ordinal, now: clock.now() }), thought);
    }
  };

  const sendOne = async (action: Action, thought: Thought): Promise<void> => {
    const person = decodeURIComponent(action.subject.split(':').slice(2).join(':'));
    const level = thought.plan.urgency;
    const now = clock.now();
    const isFree = await store.write(async (work) => {
      const member = constitution.members.find(({ id }) => id === person);
      const day = workingTime((member ?? constitution).calendar).localDate(now);
      const most = constitution.limits.remindersPerPersonAndDay;
      const isOneADay = action.purpose === 'reminder' && level !== 'critical' && most === 1;
      const slot = isOneADay ? `reminder:${person}:${day}` : null;
      const touch = { place: `person:${person}`, purpose: action.purpose, action: action.id };
      if (!(await addTouches(work.db, [{ ...touch, at: now, slot }]))) return false;
      const ts = `${Math.floor(now / 1000)}.${String(sent.length).padStart(6, '0')}`;
      const done = {
        ...action,
        effectId: `D${person}:${ts}`.replace(/member:/, ''),
        settledAt: iso(now),
      };
      await addActions(work.db, [{ ...done, state: 'done' }]);
      await work.db
        .updateTable('actions')
        .set({ effect_id: done.effectId })
        .where('id', '=', action.id)
        .execute();
      await record(work, { ...done, state: 'done' }, now);
      return true;
    });
    if (!isFree) return;
    const { operation, input } = action;
    const text = String(input['text']);
    sent.push({ action: action.id, at: now, person, level, operation, input, text });
  };

  const runClaim = async (claim: Claim, planner?: Planner): Promise<void> => {
    const seen = await steward.look({
      subject: claim.subject,
      events: claim.events,
      situation: await situationOf(claim.subject),
      now: clock.now(),
      signal,
    });
    await store.write(seen.commit);
    if (claim.subject.startsWith('pm:person:')) {
      // Two that hold the same mailbox after a lost lease: both think before either sends.
      const hands = given.twins === true ? [planner, planner] : [planner];
      const found = await Promise.all(
        hands.map((hand) => think(claim.subject, claim.events, hand)),
      );
      for (const thought of found) await send(claim.subject, thought);
    }
    await store.write(async ({ db }) => {
      await endEvents(db, claim.cycle, 'settled');
      await releaseMailbox(db, claim);
    });
  };

  const situationOf = async (subject: Subject): Promise<Situation | null> => {
    const found = await parts.survey(subject, signal);
    return found.kind === 'seen' ? found.situation : null;
  };

  /** Works everything that is due at this moment, until nothing is. */
  const settle = async (planner?: Planner): Promise<void> => {
    for (;;) {
      await scheduler.look();
      const request = {
        owner: 'w',
        now: clock.now(),
        leaseMs: 1000,
        mode: 'production',
        limit: 500,
      };
      const claims = await store.write(({ db }) => claimMailboxes(db, request));
      if (claims.length === 0) return;
      await Promise.all(claims.map((claim) => runClaim(claim, planner)));
    }
  };

  /** The next instant at which anything is due. */
  const nextInstant = async (): Promise<number | null> => {
    const sweep = await store.db
      .selectFrom('sweeps')
      .select((row) => row.fn.min('next_at').as('at'))
      .executeTakeFirst();
    const problem = await store.db
      .selectFrom('problems')
      .select((row) => row.fn.min('due_at').as('at'))
      .where('closed_at', 'is', null)
      .executeTakeFirst();
    const times = [sweep?.at, problem?.at, await nextDue(store.db)].filter(
      (at) => typeof at === 'number',
    );
    return times.length === 0 ? null : Math.min(...times);
  };

  /** Lets time pass until then, working everything at its time. */
  const runUntil = async (end: string | number, planner?: Planner): Promise<void> => {
    const until = typeof end === 'number' ? end : Date.parse(end);
    for (;;) {
      await settle(planner);
      const next = await nextInstant();
      if (next === null || next > until) break;
      clock.move(Math.max(next - clock.now(), 1));
    }
    clock.move(Math.max(0, until - clock.now()));
  };

  return {
    clock,
    store,
    items,
    sent,
    thoughts,
    parts,
    scheduler,
    newScheduler,
    look,
    think,
    send,
    settle,
    runUntil,
    /** Puts an item there as it stands, and looks at it. */
    put: async (situation: Situation): Promise<Look> => {
      items.set(situation.subject, situation);
      return await look(situation.subject);
    },
  };
}

function actionOf(
  subject: Subject,
  given: { readonly proposed: ProposedAction; readonly ordinal: number; readonly now: number },
): Action {
  const { proposed, ordinal, now } = given;
  return {
    id: newId(now),
    cycle: newId(now),
    subject,
    ordinal,
    operation: proposed.operation,
    effect: 'write',
    input: proposed.input,
    digest: 'd',
    preview: 'p',
    reason: proposed.reason,
    mode: 'production',
    state: 'proposed',
    verdict: null,
    attempts: 0,
    answers: [],
    effectId: null,
    effectUrl: null,
    note: null,
    createdAt: iso(now),
    sentAt: null,
    resendAfter: null,
    settledAt: null,
    purpose: proposed.purpose ?? 'notice',
    dueAt: null,
    askedBy: null,
    reaches: null,
    approval: null,
    directives: null,
    author: 'model',
  };
}

/** Somebody pressed a button under a message of ours. */
export function press(
  subject: Subject,
  given: {
    readonly id: string;
    readonly value: string;
    readonly user: string;
    readonly at: number;
  },
): ProjectEvent {
  const { id, value, user, at } = given;
  return {
    key: `slack:action:D1:${at}:${user}:${id}`,
    kind: 'button.pressed',
    source: 'slack',
    subject,
    actor: { id: user, name: user, kind: 'person' },
    at: iso(at),
    title: `${user} pressed ${id}`,
    text: value,
    message: null,
    changes: [{ field: id, from: null, to: value }],
    scope: 'D1',
    restricted: false,
    confined: true,
  };
}
