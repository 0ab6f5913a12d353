import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { compileDirectives } from '../src/actions/directives/compile.ts';
import { DirectivesFile } from '../src/actions/directives/schema.ts';
import { judge } from '../src/actions/policy/judge.ts';
import type { PolicyCase, Recipient } from '../src/actions/policy/policy-case.ts';
import { declaredOperations } from '../src/app-operations.ts';
import type { Verdict } from '../src/domain/action.ts';
import type { Constitution } from '../src/domain/constitution.ts';
import { Subject } from '../src/domain/subject.ts';
import { directivesScenarios } from './directives-scenarios.ts';
import type { Scenario } from './directives-scenarios.ts';
import { groundOf, policyCase, reaches } from './helpers/judging.ts';

const SHIPPED = readFileSync('config/pm-directives.yaml', 'utf8');

/** The invented team of the page. */
const TEAM = {
  zone: 'Europe/Berlin',
  members: [
    { name: 'Mia Berg', role: 'product-manager', approves: true, accounts: { slack: 'U0MIA' } },
    { name: 'Tom Ray', role: 'tech-lead', approves: true, accounts: { slack: 'U0TOM' } },
    {
      name: 'Ines Roth',
      role: 'member',
      zone: 'America/New_York',
      accounts: { slack: 'U0INES' },
      leave: [{ from: '2026-03-09', to: '2026-03-10' }],
    },
    { name: 'Ola Lind', role: 'leadership', accounts: { slack: 'U0OLA' } },
    { name: 'Vic Stone', role: 'vendor', accounts: { slack: 'U0VIC' } },
  ],
};

const scenarios = directivesScenarios();
const operations = await declaredOperations();

function constitutionOf({ given }: Scenario): Constitution {
  const file = given.directives ?? (parse(SHIPPED) as Record<string, unknown>);
  const text = stringify({ ...file, team: TEAM, on_call: ['Tom Ray'] });
  const compiled = compileDirectives(text, { holidays: new Map() });
  if ('ok' in compiled) return compiled.ok;
  throw new Error(JSON.stringify(compiled.faults, null, 2));
}

function recipientOf({ proposed }: Scenario, constitution: Constitution): Recipient | null {
  if (proposed.person !== undefined) return reaches(proposed.person, constitution);
  if (proposed.channel === undefined) return null;
  const reach = { audience: 'channel', system: 'slack', id: 'C0CHANNEL' } as const;
  return { reach, people: [], channelPurpose: proposed.channel };
}

function askerOf({ given }: Scenario, constitution: Constitution): PolicyCase['asker'] {
  const member = constitution.members.find(({ name }) => name === given.asked_by);
  return member === undefined ? null : { person: member.id, role: member.role };
}

function verdictOf(scenario: Scenario): Verdict {
  const { given, proposed } = scenario;
  const constitution = constitutionOf(scenario);
  return judge(
    policyCase({
      constitution,
      proposed: { ...proposed, reason: 'a scenario' },
      operation: operations.find(({ name }) => name === proposed.operation),
      author: given.author ?? 'rules',
      purpose: proposed.purpose,
      subject: Subject.parse(given.subject ?? 'jira:issue:ECD-12'),
      related: (given.related ?? []).map((one) => Subject.parse(one)),
      mode: given.mode ?? 'production',
      pausedUntil: given.paused_until === undefined ? null : Date.parse(given.paused_until),
      answers: [],
      asker: askerOf(scenario, constitution),
      recipient: recipientOf(scenario, constitution),
      ground: groundOf(),
      level: given.level ?? 'medium',
      productionP0: given.production_p0 ?? false,
      approved: given.approved ?? false,
      ...(given.now === undefined ? {} : { now: Date.parse(given.now) }),
      counts: {
        remindersToday: given.reminders_today ?? 0,
        channelLastHour: given.channel_last_hour ?? 0,
        ownInARow: given.own_in_a_row ?? 0,
        approvalsToday: given.approvals_today ?? 0,
        systemLastMinute: given.changes_last_minute ?? 0,
      },
    }),
  );
}

describe('docs/directives.md', () => {
  test('has scenarios, each with a title of its own', () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(14);
    expect(new Set(scenarios.map(({ title }) => title)).size).toBe(scenarios.length);
  });

  test('explains every section of the file', () => {
    const page = readFileSync('docs/directives.md', 'utf8');
    const sections = Object.keys(DirectivesFile.shape);

    expect(sections.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
    '%s',
    (_title, scenario) => {
      const { answer, rule, until } = verdictOf(scenario);
      const { verdict } = scenario.expect;

      expect({
        verdict: until === undefined ? answer : 'later',
        ...(answer === 'allow' ? {} : { rule }),
        ...(scenario.expect.until === undefined ? {} : { until }),
      }).toEqual({
        verdict,
        ...(scenario.expect.rule === undefined ? {} : { rule: scenario.expect.rule }),
        ...(scenario.expect.until === undefined
          ? {}
          : { until: new Date(scenario.expect.until).toISOString() }),
      });
    },
  );
});
