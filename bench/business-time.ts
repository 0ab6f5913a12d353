import { workingTime } from '../src/lib/business-time.ts';

type Row = readonly [what: string, figure: string, beside: string];

const OFFICE: readonly (readonly [string, string])[] = [['09:00', '18:00']];
const WEEK = { mon: OFFICE, tue: OFFICE, wed: OFFICE, thu: OFFICE, fri: OFFICE };
const START = Date.parse('2025-01-06T12:00:00Z');
const DAY = 86_400_000;
const STEP = 97_000;
const YEAR_OF_STEPS = 325_000;
const ROUND_MS = 300;
const BATCH = 1_000;
const whole = (value: number) => Math.round(value).toLocaleString('en-US');

/** How often `once` runs per second; the first of two rounds only warms it up. */
function rateOf(once: (from: number) => number): number {
  const [, rate = 0] = [1, 2].map(() => {
    const begin = performance.now();
    let done = 0;
    while (performance.now() - begin < ROUND_MS) done = batch(once, done);
    return done / ((performance.now() - begin) / 1000);
  });
  return rate;
}

function batch(once: (from: number) => number, done: number): number {
  for (let n = done; n < done + BATCH; n += 1) {
    if (once(START + (n % YEAR_OF_STEPS) * STEP) === Infinity) throw new Error('no working time');
  }
  return done + BATCH;
}

/** Working time of one calendar with clock changes and a holiday, over a year of starting points, on one core. */
export function businessTimeRate(): Row[] {
  const calendar = { tz: 'America/New_York', week: WEEK, holidays: ['2025-07-04'] };
  const time = workingTime(calendar);
  const fresh = (from: number) => workingTime({ ...calendar }).add(from, 8 * 3600);
  return [
    [
      'working time elapsed in 10 days',
      `${whole(rateOf((from) => time.elapsed(from, from + 10 * DAY)))}/s`,
      'one calendar',
    ],
    ['8 working hours added', `${whole(rateOf((from) => time.add(from, 8 * 3600)))}/s`, 'the same'],
    ['  on a calendar never seen', `${whole(rateOf(fresh))}/s`, 'its month is read each time'],
  ];
}
