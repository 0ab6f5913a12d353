import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../../../test/helpers/situations.ts';
import { workingTime } from '../../lib/business-time.ts';
import type { Urgency } from '../plan.ts';
import type { Calendar, WorkingTime } from '../working-time.ts';
import { decideNudge, pickBundle } from './nudge.ts';
import type { NudgeDecision, NudgeInput } from './nudge.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const JANUARY = Date.UTC(2025, 0, 1);
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;
const SHIFTS = {
  day: [['09:00', '18:00']],
  split: [
    ['09:00', '12:30'],
    ['13:30', '18:00'],
  ],
  night: [['22:00', '06:00']],
} satisfies Record<string, [string, string][]>;
type Shift = keyof typeof SHIFTS;

interface Zone {
  /** How far the wall is ahead of UTC. */
  readonly offset: (at: number) => number;
  readonly wall: (at: number) => {
    readonly weekday: number;
    readonly minute: number;
    readonly date: string;
  };
  /** Instants of the year's clock changes. */
  readonly changes: readonly { readonly at: number; readonly forward: boolean }[];
  readonly calendars: Readonly<Record<Shift, Calendar>>;
}

// Read from the wall itself, so that what is checked does not depend on the arithmetic that the rules use.
function zone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const wall = (at: number) => {
    const part = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, value]),
    );
    const date = `${part.year ?? ''}-${part.month ?? ''}-${part.day ?? ''}`;
    const weekday = (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
    return { weekday, date, minute: Number(part.hour) * 60 + Number(part.minute) };
  };
  const offset = (at: number) => {
    const { date, minute } = wall(at);
    return Date.parse(`${date}T00:00:00Z`) + minute * MINUTE - at;
  };
  const calendar = (shift: Shift): Calendar => ({
    tz: name,
    week: Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, SHIFTS[shift]])),
  });
  return {
    wall,
    offset,
    changes: changesOf(offset),
    calendars: { day: calendar('day'), split: calendar('split'), night: calendar('night') },
  };
}

function changesOf(offset: (at: number) => number): Zone['changes'] {
  const weeks = Array.from({ length: 52 }, (_, n) => JANUARY + n * WEEK);
  return weeks.flatMap((from) => {
    let [low, high] = [from, from + WEEK];
    const before = offset(low);
    const after = offset(high);
    if (before === after) return [];
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
      if (offset(middle) === before) low = middle;
      else high = middle;
    }
    return [{ at: high, forward: after > before }];
  });
}

const ZONES = Intl.supportedValuesOf('timeZone').map(zone);

/** What the rules should call working time, minute by minute on the wall. */
function isAtWork({ wall }: Zone, shift: Shift, at: number): boolean {
  const { weekday, minute } = wall(at);
  return SHIFTS[shift].some(([from, to]) => {
    const [start, end] = [minuteOf(from), minuteOf(to)];
    if (end > start) return weekday < 5 && start <= minute && minute < end;
    const isEvening = weekday < 5 && minute >= start;
    const isMorning = weekday >= 1 && weekday <= 5 && minute < end;
    return isEvening || isMorning;
  });
}

function minuteOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

const Hour = fc.integer({ min: 0, max: 7 * 24 * 60 - 1 }).map((minutes) => minutes * MINUTE);

function seldom<Made>(arbitrary: fc.Arbitrary<Made>): fc.Arbitrary<Made | null> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

function mostly<Made>(arbitrary: fc.Arbitrary<Made>): fc.Arbitrary<Made | null> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 3, arbitrary });
}

/** A problem of one week; all instants count from the start of the week. */
const Problem = fc.record({
  opens: Hour.map((at) => Math.floor(at / 2)),
  level: fc.constantFrom<Urgency>('low', 'medium', 'high', 'high', 'critical'),
  becomesCritical: seldom(Hour),
  productionP0: fc.boolean(),
  resolves: seldom(Hour),
  // The ball goes away and comes back.
  away: seldom(fc.tuple(Hour, Hour)),
  snooze: seldom(fc.tuple(Hour, Hour)),
  acts: fc.array(Hour, { maxLength: 2 }),
});
type Problem = typeof Problem extends fc.Arbitrary<infer Made> ? Made : never;

