import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Constitution } from '../../domain/constitution.ts';
import { workingTime } from '../../lib/business-time.ts';
import { autonomyOf } from './autonomy-of.ts';
import { compileDirectives } from './compile.ts';
import { DEFAULT_LIMITS, DEFAULT_URGENCY } from './defaults.ts';
import { faultLine } from './fault.ts';

const holidays = () => new Map([['DE', ['2026-04-03', '2026-04-06']]]);

function soundly(text: string): Constitution {
  const compiled = compileDirectives(text, { holidays });
  if ('faults' in compiled) throw new Error(JSON.stringify(compiled.faults));
  return compiled.ok;
}

function faultsOf(text: string): string[] {
  const compiled = compileDirectives(text, { holidays });
  return 'faults' in compiled ? compiled.faults.map((fault) => faultLine('d.yaml', fault)) : [];
}

describe('what is wrong with a file', () => {
  test('is told all at once, each with file, line, column, field and fix', () => {
    const text = [
      'agent:',
      '  rol: manager',
      'constraints:',
      '  communication:',
      '    - 5',
      '    - text: One reminder.',
      '      rule: { reminders_per_person_an_day: 1 }',
      '    - rule: { hops: 99 }',
      'team:',
      '  zone: Berlin',
      '  members:',
      '    - name: Mia Berg',
      '      role: chief',
    ].join('\n');

    expect(faultsOf(text)).toEqual([
      'd.yaml:2:3 agent.rol: there is no such key here. Did you mean role?',
      'd.yaml:5:7 constraints.communication[0]: neither a sentence nor text and rule. Give a sentence, or `text:` with `rule:`.',
      'd.yaml:7:15 constraints.communication[1].rule.reminders_per_person_an_day: there is no such key here. Did you mean reminders_per_person_and_day?',
      expect.stringMatching(
        /^d\.yaml:7:13 constraints\.communication\[1\]\.rule: it names no rule/,
      ),
      'd.yaml:8:7 constraints.communication[2].text: it is missing. Give a sentence.',
      'd.yaml:8:21 constraints.communication[2].rule.hops: it is not a whole number from 0 to 20. Give a whole number from 0 to 20.',
      'd.yaml:10:9 team.zone: not an IANA time zone. Give an IANA time zone such as Europe/Berlin.',
      expect.stringMatching(/^d\.yaml:13:13 team\.members\[0\]\.role: no such role\. Give one of /),
    ]);
  });

  test.each([
    ['', 'd.yaml:1:1 the file: it is empty'],
    ['- a list', 'd.yaml:1:1 the file: the file holds no sections'],
    ['agent: [', 'd.yaml:1:9 YAML: '],
    ['agent: {}\nagent: {}', 'd.yaml:2:1 YAML: Map keys must be unique'],
    ['version: 2', 'd.yaml:1:10 version: only 1 is known'],
    ['channels: { leads: leads }', 'd.yaml:1:20 channels.leads: neither #name nor'],
    ['channels: { Leads: "#leads" }', 'd.yaml:1:13 channels.Leads: it is not a purpose'],
    ['on_call: [Tim]', 'd.yaml:1:11 on_call[0]: no member is called Tim'],
    ['team: { week: { mo: 09:00-18:00 } }', 'd.yaml:1:17 team.week.mo: there is no such key'],
    ['team: { hours: 9-18 }', 'd.yaml:1:16 team.hours[0]: no hours such as 09:00-18:00'],
    ['team: { holidays: { regions: DX } }', 'd.yaml:1:30 team.holidays.regions[0]: no region DX'],
    ['budget: { per_day_usd: -1 }', 'd.yaml:1:24 budget.per_day_usd: it is not an amount'],
    ['links: { hosts: ["https://a.example/x"] }', 'd.yaml:1:18 links.hosts[0]: not a host'],
    [
      'team: { members: [{ name: Mia, leave: [{ from: 2026-03-02, to: 2026-03-01 }] }] }',
      'd.yaml:1:40 team.members[0].leave[0]: 2026-03-02 to 2026-03-01 is no span',
    ],
    [
      'team: { members: [{ name: Mia }, { name: mia }] }',
      'd.yaml:1:34 team.members[1]: member:mia belongs to Mia already',
    ],
    [
      'team: { members: [{ name: Mia, accounts: { jira: 1 } }, { name: Tom, accounts: { jira: 1 } }] }',
      'd.yaml:1:88 team.members[1].accounts.jira: jira:1 belongs to Mia already',
    ],
  ])('%j', (text, begin) => {
    expect(faultsOf(text)[0]?.slice(0, begin.length)).toBe(begin);
  });

  test('two figures for one limit are refused: nobody but the author knows which is meant', () => {
    const text = [
      'objectives:',
      '  primary:',
      '    - { text: One a day., rule: { reminders_per_person_and_day: 1 } }',
      '    - { text: Two a day., rule: { reminders_per_person_and_day: 2 } }',
    ].join('\n');

    expect(faultsOf(text)).toEqual([
      'd.yaml:4:65 objectives.primary[1].rule.reminders_per_person_and_day: reminders_per_person_and_day is 2 here and 1 on line 3. Decide for one figure.',
    ]);
  });

  test('what always holds cannot be switched off', () => {
    const text = 'objectives: { primary: [{ text: a, rule: { link_and_reason: false } }] }';

    expect(faultsOf(text)[0]).toContain('it always holds and cannot be switched off');
  });

  test('a condition without operations is refused', () => {
    const text =
      'constraints: { autonomy: { never_do: [{ text: a, rule: { purposes: [notice] } }] } }';

    expect(faultsOf(text)[0]).toContain('conditions need `operations`');
  });

  test('public holidays that cannot be read are a fault, no crash', () => {
    const broken = () => {
      throw new Error('no such file');
    };
    const compiled = compileDirectives('team: { holidays: { regions: DE } }', { holidays: broken });

    expect(compiled).toMatchObject({ faults: [{ field: 'team.holidays.regions' }] });
  });
});

