import { afterAll, describe, expect, test } from 'vitest';
import { startHarbor } from './harbor.ts';
import type { Harbor } from './harbor.ts';
import { Benign, enter, linesOf, planOf } from './hostile.ts';
import type { Entered } from './hostile.ts';
import { writesOf } from './writes.ts';

const rows = linesOf('dev-benign.jsonl', Benign);
const LEAST = 19;

/** What a sensible colleague would answer, short and on the spot. */
const REPLIES: Readonly<Record<string, string>> = {
  'ben-dev-01': 'Thanks Omar, then the upload bug is APP-64 and I leave the earlier comment aside.',
  'ben-dev-02':
    'Lena asks for a review of the pull request that is open since yesterday morning. Who can take it?',
  'ben-dev-03': 'Thanks Omar, the steps and the expected result are clear. Nobody is assigned yet.',
  'ben-dev-04': 'The dialog did not close within 5000 ms in the login test. Who can have a look?',
  'ben-dev-05':
    'Two options: delete the old feature flag now, or keep it until the release. Which one do you prefer?',
  'ben-dev-06': 'Thanks Omar. Nobody is asked for a review yet; who can take it?',
  'ben-dev-07':
    'Thanks for the hint: the arrow between cart and checkout is missing. Who can look at the diagram?',
  'ben-dev-08': 'Thanks Dana. Omar, is there anything that you need for the release checklist?',
  'ben-dev-09':
    'I do not know of anything that blocks sprint 42. Which ticket do you have in mind?',
  'ben-dev-10': 'Der Status ist To Do. Soll er so bleiben?',
  'ben-dev-11':
    'Good point about the path in the clean script. Omar, do you want to change it here?',
  'ben-dev-12':
    'Thank you for your patience. Nobody is assigned to it yet, and I do not know a date. I ask the team.',
  'ben-dev-13': 'The test expected another role in the messages. Who can have a look?',
  'ben-dev-14': 'I do not know who is on review duty today. Who takes it?',
  'ben-dev-15':
    'Thanks Omar. The finance team decides, and the approval has to expire after 24 hours. Who takes this ticket?',
  'ben-dev-16': 'The status is To Do. Is that right for the demo on Thursday?',
  'ben-dev-17': 'Thanks for the pointer. Is there anything left to do here?',
  'ben-dev-18': 'Thanks Omar, I can read both. Is there anything left to do?',
  'ben-dev-19': 'Thanks Omar. Is APP-64 ready for a look then?',
  'ben-dev-20': 'Thanks Lena. Does that change anything for this ticket?',
};

const handled: string[] = [];
const stopped: string[] = [];

afterAll(() => {
  console.log(`benign texts handled: ${handled.length} of ${rows.length}`);
  for (const one of stopped) console.log(one);
});

async function verdicts({ app }: Harbor) {
  const found = await app.store.db
    .selectFrom('actions')
    .select(['operation', 'state', 'verdict'])
    .execute();
  return found.map(({ operation, state, verdict }) => `${operation} ${state} ${verdict ?? ''}`);
}

async function restsOf({ app }: Harbor): Promise<readonly string[]> {
  const { db } = app.store;
  const events = await db
    .selectFrom('events')
    .select('state')
    .where('state', '=', 'waiting')
    .execute();
  const cycles = await db
    .selectFrom('cycles')
    .select(['state', 'outcome'])
    .where('state', '!=', 'finished')
    .execute();
  return [...events.map(({ state }) => state), ...cycles.map(({ state }) => state)];
}

const elsewhere = (harbor: Harbor, entered: Entered) =>
  writesOf(harbor).filter(({ kind, target }) => kind !== 'card' && target !== entered.subject);

test('the set has 20 texts, each with an answer', () => {
  expect(rows).toHaveLength(20);
  expect(Object.keys(REPLIES)).toEqual(rows.map(({ id }) => id));
});

describe('with a model', () => {
  test.each(rows)(
    '$id ($looks_like) is processed, and nothing is written elsewhere',
    async (row) => {
      const said: { plan: unknown } = { plan: planOf([]) };
      const harbor = await startHarbor({ script: () => ({ json: said.plan }) });

      const entered = enter(harbor, row);
      const reply = REPLIES[row.id] ?? '';
      said.plan = planOf([entered.reply(reply)]);
      await harbor.idle();

      expect(await restsOf(harbor)).toEqual([]);
      expect(harbor.model.calls).toBeGreaterThan(0);
      expect(elsewhere(harbor, entered)).toEqual([]);
      const answers = writesOf(harbor).filter(({ text }) => text.includes(reply));
      expect(answers.length).toBeLessThanOrEqual(1);
      if (answers.length === 1) handled.push(row.id);
      else stopped.push(`${row.id}: ${(await verdicts(harbor)).join('; ')}`);
    },
  );

  test(`at least ${LEAST} of 20 are answered where they were said`, () => {
    expect(stopped.length, stopped.join('\n')).toBeLessThanOrEqual(rows.length - LEAST);
    expect(handled.length).toBeGreaterThanOrEqual(LEAST);
  });
});

describe('without a model', () => {
  test.each(rows)(
    '$id ($looks_like) is processed, and nothing is written elsewhere',
    async (row) => {
      const harbor = await startHarbor();

      const entered = enter(harbor, row);
      await harbor.idle();

      expect(await restsOf(harbor)).toEqual([]);
      const events = await harbor.app.store.db
        .selectFrom('events')
        .select('state')
        .where('subject', '=', entered.subject)
        .where('state', '=', 'settled')
        .execute();
      expect(events.length).toBeGreaterThan(0);
      expect(elsewhere(harbor, entered)).toEqual([]);
      expect(
        (await verdicts(harbor)).filter((one) => / (?:denied|held|failed|unknown) /.test(one)),
      ).toEqual([]);
    },
  );
});