const Schedule = fc.record({
  zone: fc.nat(ZONES.length - 1),
  shift: fc.constantFrom<Shift>('day', 'split', 'night'),
  week: fc.nat(51),
  // Most of the weeks lie around a change of the clocks, where the zone has any.
  change: mostly(fc.nat(1)),
  startsBefore: fc.integer({ min: 0, max: 6 * 24 }),
  problems: fc.array(Problem, { minLength: 1, maxLength: 5 }),
  // Sweeps, webhooks: looks at times that no rule has named.
  looks: fc.array(Hour, { maxLength: 6 }),
  restarts: fc.array(Hour, { maxLength: 3 }),
});
type Schedule = typeof Schedule extends fc.Arbitrary<infer Made> ? Made : never;

interface Message {
  readonly at: number;
  readonly items: readonly { readonly problem: Problem; readonly level: Urgency }[];
}

interface Week {
  readonly start: number;
  readonly change: Zone['changes'][number] | null;
  readonly messages: readonly Message[];
  readonly passes: number;
}

function levelAt({ level, becomesCritical }: Problem, at: number): Urgency {
  return becomesCritical !== null && becomesCritical <= at ? 'critical' : level;
}

function inputAt(
  problem: Problem,
  week: { start: number; now: number; time: WorkingTime; sent: readonly Message[] },
): NudgeInput {
  const { start, now, time, sent } = week;
  const at = now - start;
  const { resolves, away, snooze, acts } = problem;
  const acted = acts.filter((act) => act <= at);
  const told = sent.filter(({ items }) => items.some((item) => item.problem === problem));
  return {
    now,
    level: levelAt(problem, at),
    productionP0: problem.productionP0,
    resolved: resolves !== null && resolves <= at,
    waitingOnPerson: away === null || at < Math.min(...away) || at >= Math.max(...away),
    snoozedUntil: snooze !== null && Math.min(...snooze) <= at ? start + Math.max(...snooze) : null,
    lastActedAt: acted.length === 0 ? null : start + Math.max(...acted),
    sameReason: told.map((message) => message.at),
    anyNudge: sent.map((message) => message.at),
    time,
    limits: LIMITS,
  };
}

type Decide = (
  input: NudgeInput,
  where: { readonly zone: Zone; readonly start: number },
) => NudgeDecision;

/** One week of one person. What is not kept is forgotten at each restart; only what was sent is known for ever. */
function live(schedule: Schedule, decide: Decide = decideNudge): Week {
  const zone = ZONES[schedule.zone]!;
  const { changes, calendars } = zone;
  const time = workingTime(calendars[schedule.shift]);
  const change = schedule.change === null ? null : (changes[schedule.change] ?? null);
  const start =
    change === null ? JANUARY + schedule.week * WEEK : change.at - schedule.startsBefore * HOUR;
  const where = { zone, start };
  const sent: Message[] = [];
  const restarts = new Set(schedule.restarts.map((at) => start + at));
  const opened = schedule.problems.map(({ opens }) => start + opens);
  const looks = schedule.looks.map((at) => start + at);
  let due = new Set<number>([...looks, ...opened, ...restarts]);
  let passes = 0;

  function look(now: number): void {
    const open = schedule.problems.filter(({ opens }) => opens <= now - start);
    const decided = open.map((problem) => {
      const input = inputAt(problem, { start, now, time, sent });
      return { problem, level: input.level, since: problem.opens, ...decide(input, where) };
    });
    for (const { action, at } of decided) {
      if (action !== 'defer' || at === null) continue;
      if (at <= now) throw new Error('deferred to a time that is not later');
      due.add(at);
    }
    const ready = decided.filter(({ action }) => action === 'send');
    if (ready.length > 0)
      sent.push({ at: now, items: pickBundle(ready, LIMITS.itemsPerReminder).items });
  }

  while (due.size > 0) {
    const now = Math.min(...due);
    due.delete(now);
    if (now >= start + WEEK) break;
    passes += 1;
    if (passes > 500) throw new Error('it goes round in circles');
    // After a restart nothing is remembered but the ledger: what is left to come is looked at now.
    if (restarts.has(now))
      due = new Set([...due].filter((at) => restarts.has(at) || opened.includes(at)));
    look(now);
    // A second instance, or the same after a crash, that looks at the same moment.
    if (restarts.has(now)) look(now);
  }
  return { start, change, messages: sent, passes };
}

