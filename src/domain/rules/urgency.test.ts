import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { THRESHOLDS } from '../../../test/helpers/situations.ts';
import type { Urgency } from '../plan.ts';
import { NOTHING_KNOWN, settledLevel, urgencyOf } from './urgency.ts';
import type { SettledLevel, UrgencyInput } from './urgency.ts';

const Share = z.number().nullable().default(null);
const Vectors = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      input: z.object({
        p0: z.boolean().nullable().default(null),
        completion: Share,
        daysLeft: Share,
        pFinish: Share,
        blockers: z
          .array(z.object({ affects: z.number(), noProgressDays: z.number() }))
          .nullable()
          .default(null),
        prs: z
          .array(z.object({ critical: z.boolean(), elapsedH: z.number(), businessH: z.number() }))
          .nullable()
          .default(null),
      }),
      expect: z.object({ level: z.string(), rules: z.array(z.string()) }),
    }),
  ),
});
const file = new URL('../../../test/fixtures/domain/rules/urgency.json', import.meta.url);
const vectors = Vectors.parse(JSON.parse(readFileSync(file, 'utf8')));

test('all named cases are there', () => {
  expect(vectors.cases).toHaveLength(16);
});

test.each(vectors.cases)('$name', ({ input, expect: expected }) => {
  const { level, rules } = urgencyOf(
    {
      ...NOTHING_KNOWN,
      p0: input.p0,
      completion: input.completion,
      daysLeft: input.daysLeft,
      finish: input.pFinish,
      blockers:
        input.blockers?.map((b) => ({ holdsUp: b.affects, idleDays: b.noProgressDays })) ?? null,
      reviews:
        input.prs?.map(({ critical, elapsedH, businessH }) => ({
          critical,
          elapsedHours: elapsedH,
          businessHours: businessH,
        })) ?? null,
    },
    THRESHOLDS,
  );

  expect({ level, rules }).toEqual(expected);
});

function answer(known: Partial<UrgencyInput>) {
  return urgencyOf({ ...NOTHING_KNOWN, ...known }, THRESHOLDS);
}

test('what cannot be known fires nothing', () => {
  expect(answer({})).toEqual({ ruleVersion: 1, level: 'low', rules: [], numbers: {} });
});

test('any review that waits 24 business hours is high', () => {
  const reviews = [{ critical: false, elapsedHours: 80, businessHours: 24 }];

  expect(answer({ reviews })).toMatchObject({ level: 'high', rules: ['H3', 'M3'] });
});

test('a long wait over a weekend is not high where it is not critical', () => {
  const reviews = [{ critical: false, elapsedHours: 70, businessHours: 7 }];

  expect(answer({ reviews }).level).toBe('low');
});

test('one stale item is medium', () => {
  expect(answer({ stale: 1 })).toMatchObject({ level: 'medium', rules: ['M4'] });
  expect(answer({ stale: 0 }).rules).toEqual([]);
});

test('more than a quarter added to a sprint is medium, a quarter is not', () => {
  expect(answer({ scope: { added: 5.1, committed: 20 } }).rules).toEqual(['M5']);
  expect(answer({ scope: { added: 5, committed: 20 } }).rules).toEqual([]);
  expect(answer({ scope: { added: 0, committed: 0 } }).rules).toEqual([]);
});

test('each rule that fired shows the figures that made it fire', () => {
  const blockers = [
    { holdsUp: 1, idleDays: 9 },
    { holdsUp: 4, idleDays: 3.5 },
  ];

  expect(answer({ blockers }).numbers).toEqual({
    C3: { holdsUp: 4, idleDays: 3.5 },
    H2: { holdsUp: 1, idleDays: 9 },
  });
});

test('the directives move the thresholds', () => {
  const thresholds = { ...THRESHOLDS, medium: { ...THRESHOLDS.medium, reviewHours: 4 } };
  const reviews = [{ critical: false, elapsedHours: 5, businessHours: 4 }];

  expect(urgencyOf({ ...NOTHING_KNOWN, reviews }, thresholds).rules).toEqual(['M3']);
});

describe('the level between checks', () => {
  function settle(...found: readonly Urgency[]): readonly Urgency[] {
    let state: SettledLevel | null = null;
    return found.map((level) => {
      state = settledLevel(state, level);
      return state.level;
    });
  }

  test('rises at once', () => {
    expect(settle('low', 'critical', 'critical')).toEqual(['low', 'critical', 'critical']);
  });

  test('falls with the second calmer check in a row', () => {
    expect(settle('high', 'low', 'low')).toEqual(['high', 'high', 'low']);
  });

  test('counts anew when the rule fires in between', () => {
    expect(settle('high', 'low', 'high', 'low', 'low')).toEqual([
      'high',
      'high',
      'high',
      'high',
      'low',
    ]);
  });

  test('falls only as far as both checks agree', () => {
    expect(settle('critical', 'high', 'low', 'low')).toEqual([
      'critical',
      'critical',
      'high',
      'low',
    ]);
  });
});
