import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { compileDirectives } from '../../src/actions/directives/compile.ts';
import { judge } from '../../src/actions/policy/judge.ts';
import type { PolicyCase } from '../../src/actions/policy/policy-case.ts';
import { changeOf } from '../../src/actions/policy/policy-rule.ts';
import { startOf } from '../../src/actions/propose.ts';
import { recipients } from '../../src/actions/recipients.ts';
import { declaredOperations } from '../../src/app-operations.ts';
import type { Action, Verdict } from '../../src/domain/action.ts';
import { defineRead, defineWrite } from '../../src/domain/connector.ts';
import type { Operation } from '../../src/domain/connector.ts';
import { ROLES } from '../../src/domain/constitution.ts';
import type { Constitution, TeamRole } from '../../src/domain/constitution.ts';
import type { Mode } from '../../src/domain/mode.ts';
import { Mode as Modes } from '../../src/domain/mode.ts';
import type { Purpose } from '../../src/domain/purpose.ts';
import { Purpose as Purposes } from '../../src/domain/purpose.ts';
import { policyCase } from '../helpers/judging.ts';

const SHIPPED = new URL('../../config/pm-directives.yaml', import.meta.url);

const MEMBERS = `members:
    - { name: Mia Berg, role: product-manager, accounts: { slack: U0MIA } }
    - { name: Tom Ray, role: tech-lead, accounts: { slack: U0TOM } }
  zone: Europe/Berlin`;

const CHANNELS = {
  standup: 'C0STANDUP',
  engineering: 'C0ENGINEER',
  leadership: 'C0LEADERS',
  approvals: 'C0APPROVE',
  operations: 'C0OPERATE',
} as const;

/** The file that ships, with a small team in it and its channels looked up. */
export function shippedWithTeam(): Constitution {
  const text = readFileSync(SHIPPED, 'utf8').replace('members: []', MEMBERS);
  const compiled = compileDirectives(text, { holidays: new Map() });
  if (!('ok' in compiled)) throw new Error(JSON.stringify(compiled.faults));
  return compiled.ok;
}

/** What an action touches, seen from the cycle that proposes it. */
export const TARGETS = [
  'own subject',
  'linked item',
  'channel standup',
  'channel engineering',
  'channel leadership',
  'channel approvals',
  'channel operations',
  'named person',
  'anything else',
] as const;
export type Target = (typeof TARGETS)[number];

/** A ticket, pull request, error or conversation; or a mailbox of the program itself, for cards and reminders. */
export type Cycle = 'item' | 'own mailbox';

/** One line of the table. */
export interface Row {
  readonly operation: string;
  readonly effect: 'read' | 'write' | 'destroy' | 'unknown';
  readonly cycle: Cycle;
  readonly target: Target;
  readonly author: 'model' | 'rules';
  readonly purpose: Purpose;
  readonly role: TeamRole | 'nobody';
  readonly mode: Mode;
}

/** A line with what code says to it. */
export interface Judged {
  readonly row: Row;
  readonly verdict: Verdict;
  readonly state: Action['state'];
  /** The answer once a person has agreed to exactly this, and while this kind is allowed for a while. */
  readonly approved: Verdict['answer'];
  readonly granted: Verdict['answer'];
}

type Input = Readonly<Record<string, unknown>>;
type Inputs = Partial<Record<Target, Input>>;

const text = 'It is in progress.';

const issue = (more: Input = {}): Inputs => ({
  'own subject': { issue: 'ECD-12', ...more },
  'linked item': { issue: 'ECD-13', ...more },
  'anything else': { issue: 'ECD-99', ...more },
});
const bitbucket = (more: Input): Inputs => ({
  'own subject': { repository: 'acme/web', pullRequest: 7, ...more },
  'linked item': { repository: 'acme/web', pullRequest: 8, ...more },
  'anything else': { repository: 'acme/web', pullRequest: 99, ...more },
});
const github = (more: Input): Inputs => {
  const at = { repo: 'acme/web', kind: 'pull-request', ...more };
  return {
    'own subject': { ...at, number: 7 },
    'linked item': { ...at, number: 8 },
    'anything else': { ...at, number: 99 },
  };
};
const sentry = (more: Input): Inputs => ({
  'own subject': { issue: '7001', ...more },
  'linked item': { issue: '7002', ...more },
  'anything else': { issue: '7099', ...more },
});
const thread = (field: 'thread' | 'ts'): Inputs => ({
  'own subject': { channel: 'C0ROOM', [field]: '1772442000.000100', text },
  'linked item': { channel: 'C0ROOM', [field]: '1772442000.000200', text },
  'anything else': { channel: 'C0ROOM', [field]: '1772442000.000900', text },
});
const channels = (more: Input): Inputs => ({
  'channel standup': { channel: CHANNELS.standup, ...more },
  'channel engineering': { channel: CHANNELS.engineering, ...more },
  'channel leadership': { channel: CHANNELS.leadership, ...more },
  'channel approvals': { channel: CHANNELS.approvals, ...more },
  'channel operations': { channel: CHANNELS.operations, ...more },
  'anything else': { channel: 'C0STRANGE', ...more },
});

