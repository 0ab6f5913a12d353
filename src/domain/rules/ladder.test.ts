import { describe, expect, test } from 'vitest';
import { LIMITS, officeHours } from '../../../test/helpers/situations.ts';
import { workingTime } from '../../lib/business-time.ts';
import { isOverloaded, nextStep } from './ladder.ts';
import type { LadderInput, LadderStep } from './ladder.ts';

const time = workingTime(officeHours('UTC'));
const at = (text: string) => Date.parse(`2025-06-${text}:00Z`);
// 2025-06-09 is a Monday.
const MON = at('09T10:00');
const TUE = at('10T10:00');
const WED = at('11T10:00');
const THU = at('12T10:00');

function given(more: Partial<LadderInput> = {}): LadderInput {
  return {
    now: MON,
    level: 'medium',
    resolved: false,
    delivered: [],
    acknowledgedAt: null,
    progressAt: null,
    blockedSince: null,
    overloaded: false,
    time,
    limits: LIMITS,
    ...more,
  };
}

const steps = (...instants: readonly number[]): LadderInput['delivered'] =>
  instants.map((instant, n) => ({ step: (n + 1) as LadderStep, at: instant }));

describe('climbing', () => {
  test('begins with the owner', () => {
    expect(nextStep(given())).toEqual({ next: 'step', step: 1, kind: 'remind', why: 'first' });
  });

  test('waits one business day after each step', () => {
    expect(nextStep(given({ delivered: steps(MON), now: TUE - 1 }))).toEqual({
      next: 'wait',
      until: TUE,
      why: 'last_step',
    });
    expect(nextStep(given({ delivered: steps(MON), now: TUE }))).toMatchObject({
      step: 2,
      kind: 'remind-with-way-out',
    });
    expect(nextStep(given({ delivered: steps(MON, TUE), now: WED }))).toMatchObject({
      step: 3,
      kind: 'tell-tech-lead',
    });
  });

  test('does not count a weekend', () => {
    const friday = at('13T16:00');

    expect(nextStep(given({ delivered: steps(friday), now: at('15T16:00') }))).toMatchObject({
      next: 'wait',
      until: at('16T16:00'),
    });
  });

  test('waits 30 minutes when it is critical', () => {
    const critical = given({ level: 'critical', delivered: steps(MON) });

    expect(nextStep({ ...critical, now: MON + 29 * 60_000 })).toMatchObject({ next: 'wait' });
    expect(nextStep({ ...critical, now: MON + 30 * 60_000 })).toMatchObject({ step: 2 });
  });

  test('never skips a step that was not delivered', () => {
    for (let now = MON; now <= THU; now += 3_600_000) {
      expect(nextStep(given({ now }))).toMatchObject({ step: 1 });
    }
  });
});

describe('leadership', () => {
  const tried = given({ delivered: steps(MON, TUE, WED), now: THU });

  test('hears of a blocker that is older than two business days', () => {
    expect(nextStep({ ...tried, blockedSince: MON })).toMatchObject({
      step: 4,
      kind: 'tell-leadership',
    });
  });

  test('does not hear of a younger one before its time', () => {
    expect(nextStep({ ...tried, blockedSince: WED })).toEqual({
      next: 'wait',
      until: at('13T10:00'),
      why: 'blocker_too_young',
    });
  });

  test('does not hear of what blocks nobody', () => {
    expect(nextStep(tried)).toEqual({ next: 'held', until: null, why: 'not_blocked' });
  });

  test('never hears of what was not tried with the owner first', () => {
    const delivered = [{ step: 3, at: WED }] as const;

    expect(nextStep({ ...tried, delivered, blockedSince: MON })).toMatchObject({
      next: 'held',
      why: 'not_tried',
    });
  });

  test('is the end of the ladder', () => {
    const delivered = steps(MON, TUE, WED, THU);

    expect(nextStep({ ...tried, delivered, now: at('20T10:00') })).toMatchObject({
      next: 'held',
      why: 'top',
    });
  });
});

describe('an answer', () => {
  test('holds the ladder for one business day, then it goes on', () => {
    const answered = given({ delivered: steps(MON), acknowledgedAt: TUE });

    expect(nextStep({ ...answered, now: WED - 1 })).toEqual({
      next: 'held',
      until: WED,
      why: 'acknowledged',
    });
    expect(nextStep({ ...answered, now: WED })).toMatchObject({ step: 2 });
  });

  test('holds it when it is critical, too', () => {
    const answered = given({ level: 'critical', delivered: steps(MON), acknowledgedAt: MON });

    expect(nextStep({ ...answered, now: MON + 3_600_000 })).toMatchObject({ next: 'held' });
  });
});

test('progress sends it back to the first step', () => {
  const input = given({ delivered: steps(MON, TUE), progressAt: TUE, now: THU });

  expect(nextStep(input)).toMatchObject({ step: 1 });
});

test('steps after the progress count', () => {
  const delivered = [...steps(MON, TUE), { step: 1, at: WED } as const];

  expect(nextStep(given({ delivered, progressAt: TUE + 1, now: THU }))).toMatchObject({ step: 2 });
});

test('resolution closes it, whatever was said', () => {
  const input = given({ resolved: true, delivered: steps(MON), overloaded: true, now: THU });

  expect(nextStep(input)).toEqual({ next: 'closed', why: 'resolved' });
});

describe('a reviewer with too many reviews', () => {
  test('is one with more than three', () => {
    expect(isOverloaded(3, LIMITS)).toBe(false);
    expect(isOverloaded(4, LIMITS)).toBe(true);
  });

  test('is told to the tech lead at once, and once', () => {
    expect(nextStep(given({ overloaded: true }))).toMatchObject({ step: 3, why: 'overload' });
    const told = [{ step: 3, at: MON }] as const;
    expect(nextStep(given({ overloaded: true, delivered: told, now: MON + 1 }))).toMatchObject({
      next: 'wait',
    });
  });
});
