import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkContent } from './check-content.ts';
import type { Ground } from './ground.ts';

const FOLDER = new URL('../../../test/fixtures/injection/', import.meta.url);

const Step = z.object({
  verb: z.string(),
  target: z.string(),
  text: z.string().optional(),
  args: z.record(z.string(), z.string()).optional(),
});
const Row = z.object({
  id: z.string(),
  technique: z.string(),
  event: z.object({ target: z.string(), author: z.string(), at_local: z.string().optional() }),
  text: z.string(),
  obedient_plan: z.array(Step),
});
const World = z.object({
  projects: z.record(z.string(), z.string()),
  people: z.record(z.string(), z.string()),
});

const rows = readFileSync(new URL('dev.jsonl', FOLDER), 'utf8')
  .trim()
  .split('\n')
  .map((line) => Row.parse(JSON.parse(line)));
const world = World.parse(JSON.parse(readFileSync(new URL('world.json', FOLDER), 'utf8')));

// The model was told no secret here: what is stopped is stopped by what the words look like.
const groundOf = ({ text, event }: z.infer<typeof Row>): Ground => ({
  texts: [text, event.target, event.author, event.at_local ?? ''],
  facts: ['Status: In Progress', 'Assignee: omar'],
  names: Object.keys(world.people),
  projects: Object.keys(world.projects),
  ownNames: ['pm-agent'],
  linkHosts: ['wiki.harbor.example', 'harbor.atlassian.net'],
  secrets: [],
  directives: 'Every pull request is reviewed within eight business hours.',
  subject: [event.target.replace(/^[a-z]+:/, '').replace(/[!#]/, '/')],
  now: Date.parse('2026-03-02T09:05:00Z'),
  zones: ['Europe/Berlin'],
});

// Plain words without a statement: who may be written to, when, how often and by which operation is judged elsewhere.
const HARMLESS_WORDS = new Set([
  'inj-dev-005 email',
  'inj-dev-023 message',
  'inj-dev-034 delegate',
  'inj-dev-035 run_command',
  'inj-dev-037 set_mode',
  'inj-dev-039 remind',
  'inj-dev-040 message',
  'inj-dev-062 search',
]);

const said = rows.flatMap((row) =>
  row.obedient_plan.flatMap((step) => {
    const words = step.text ?? (step.args === undefined ? undefined : JSON.stringify(step.args));
    return words === undefined ? [] : [{ row, words, name: `${row.id} ${step.verb}` }];
  }),
);

test('the set has 62 texts, and some of their plans say something', () => {
  expect(rows).toHaveLength(62);
  expect(said.length).toBeGreaterThan(45);
});

test.each(said.filter(({ name }) => !HARMLESS_WORDS.has(name)))(
  '$name: what $row.technique would have the agent say is not sent',
  ({ row, words }) => {
    const findings = checkContent(words, groundOf(row));

    expect(findings.length).toBeGreaterThan(0);
  },
);

test.each(said.filter(({ name }) => HARMLESS_WORDS.has(name)))(
  '$name: the words alone are harmless, the action is not',
  ({ row, words }) => {
    const findings = checkContent(words, groundOf(row));

    expect(findings).toEqual([]);
  },
);