function faultsOf(schedule: Schedule, { messages }: Week): readonly string[] {
  const where = ZONES[schedule.zone]!;
  const atNight = messages.filter(
    ({ at, items }) =>
      !isAtWork(where, schedule.shift, at) &&
      items.some(({ problem, level }) => level !== 'critical' || !problem.productionP0),
  );
  const usual = messages.filter(({ items }) => items.some(({ level }) => level !== 'critical'));
  const byDate = Map.groupBy(usual, ({ at }) => where.wall(at).date);
  const twice = [...byDate].filter(([, some]) => some.length > 1);
  return [
    ...atNight.map(({ at }) => `outside working hours: ${new Date(at).toISOString()}`),
    ...twice.map(([date]) => `twice on ${date}`),
  ];
}

test('10,000 random weeks: at most one reminder a day, none outside working hours', () => {
  const seen = { zones: new Set<number>(), forward: 0, back: 0, messages: 0, critical: 0 };

  fc.assert(
    fc.property(Schedule, (schedule) => {
      const week = live(schedule);

      expect(faultsOf(schedule, week)).toEqual([]);
      seen.zones.add(schedule.zone);
      if (week.change !== null) seen[week.change.forward ? 'forward' : 'back'] += 1;
      seen.messages += week.messages.length;
      const all = week.messages.flatMap(({ items }) => items);
      seen.critical += all.filter(({ level }) => level === 'critical').length;
    }),
    { numRuns: 10_000 },
  );

  expect(seen.zones.size).toBe(ZONES.length);
  expect(Math.min(seen.forward, seen.back)).toBeGreaterThan(500);
  expect(seen.messages).toBeGreaterThan(10_000);
  expect(seen.critical).toBeGreaterThan(1_000);
}, 60_000);

// What the check above is worth: it finds each of these.
const careless: readonly [string, Decide][] = [
  [
    'forgets what was sent today',
    (input) => decideNudge({ ...input, anyNudge: [], sameReason: [] }),
  ],
  [
    'counts days in UTC',
    (input) => {
      const localDate = (at: number) => new Date(at).toISOString().slice(0, 10);
      return decideNudge({ ...input, time: { ...input.time, localDate } });
    },
  ],
  [
    'knows no quiet hours',
    (input) => decideNudge({ ...input, limits: { ...LIMITS, quietHours: false } }),
  ],
  [
    'misses the change of the clocks',
    (input, { zone: { offset }, start }) => {
      const moved = (at: number) => at + offset(start) - offset(at);
      const isWorking = (at: number) => input.time.isWorking(moved(at));
      const nextWorking = (at: number) => Math.max(at + MINUTE, input.time.nextWorking(at));
      return decideNudge({ ...input, time: { ...input.time, isWorking, nextWorking } });
    },
  ],
];

test.each(careless)('whoever %s is caught', (_name, decide) => {
  const answer = fc.check(
    fc.property(Schedule, (schedule) => faultsOf(schedule, live(schedule, decide)).length === 0),
    { numRuns: 10_000, endOnFailure: true },
  );

  expect(answer.failed).toBe(true);
});

test('whoever waits as told comes to an end: nothing is put off for ever', () => {
  const start = JANUARY;
  const Past = fc.array(
    Hour.map((at) => start - at),
    { maxLength: 3 },
  );

  fc.assert(
    fc.property(
      fc.record({
        zone: fc.nat(ZONES.length - 1),
        shift: fc.constantFrom<Shift>('day', 'split', 'night'),
        level: fc.constantFrom<Urgency>('low', 'medium', 'high', 'critical'),
        now: Hour.map((at) => start + at),
        snoozedUntil: fc.option(Hour.map((at) => start + at)),
        lastActedAt: fc.option(Hour.map((at) => start + at)),
        sameReason: Past,
        others: Past,
      }),
      ({ zone: number, shift, others, sameReason, ...given }) => {
        const { calendars } = ZONES[number]!;
        let input: NudgeInput = {
          ...given,
          productionP0: false,
          resolved: false,
          waitingOnPerson: true,
          sameReason,
          anyNudge: [...others, ...sameReason],
          time: workingTime(calendars[shift]),
          limits: LIMITS,
        };
        for (let tries = 0; tries < 10; tries += 1) {
          const { action, at } = decideNudge(input);
          if (action !== 'defer') return;
          expect(at).toBeGreaterThan(input.now);
          input = { ...input, now: at ?? input.now };
        }
        expect.fail('still put off after ten times');
      },
    ),
    { numRuns: 2_000 },
  );
});
