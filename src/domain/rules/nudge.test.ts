import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { LIMITS, officeHours } from '../../../test/helpers/situations.ts';
import { workingTime } from '../../lib/business-time.ts';
import { Urgency } from '../plan.ts';
import { Calendar } from '../working-time.ts';
import { decideNudge, pickBundle } from './nudge.ts';
import type { NudgeInput } from './nudge.ts';

const Instant = z.iso.datetime().transform((text) => Date.parse(text));
const Vectors = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      input: z.object({
        now: Instant,
        calendar: Calendar,
        level: Urgency,
        productionP0: z.boolean().default(false),
        resolved: z.boolean().default(false),
        waitingOnPerson: z.boolean().default(true),
        snoozedUntil: Instant.nullable().default(null),
        lastActedAt: Instant.nullable().default(null),
        sameReason: z.array(Instant).default([]),
        anyNudge: z.array(Instant).default([]),
      }),
      expect: z.object({ action: z.string(), why: z.string(), at: Instant.nullable() }),
    }),
  ),
});
const file = new URL('../../../test/fixtures/domain/rules/nudges.json', import.meta.url);
const vectors = Vectors.parse(JSON.parse(readFileSync(file, 'utf8')));

test('all named cases are there', () => {
  expect(vectors.cases).toHaveLength(16);
});

test.each(vectors.cases)('$name', ({ input: { calendar, ...rest }, expect: expected }) => {
  const decision = decideNudge({ ...rest, time: workingTime(calendar), limits: LIMITS });

  expect(decision).toMatchObject(expected);
});

const london = workingTime(officeHours('Europe/London'));
// A Wednesday; London is an hour ahead of UTC.
const NOON = Date.parse('2025-06-11T11:00:00Z');
const MORNING = Date.parse('2025-06-11T08:00:00Z');
const TOMORROW = Date.parse('2025-06-12T08:00:00Z');

function given(more: Partial<NudgeInput> = {}): NudgeInput {
  return {
    now: NOON,
    level: 'medium',
    productionP0: false,
    resolved: false,
    waitingOnPerson: true,
    snoozedUntil: null,
    lastActedAt: null,
    sameReason: [],
    anyNudge: [],
    time: london,
    limits: LIMITS,
    ...more,
  };
}

describe('the first rule in order decides', () => {
  const night = Date.parse('2025-06-11T21:00:00Z');
  const old = [Date.parse('2025-06-05T11:00:00Z'), Date.parse('2025-06-09T11:00:00Z')];
  const all = given({
    now: night,
    resolved: true,
    waitingOnPerson: false,
    snoozedUntil: night + 1000,
    lastActedAt: night,
    sameReason: [...old, NOON],
    anyNudge: [NOON],
  });
  const steps: readonly [Partial<NudgeInput>, string][] = [
    [{}, 'resolved'],
    [{ resolved: false }, 'not_waiting_on_person'],
    [{ waitingOnPerson: true }, 'snoozed'],
    [{ snoozedUntil: null }, 'recent_activity'],
    [{ lastActedAt: null }, 'duplicate'],
    [{ sameReason: old }, 'ladder'],
    [{ sameReason: [] }, 'budget'],
    [{ anyNudge: [] }, 'quiet_hours'],
    [{ now: NOON }, 'ok'],
  ];

  test('each rule speaks when those before it are silent', () => {
    let input = all;
    const whys = steps.map(([change]) => {
      input = { ...input, ...change };
      return decideNudge(input).why;
    });

    expect(whys).toEqual(steps.map(([, why]) => why));
  });
});

describe('critical', () => {
  test('ignores a snooze', () => {
    const snoozedUntil = TOMORROW;

    expect(decideNudge(given({ level: 'critical', snoozedUntil })).action).toBe('send');
  });

  test('waits 30 minutes, not a day, before it goes on', () => {
    const sameReason = [NOON - 29 * 60_000];
    const at = NOON + 60_000;

    expect(decideNudge(given({ level: 'critical', sameReason }))).toMatchObject({
      action: 'defer',
      why: 'duplicate',
      at,
    });
    expect(decideNudge(given({ level: 'critical', sameReason, now: at })).action).toBe('escalate');
  });

  test('leaves alone who acts on it', () => {
    const decision = decideNudge(given({ level: 'critical', lastActedAt: MORNING }));

    expect(decision).toMatchObject({ action: 'defer', why: 'recent_activity' });
  });
});

test('production alone, without the critical level, keeps quiet hours', () => {
  const now = Date.parse('2025-06-11T21:00:00Z');

  expect(decideNudge(given({ level: 'high', productionP0: true, now })).why).toBe('quiet_hours');
});

test('quiet hours can be switched off by the directives', () => {
  const now = Date.parse('2025-06-11T21:00:00Z');

  expect(decideNudge(given({ now, limits: { ...LIMITS, quietHours: false } })).action).toBe('send');
});

test('the directives may allow more than one reminder a day', () => {
  const limits = { ...LIMITS, remindersPerPersonAndDay: 2 };

  expect(decideNudge(given({ limits, anyNudge: [MORNING] })).action).toBe('send');
  expect(decideNudge(given({ limits, anyNudge: [MORNING, NOON - 1] }))).toMatchObject({
    why: 'budget',
    at: TOMORROW,
    numbers: { told: 2, most: 2 },
  });
});

test('an act that a fast clock dates a little ahead counts as just now', () => {
  expect(decideNudge(given({ lastActedAt: NOON + 300_000 })).at).toBe(NOON + 4 * 3_600_000);
});

test('an act with a date far ahead is not believed', () => {
  const lastActedAt = Date.parse('2099-01-01T00:00:00Z');

  expect(decideNudge(given({ lastActedAt })).action).toBe('send');
});

test('whoever never works is never reminded, and no time is named', () => {
  const time = workingTime({ tz: 'UTC', week: {} });

  expect(decideNudge(given({ time }))).toMatchObject({
    action: 'defer',
    why: 'quiet_hours',
    at: null,
  });
});

describe('a bundle', () => {
  const items = [
    { name: 'low', level: 'low', since: 1 },
    { name: 'young', level: 'high', since: 9 },
    { name: 'old', level: 'high', since: 3 },
    { name: 'worst', level: 'critical', since: 10 },
  ] as const;

  test('holds the most urgent first and the oldest among equals', () => {
    const { items: picked, more } = pickBundle(items, 3);

    expect(picked.map(({ name }) => name)).toEqual(['worst', 'old', 'young']);
    expect(more).toBe(1);
  });

  test('leaves nothing over when all fit', () => {
    expect(pickBundle(items, 5).more).toBe(0);
    expect(pickBundle([], 5)).toEqual({ items: [], more: 0 });
  });
});
