import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { workingTime } from './business-time.ts';
import { publicHolidays } from './public-holidays.ts';

const shipped = readFileSync(new URL('../../config/holidays.yaml', import.meta.url), 'utf8');

const faultsOf = (text: string): string[] => {
  try {
    publicHolidays(text);
  } catch (error) {
    return error instanceof Error ? error.message.split('\n  ').slice(1) : [];
  }
  return [];
};

describe('publicHolidays', () => {
  test('reads the dates of each region in order, whatever their order in the file', () => {
    const text =
      'US:\n  2026-12-25: Christmas Day\n  2026-07-04: Independence Day\nDE-BE:\n  "2026-10-03": Einheit\n';

    expect([...publicHolidays(text)]).toEqual([
      ['US', ['2026-07-04', '2026-12-25']],
      ['DE-BE', ['2026-10-03']],
    ]);
  });

  test('the shipped file has six regions with the years 2024 to 2027', () => {
    const regions = publicHolidays(shipped);

    expect([...regions].map(([region, dates]) => [region, dates.length])).toEqual([
      ['US', 49],
      ['GB-ENG', 35],
      ['DE-BE', 41],
      ['IN-KA', 86],
      ['IL', 36],
      ['CA-ON', 39],
    ]);
    for (const dates of regions.values()) {
      const years = new Set(dates.map((date) => date.slice(0, 4)));
      expect([...years]).toEqual(['2024', '2025', '2026', '2027']);
    }
  });

  test('its dates are holidays of a calendar', () => {
    const holidays = publicHolidays(shipped).get('US') ?? [];
    const week = { thu: [['09:00', '17:00']] } as const;
    const time = workingTime({ tz: 'America/New_York', week, holidays });

    const next = time.nextWorking(Date.parse('2026-11-23T12:00:00Z'));

    expect(time.localDate(next)).toBe('2026-12-03');
  });

  test('names every fault with its line', () => {
    const text = [
      'US:',
      '  2026-02-30: No day',
      '  4 July: Independence Day',
      '  2026-07-05:',
      'Germany:',
      '  2026-10-03: Einheit',
      'IL: 2026-01-01',
    ].join('\n');

    expect(faultsOf(text)).toEqual([
      'line 2: "2026-02-30" is not a date such as 2026-12-25',
      'line 3: "4 July" is not a date such as 2026-12-25',
      'line 4: 2026-07-05 has no name',
      'line 5: "Germany" is not a region such as DE-BE',
      'line 7: IL has no dates',
    ]);
  });

  test.each([
    ['the same date twice', 'US:\n  2026-01-01: One\n  2026-01-01: Two\n', /^line 3: .*unique/],
    [
      'the same region twice',
      'US:\n  2026-01-01: One\nUS:\n  2026-12-25: Two\n',
      /^line 3: .*unique/,
    ],
    ['broken YAML', 'US:\n  2026-01-01: "One\n', /^line \d: /],
    ['an empty file', '', /^line 1: no region with its dates$/],
    ['a list', '- 2026-01-01\n', /^line 1: no region with its dates$/],
    ['a region without a name', '? [a]\n: {}\n', /^line 1: "" is not a region/],
  ])('refuses %s', (_, text, fault) => {
    expect(faultsOf(text)[0]).toMatch(fault);
  });
});
