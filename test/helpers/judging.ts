import type { Ground } from '../../src/actions/content/ground.ts';
import { compileDirectives } from '../../src/actions/directives/compile.ts';
import type { Circumstances, JudgingParts } from '../../src/actions/judging.ts';
import { modesOf } from '../../src/actions/mode-of.ts';
import type { Counts, PolicyCase, Recipient } from '../../src/actions/policy/policy-case.ts';
import { recipients } from '../../src/actions/recipients.ts';
import type { Operation } from '../../src/domain/connector.ts';
import type { Constitution } from '../../src/domain/constitution.ts';
import type { Mode } from '../../src/domain/mode.ts';
import { workingTime } from '../../src/lib/business-time.ts';
import { FakeTarget, commentOperation } from './connector.ts';

/** Monday, 10:00 in Berlin. */
export const MONDAY = Date.parse('2026-03-02T09:00:00Z');

/** A small team in two zones, with the default rules. */
export const TEAM = `
agent: { role: Project manager of the team }
team:
  zone: Europe/Berlin
  members:
    - { name: Mia Berg, role: product-manager, approves: true, accounts: { jira: acc-mia, slack: U0MIA } }
    - { name: Tom Ray, role: tech-lead, approves: true, accounts: { jira: acc-tom, slack: U0TOM } }
    - { name: Ines Roth, role: member, zone: America/New_York, accounts: { jira: acc-ines, slack: U0INES } }
    - { name: Vic Stone, role: vendor, accounts: { jira: acc-vic, slack: U0VIC } }
channels: { engineering: C0ENG, leadership: C0LEAD, standup: C0STAND, approvals: C0APPR }
`;

/** The directives of a text; fails with its faults. */
export function constitutionOf(text: string = TEAM): Constitution {
  const compiled = compileDirectives(text, { holidays: new Map() });
  if ('ok' in compiled) return compiled.ok;
  throw new Error(JSON.stringify(compiled.faults, null, 2));
}

/** Ground on which a comment about ECD-12 stands. */
export function groundOf(changes: Partial<Ground> = {}): Ground {
  return {
    texts: ['ECD-12 Rounding of totals', 'How does it stand?'],
    facts: ['Status: In Progress', 'Assignee: Ines Roth'],
    names: ['Mia Berg', 'Tom Ray', 'Ines Roth'],
    projects: ['ECD'],
    ownNames: ['pm-agent'],
    linkHosts: ['acme.example'],
    secrets: ['the-very-secret-token-1234'],
    directives: '',
    subject: ['ECD-12'],
    now: MONDAY,
    ...changes,
  };
}

const NO_COUNTS: Counts = {
  remindersToday: 0,
  channelLastHour: 0,
  subjectLastHour: 0,
  ownInARow: 0,
  systemLastMinute: 0,
  approvalsToday: 0,
};

/** A comment of the model on its own subject, in working hours, in production: nothing objects. */
export function policyCase(
  changes: Partial<Omit<PolicyCase, 'counts'>> & { readonly counts?: Partial<Counts> } = {},
): PolicyCase {
  const { counts, ...rest } = changes;
  return {
    now: MONDAY,
    constitution: constitutionOf(),
    proposed: {
      operation: 'jira.add-comment',
      input: { issue: 'ECD-12', text: 'It is in progress.' },
      reason: 'asked',
    },
    operation: commentOperation(new FakeTarget()),
    author: 'model',
    purpose: 'answer',
    subject: 'jira:issue:ECD-12',
    related: [],
    mode: 'production',
    pausedUntil: null,
    answers: ['jira:comment:1'],
    history: [],
    asker: { person: 'member:mia berg', role: 'product-manager' },
    confined: false,
    recipient: null,
    ground: groundOf(),
    hops: 0,
    level: 'low',
    productionP0: false,
    approved: false,
    granted: false,
    wasClean: false,
    ...rest,
    counts: { ...NO_COUNTS, ...counts },
  };
}

/** A person of the team as somebody who is reached. */
export function reaches(name: string, constitution = constitutionOf()): Recipient {
  const member = constitution.members.find((one) => one.name === name) ?? null;
  const calendar = member?.calendar ?? constitution.calendar;
  const id = member?.accounts['slack'] ?? 'U0NOBODY';
  return {
    reach: { audience: 'person', system: 'slack', id },
    people: [{ person: member?.id ?? `slack:${id}`, member, hours: workingTime(calendar) }],
  };
}

/** What judging needs of the program, over a few operations. */
export function judgingParts(
  operations: readonly Operation[],
  given: { readonly mode?: Mode; readonly constitution?: Constitution } = {},
): JudgingParts {
  const constitution = given.constitution ?? constitutionOf();
  const byAccount = (system: string, id: string) =>
    constitution.members.find(({ accounts }) => accounts[system] === id)?.id ?? `${system}:${id}`;
  return {
    constitution: () => constitution,
    operations: new Map(operations.map((operation) => [operation.name, operation])),
    modeOf: modesOf(given.mode ?? 'production', []),
    recipientOf: recipients({
      constitution: () => constitution,
      personOf: byAccount,
      zoneOf: () => null,
      channelId: (name) => name,
    }),
  };
}

/** A quiet cycle about ECD-12. */
export function circumstances(changes: Partial<Circumstances> = {}): Circumstances {
  return {
    cycle: 'c-1',
    subject: 'jira:issue:ECD-12',
    related: [],
    answers: ['jira:comment:1'],
    history: [],
    asker: { person: 'member:mia berg', role: 'product-manager' },
    confined: false,
    ground: groundOf(),
    level: 'low',
    productionP0: false,
    now: MONDAY,
    ...changes,
  };
}