/** What each operation is tried with. An operation without an entry fails the test: the table is of all of them. */
const INPUTS: Readonly<Record<string, Inputs>> = {
  'jira.add-comment': issue({ text }),
  'jira.edit-comment': issue({ comment: '10001', text }),
  'jira.transition-issue': issue({ to: 'In Review' }),
  'jira.transition-issue (to Done)': issue({ to: 'Done' }),
  'jira.assign-issue': issue({ accountId: '712020:ines' }),
  'jira.move-to-sprint': issue({ sprint: 12 }),
  'jira.link-issues': issue({ to: 'ECD-14', type: 'Blocks' }),
  'jira.add-label': issue({ label: 'needs-care' }),
  'jira.close-issue': issue(),
  'jira.delete-issue': issue(),
  'jira.set-priority': issue({ priority: 'High' }),
  'bitbucket.add-comment': bitbucket({ text }),
  'bitbucket.reply-comment': bitbucket({ text, comment: '5' }),
  'bitbucket.request-reviewer': bitbucket({ reviewer: '712020:ines' }),
  'github.add-comment': github({ text }),
  'github.add-label': github({ label: 'needs-care' }),
  'github.request-review': github({ reviewer: 'ines' }),
  'github.assign-issue': github({ assignee: 'ines' }),
  'slack.post-message': channels({ text }),
  'slack.reply-thread': thread('thread'),
  'slack.update-message': thread('ts'),
  'slack.send-direct': {
    'named person': { user: 'U0TOM', text },
    'anything else': { user: 'U0STRANGE', text },
  },
  'slack.post-ephemeral': {
    'named person': { channel: 'C0ROOM', user: 'U0TOM', text },
    'anything else': { channel: 'C0ROOM', user: 'U0STRANGE', text },
  },
  'slack.open-form': {
    'anything else': {
      trigger: 'trigger-1',
      callback: 'pm.approval',
      title: 'Decline',
      fields: [{ id: 'reason', label: 'Why?' }],
      meta: '',
    },
  },
  'sentry.add-comment': sentry({ text }),
  'sentry.assign-issue': sentry({ assignee: 'user:101' }),
  'sentry.resolve-issue': sentry({ when: 'now' }),
  'jira.get-issue': issue(),
  'github.merge-pull-request': github({}),
  'jira.no-such-thing': issue(),
};

const SUBJECTS: Readonly<Record<string, readonly [own: string, linked: string]>> = {
  jira: ['jira:issue:ECD-12', 'jira:issue:ECD-13'],
  bitbucket: ['bitbucket:pull-request:acme/web/7', 'bitbucket:pull-request:acme/web/8'],
  github: ['github:pull-request:acme/web#7', 'github:pull-request:acme/web#8'],
  slack: ['slack:thread:C0ROOM:1772442000.000100', 'slack:thread:C0ROOM:1772442000.000200'],
  sentry: ['sentry:issue:7001', 'sentry:issue:7002'],
};
const MAILBOX = 'pm:person:member%3Atom%20ray';

/** Besides what connectors declare: a read, something on the never-list, and a name that nobody declares. */
const INVENTED: readonly Operation[] = [
  defineRead({
    name: 'jira.get-issue',
    summary: 'Read.',
    effect: 'read',
    input: z.object({ issue: z.string() }),
    output: z.unknown(),
    preview: () => 'Read',
    run: () => Promise.resolve(null),
  }),
  defineWrite({
    name: 'github.merge-pull-request',
    summary: 'Merge.',
    effect: 'write',
    input: z.object({ number: z.number() }),
    preview: () => 'Merge',
    target: ({ number }) => `github:pull-request:acme/web#${number}`,
  }),
];

