import type { Constitution, TeamMember } from '../../domain/constitution.ts';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { clauseInWords } from './describe-rule.ts';
import { FIGURES } from './rules.ts';

type Value = string | number | boolean | null;
type Flat = ReadonlyMap<string, Value>;

/** What changes for people between two constitutions, one plain sentence each; empty when nothing does. */
export function changesBetween(before: Constitution, after: Constitution): string[] {
  const changes = [
    ...valueChanges(valuesOf(before), valuesOf(after)),
    ...clauseChanges(before, after),
    ...memberChanges(before.members, after.members),
  ];
  if (changes.length > 0 || before.prose === after.prose) return changes;
  return ['only what the model reads has changed, no rule of code'];
}

function inWords(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[_.]/g, ' ')
    .toLowerCase();
}

/** Everything that is a figure, a name or a list of names, by its words. */
function valuesOf(constitution: Constitution): Flat {
  const { limits, urgency, budget, approvals, statuses, channels, calendar } = constitution;
  const figures = Object.entries(FIGURES).map(([name, { get }]): [string, Value] => [
    inWords(name),
    get(limits),
  ]);
  const lists = {
    names: constitution.names,
    'on call': constitution.onCall,
    'link hosts': constitution.linkHosts,
    'two people agree to': approvals.twoPerson,
    'blocked statuses': statuses.blocked,
    'review statuses': statuses.review,
  };
  return new Map<string, Value>([
    ...figures,
    ['working hours kept', limits.quietHours],
    ...flatten('urgency', urgency),
    ...flatten('budget', budget),
    ['approval expiry days', approvals.expiryDays],
    ['approval critical hours', approvals.criticalHours],
    ['status after a merge', statuses.afterMerge],
    ...Object.entries(channels).map(([what, name]): [string, Value] => [`channel ${what}`, name]),
    ...Object.entries(lists).map(([name, all]): [string, Value] => [name, all.join(', ')]),
    ['team zone', calendar.tz],
    ['team hours', canonicalJson(calendar.week)],
    ['team holidays', (calendar.holidays ?? []).join(', ')],
  ]);
}

function flatten(name: string, value: object): [string, Value][] {
  return Object.entries(value).flatMap(([key, one]: [string, unknown]): [string, Value][] => {
    const words = `${name} ${inWords(key)}`;
    if (typeof one === 'object' && one !== null) return flatten(words, one);
    return typeof one === 'number' || one === null ? [[words, one]] : [];
  });
}

function shown(value: Value | undefined): string {
  if (value === true) return 'on';
  if (value === false) return 'off';
  return value === undefined || value === null || value === '' ? 'none' : String(value);
}

function valueChanges(before: Flat, after: Flat): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => {
    const [from, to] = [before.get(name), after.get(name)];
    if (shown(from) === shown(to)) return [];
    if (name === 'team holidays') return ['team holidays: other dates'];
    return [`${name}: ${shown(from)} -> ${shown(to)}`];
  });
}

function clauseChanges(before: Constitution, after: Constitution): string[] {
  const old = new Set(before.clauses.map(clauseInWords));
  const fresh = new Set(after.clauses.map(clauseInWords));
  return [
    ...[...fresh].filter((one) => !old.has(one)).map((one) => `now ${one}`),
    ...[...old].filter((one) => !fresh.has(one)).map((one) => `no longer ${one}`),
  ];
}

function memberChanges(before: readonly TeamMember[], after: readonly TeamMember[]): string[] {
  const old = new Map(before.map((one) => [one.id, one]));
  const fresh = new Map(after.map((one) => [one.id, one]));
  const joined = after.filter(({ id }) => !old.has(id)).map(({ name }) => `${name} joins the team`);
  const left = before
    .filter(({ id }) => !fresh.has(id))
    .map(({ name }) => `${name} leaves the team`);
  const changed = after.flatMap((one) => {
    const earlier = old.get(one.id);
    return earlier === undefined ? [] : partsOf(earlier, one);
  });
  return [...joined, ...left, ...changed];
}

function partsOf(before: TeamMember, after: TeamMember): string[] {
  const parts = [
    ['role', before.role, after.role],
    ['zone', before.calendar.tz, after.calendar.tz],
    ['channel', before.channel, after.channel],
    ['answers approvals', before.approves, after.approves],
  ] as const;
  const plain = parts.flatMap(([what, from, to]) =>
    from === to ? [] : [`${after.name}, ${what}: ${shown(from)} -> ${shown(to)}`],
  );
  const rest = [
    ['hours, holidays or leave', before.calendar, after.calendar],
    ['accounts', before.accounts, after.accounts],
    ['notes', before.notes, after.notes],
  ] as const;
  const others = rest.flatMap(([what, from, to]) =>
    canonicalJson(from) === canonicalJson(to) ? [] : [`${after.name}: other ${what}`],
  );
  const zoneOnly = before.calendar.tz !== after.calendar.tz;
  return [...plain, ...others.filter((one) => !zoneOnly || !one.endsWith('leave'))];
}
