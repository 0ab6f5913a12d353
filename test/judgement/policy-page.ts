import { ROLES } from '../../src/domain/constitution.ts';
import { Purpose } from '../../src/domain/purpose.ts';
import { TARGETS } from './policy-rows.ts';
import type { Judged, Row } from './policy-rows.ts';

const ROLE_ORDER = [...ROLES, 'nobody'] as const;

const HEAD = `<!-- Generated from the code that decides; test/judgement/decision-table.test.ts writes it and holds it. -->

# Who may do what

Every operation that a connector declares, under the directives that ship, in mode \`production\`. It is told for an action
whose words and hours are fine and whose limits are not reached; where they are not, it is put off or denied whatever stands
here.

- **yes**: done without a question. **ask**: a person decides about exactly these bytes. **no**: denied; nobody can approve it.
- The most careful answer wins, and the rule in the last column is the first that gave it.
- In mode \`ask\` every **yes** becomes **ask**, except for the cards and receipts by which people are asked. In mode
  \`simulation\` the same verdicts are written down, and nothing is sent or asked.
- An operation that no connector declares is denied. So is a read in a plan, whoever proposes it, and whatever deletes, merges or
  pushes.
- "Model" stands for what a model proposes, as an answer where somebody asked, else as a notice. All other purposes belong to
  proposals of code alone.
- "Linked" are items that a system says are linked to the subject of the cycle. "Anything else" is everything that is neither
  linked nor named in the directives.
- "Our mailbox" is a mailbox of the program itself, from which cards, receipts, reminders and escalations are sent.
`;

const WORD = { allow: 'yes', ask: 'ask', deny: 'no' } as const;

/** The table as a page for people: lines that say the same are one. */
export function policyPage(table: readonly Judged[]): string {
  const shown = table.filter(({ row }) => row.mode === 'production' && isTold(row));
  const sections = [...groupedOperations(shown)].map(([operations, rows]) => {
    const lines = merged(rows).map((cells) => `| ${cells.join(' | ')} |`);
    const title = operations.map((one) => `\`${one}\``).join(', ');
    return [`## ${title}`, '', ...TABLE_HEAD, ...lines, ''].join('\n');
  });
  return `${HEAD}\n${sections.join('\n')}`;
}

const TABLE_HEAD = [
  '| what it touches | who proposes what for | asked for by | answer | rule |',
  '| --- | --- | --- | --- | --- |',
];

/** What is denied as a kind stands above the tables. */
function isTold({ operation, effect }: Row): boolean {
  return effect !== 'unknown' && effect !== 'read' && !operation.startsWith('github.merge');
}

/** Operations with the same rows are told together. */
function groupedOperations(
  table: readonly Judged[],
): ReadonlyMap<readonly string[], readonly Judged[]> {
  const byOperation = Map.groupBy(table, ({ row }) => row.operation);
  const bySignature = Map.groupBy([...byOperation], ([, rows]) => rows.map(signatureOf).join('\n'));
  return new Map(
    [...bySignature.values()].map((same) => {
      return [same.map(([operation]) => operation), same[0]?.[1] ?? []] as const;
    }),
  );
}

function signatureOf({ row, verdict }: Judged): string {
  const { cycle, target, author, purpose, role } = row;
  return [cycle, target, author, purpose, role, verdict.answer, verdict.rule].join('|');
}

type Cells = readonly [touched: string, who: string, askedBy: string, answer: string, rule: string];

/** Roles with the same answer come together first, then purposes, then targets. */
function merged(table: readonly Judged[]): Cells[] {
  const byPlace = Map.groupBy(table, ({ row }) => `${row.cycle}|${row.target}`);
  const places = [...byPlace].map(([place, rows]) => ({ place, lines: linesOf(rows) }));
  const same = Map.groupBy(places, ({ lines }) => JSON.stringify(lines));
  return [...same.values()].flatMap((alike) => {
    const touched = placesText(alike.map(({ place }) => place));
    return (alike[0]?.lines ?? []).map((line): Cells => [touched, ...line]);
  });
}

type Line = readonly [who: string, askedBy: string, answer: string, rule: string];

function linesOf(rows: readonly Judged[]): Line[] {
  const byWho = Map.groupBy(rows, ({ row }) => `${row.author}|${row.purpose}`);
  const answers = [...byWho].flatMap(([who, ones]) =>
    [...Map.groupBy(ones, ({ verdict }) => verdict.answer)].map(([answer, same]) => ({
      who,
      answer: WORD[answer],
      roles: rolesText(same.map(({ row }) => row.role)),
      rules: same.map(({ verdict }) => verdict.rule),
    })),
  );
  const same = Map.groupBy(answers, ({ answer, roles }) => `${roles}|${answer}`);
  return [...same].map(([key, ones]): Line => {
    const [roles = '', answer = ''] = key.split('|');
    const rules = [...new Set(ones.flatMap((one) => one.rules))];
    return [whoText(ones.map(({ who }) => who)), roles, answer, rules.join(', ')];
  });
}

function rolesText(roles: readonly Row['role'][]): string {
  const known = ROLE_ORDER.filter((role) => roles.includes(role));
  if (known.length === ROLE_ORDER.length) return 'anybody';
  const others = ROLE_ORDER.filter((role) => !roles.includes(role));
  return others.length < 3 ? `all but ${others.join(', ')}` : known.join(', ');
}

function whoText(whos: readonly string[]): string {
  const of = (author: string) =>
    whos.flatMap((who) => (who.startsWith(`${author}|`) ? [who.slice(author.length + 1)] : []));
  const [model, rules] = [of('model'), of('rules')];
  if (model.length === 2 && rules.length === Purpose.options.length) return 'everything';
  const parts = [
    ...(model.length === 0 ? [] : [`model: ${listed(model, ['answer', 'notice'])}`]),
    ...(rules.length === 0 ? [] : [`code: ${listed(rules, Purpose.options)}`]),
  ];
  return parts.join('; ');
}

function listed(some: readonly string[], all: readonly string[]): string {
  if (some.length === all.length) return 'everything';
  const others = all.filter((one) => !some.includes(one));
  return others.length < 4 && all.length > 3 ? `all but ${others.join(', ')}` : some.join(', ');
}

function placesText(places: readonly string[]): string {
  const item = places.flatMap((place) => (place.startsWith('item|') ? [place.slice(5)] : []));
  const mailbox = places.flatMap((place) =>
    place.startsWith('own mailbox|') ? [place.slice('own mailbox|'.length)] : [],
  );
  const order = (some: readonly string[]) => TARGETS.filter((one) => some.includes(one)).join(', ');
  const parts = [
    ...(item.length === 0 ? [] : [order(item)]),
    ...(mailbox.length === 0 ? [] : [`from our mailbox: ${order(mailbox)}`]),
  ];
  return parts.join('; ');
}