/** A way to write, so that the state after the verdict is that of an installation with credentials. */
function withWrite(operation: Operation): Operation {
  if (operation.effect === 'read') return operation;
  return { ...operation, write: { run: () => Promise.reject(new Error('nothing is sent here')) } };
}

const base = (name: string): string => name.split(' ')[0] ?? name;

const AUTHORS: readonly Pick<Row, 'author' | 'purpose'>[] = [
  { author: 'model', purpose: 'answer' },
  { author: 'model', purpose: 'notice' },
  ...Purposes.options.map((purpose) => ({ author: 'rules', purpose }) as const),
];

/** Every line there is: operation x target x cycle x author and purpose x role x mode. */
export async function policyTable(): Promise<readonly Judged[]> {
  const declared = [...(await declaredOperations()), ...INVENTED].map(withWrite);
  const byName = new Map(declared.map((operation) => [operation.name, operation]));
  const missing = [...byName.keys()].filter((name) => INPUTS[name] === undefined);
  if (missing.length > 0) throw new Error(`the table does not know ${missing.join(', ')}`);
  const constitution = shippedWithTeam();
  const rows = Object.entries(INPUTS).flatMap(([operation, inputs]) =>
    rowsOf(operation, { inputs, effect: byName.get(base(operation))?.effect ?? 'unknown' }),
  );
  const judging = { base: policyCase({ constitution }), recipientOf: recipientsOf(constitution) };
  return rows.map((row) => judged(row, { ...judging, operation: byName.get(base(row.operation)) }));
}

function rowsOf(
  operation: string,
  { inputs, effect }: { readonly inputs: Inputs; readonly effect: Row['effect'] },
): Row[] {
  const rows: Row[] = [];
  for (const cycle of ['item', 'own mailbox'] as const) {
    for (const target of TARGETS.filter((one) => inputs[one] !== undefined)) {
      // In a mailbox of our own there is no item that could be the subject or linked to it.
      if (cycle === 'own mailbox' && /own|linked/.test(target)) continue;
      for (const who of AUTHORS) {
        for (const role of [...ROLES, 'nobody'] as const) {
          for (const mode of Modes.options) {
            rows.push({ operation, effect, cycle, target, ...who, role, mode });
          }
        }
      }
    }
  }
  return rows;
}

interface Judging {
  /** A case in which nothing objects, under the shipped directives. */
  readonly base: PolicyCase;
  readonly recipientOf: ReturnType<typeof recipients>;
  readonly operation: Operation | undefined;
}

function judged(row: Row, judging: Judging): Judged {
  const given = caseOf(row, judging);
  const verdict = judge(given);
  return {
    row,
    verdict,
    state: startOf(verdict, given).state,
    approved: judge({ ...given, approved: true }).answer,
    granted: judge({ ...given, granted: true }).answer,
  };
}

function caseOf(row: Row, { base: quiet, recipientOf, operation }: Judging): PolicyCase {
  const input = INPUTS[row.operation]?.[row.target] ?? {};
  const name = base(row.operation);
  const [own, linked] = SUBJECTS[name.split('.')[0] ?? ''] ?? ['', ''];
  const proposed = { operation: name, input: { ...input }, reason: 'it is tried' };
  const reach = changeOf({ operation, proposed });
  const reaches = reach?.operation.reaches?.(reach.input);
  return {
    ...quiet,
    proposed,
    operation,
    author: row.author,
    purpose: row.purpose,
    mode: row.mode,
    subject: row.cycle === 'item' ? own : MAILBOX,
    related: row.cycle === 'item' ? [linked] : [],
    answers: row.purpose === 'answer' ? ['jira:comment:1'] : [],
    asker: row.role === 'nobody' ? null : { person: 'member:somebody', role: row.role },
    recipient: reaches === undefined ? null : recipientOf(reaches),
  };
}

function recipientsOf(constitution: Constitution): ReturnType<typeof recipients> {
  const idOf = (named: string) =>
    Object.entries(CHANNELS).find(([purpose]) => constitution.channels[purpose] === named)?.[1] ??
    null;
  return recipients({
    constitution: () => constitution,
    personOf: (system, id) =>
      constitution.members.find(({ accounts }) => accounts[system] === id)?.id ?? `${system}:${id}`,
    zoneOf: () => null,
    channelId: idOf,
  });
}