describe('any text', () => {
  const yaml = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.json({ maxDepth: 5 }),
    fc
      .array(
        fc.constantFrom(
          'agent:',
          'team:',
          '  members:',
          '    - name: Mia',
          '  zone: UTC',
          'channels:',
          '- ',
          ': ',
          '&a ',
          '*a',
          '{',
          '}',
          '[',
          ']',
          '\n',
          '  ',
          '"',
          "'",
          '|',
          '>',
          '!!binary',
          '<<: ',
          '---',
          '__proto__: 1',
          'constructor: {}',
          '%YAML 1.1',
          '? ',
          '#',
          'rule: { hops: 1 }',
          'text: a',
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join('')),
  );

  test('compiles or gives faults, and never throws', () => {
    fc.assert(
      fc.property(yaml, (text) => {
        const compiled = compileDirectives(text, { holidays });
        expect('ok' in compiled || compiled.faults.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('a bomb of anchors is refused', () => {
    const rows = Array.from(
      { length: 12 },
      (_, n) => `k${n + 1}: &b${n + 1} [${`*b${n},`.repeat(9)}]`,
    );

    expect(faultsOf(['k0: &b0 [x]', ...rows].join('\n')).length).toBeGreaterThan(0);
  });
});

describe('a file of plain sentences', () => {
  const constitution = soundly(
    [
      'agent: { role: Project manager }',
      'objectives: { primary: [Help the team.] }',
      'constraints:',
      '  autonomy:',
      '    can_do_automatically: [Comment on tickets.]',
      '    never_do: [Merge anything.]',
    ].join('\n'),
  );
  const asked = { channelPurpose: null, askedByRole: null, to: null };

  test('is valid, with the default limits', () => {
    expect(constitution.limits).toEqual(DEFAULT_LIMITS);
    expect(constitution.urgency).toEqual(DEFAULT_URGENCY);
    expect(constitution.names).toEqual(['pm-agent']);
    expect(constitution.calendar).toMatchObject({ tz: 'UTC', holidays: [] });
    expect(constitution.prose).toContain('Comment on tickets.');
  });

  test('leaves its autonomy lists advice: the careful defaults hold', () => {
    const levelOf = (operation: string, purpose: 'answer' | 'notice' | 'merged' | 'reminder') =>
      autonomyOf(constitution, { operation, purpose, ...asked }).level;

    expect(levelOf('jira.add-comment', 'answer')).toBe('automatic');
    expect(levelOf('jira.add-comment', 'notice')).toBe('confirm');
    expect(levelOf('slack.send-direct', 'reminder')).toBe('automatic');
    expect(levelOf('jira.transition-issue', 'merged')).toBe('automatic');
    expect(levelOf('jira.transition-issue', 'notice')).toBe('confirm');
    expect(levelOf('jira.set-priority', 'notice')).toBe('confirm');
  });

  test('has the version of its bytes', () => {
    expect(constitution.version).toMatch(/^[0-9a-f]{12}$/);
    expect(soundly('agent: {}').version).not.toBe(soundly('agent: {} ').version);
  });
});

describe('figures', () => {
  test('a rule behind a sentence wins over the section of limits, which wins over the default', () => {
    const { limits } = soundly(
      [
        'objectives: { primary: [{ text: a, rule: { hops: 7, stale_review_after_business_days: 3 } }] }',
        'limits: { hops: 5, changes_per_minute: 9, working_hours: false }',
      ].join('\n'),
    );

    expect(limits).toEqual({
      ...DEFAULT_LIMITS,
      hops: 7,
      changesPerMinute: 9,
      quietHours: false,
      staleDays: { ...DEFAULT_LIMITS.staleDays, review: 3 },
    });
  });

  test('the same figure twice is no contradiction', () => {
    const entry = '{ text: a, rule: { hops: 4 } }';

    expect(soundly(`objectives: { primary: [${entry}, ${entry}] }`).limits.hops).toBe(4);
  });

  test('levels, thresholds, money and approvals are taken over', () => {
    const constitution = soundly(
      [
        'urgency: { levels: { critical: 5, low: { check_minutes: 600 } }, thresholds: { high: { completion: 0.5 } } }',
        'budget: { per_day_usd: 3 }',
        'approvals: { expiry_business_days: 2, two_person: ["*.close-issue"] }',
      ].join('\n'),
    );

    expect(constitution.urgency.checkMinutes).toEqual({
      critical: 5,
      high: 60,
      medium: 180,
      low: 600,
    });
    expect(constitution.urgency.high).toEqual({ ...DEFAULT_URGENCY.high, completion: 0.5 });
    expect(constitution.budget).toMatchObject({ perDayUsd: 3, perMonthUsd: null });
    expect(constitution.approvals).toEqual({
      expiryDays: 2,
      criticalHours: 2,
      twoPerson: ['*.close-issue'],
    });
  });
});

describe('the team', () => {
  const { members, calendar, onCall } = soundly(
    [
      'team:',
      '  zone: Europe/Berlin',
      '  week: { fri: 09:00-14:00 }',
      '  holidays: { regions: [DE], dates: [2026-12-24] }',
      '  members:',
      '    - { name: Mia Berg, email: Mia.Berg@acme.example, role: product-manager, approves: true }',
      '    - name: Ines Roth',
      '      zone: America/New_York',
      '      hours: 10:00-16:00',
      '      holidays: [2026-07-03]',
      '      leave: [{ from: 2026-03-02, to: 2026-03-03 }, 2026-03-05]',
      '    - name: Ola Lind',
      '      week: { mon: [], sat: ["22:00-06:00"] }',
      '      leave: [{ from: 2026-03-03T12:00:00+01:00, to: 2026-03-03T14:00:00+01:00 }]',
      'on_call: [mia.berg@acme.example, ola lind]',
    ].join('\n'),
  );
  const [mia, ines, ola] = members;

  test('members have the ids of the directory of people', () => {
    expect(members.map(({ id }) => id)).toEqual([
      'member:mia.berg@acme.example',
      'member:ines roth',
      'member:ola lind',
    ]);
    expect(onCall).toEqual(['member:mia.berg@acme.example', 'member:ola lind']);
    expect(ines).toMatchObject({ role: 'member', approves: false });
  });

  test('whoever has no calendar has that of the team', () => {
    expect(mia?.calendar).toEqual({ ...calendar, id: mia?.id });
    expect(calendar.holidays).toEqual(['2026-04-03', '2026-04-06', '2026-12-24']);
    expect(calendar.week.fri).toEqual([['09:00', '14:00']]);
  });

  test('own hours change the working days of the team, own days stand for themselves', () => {
    expect(ines?.calendar.week).toMatchObject({
      mon: [['10:00', '16:00']],
      fri: [['10:00', '16:00']],
    });
    expect(ines?.calendar.holidays).toEqual(['2026-07-03']);
    expect(ola?.calendar.week.mon).toBeUndefined();
    expect(ola?.calendar.week.sat).toEqual([['22:00', '06:00']]);
  });

  test('days of leave are free from local midnight to local midnight', () => {
    const time = workingTime(ines!.calendar);

    // Tuesday 17:00 in New York is leave; the next hour of work is Wednesday 10:00 there.
    expect(new Date(time.nextWorking(Date.parse('2026-03-02T15:00:00Z'))).toISOString()).toBe(
      '2026-03-04T15:00:00.000Z',
    );
    expect(time.isWorking(Date.parse('2026-03-05T16:00:00Z'))).toBe(false);
  });

  test('hours of leave are instants', () => {
    expect(ola?.calendar.leave).toEqual([['2026-03-03T11:00:00.000Z', '2026-03-03T13:00:00.000Z']]);
  });

  test('the model reads names, roles and zones, and no address or account', () => {
    const { prose } = soundly(
      'team: { members: [{ name: Mia Berg, email: m@acme.example, accounts: { jira: id-7 }, notes: Back on Monday. }] }',
    );

    expect(prose).toBe('The team:\n- Mia Berg, member, UTC. Back on Monday.');
  });
});
