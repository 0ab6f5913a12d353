import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { MIA, QUESTION, startAgent } from '../helpers/agent.ts';

/** Every text that any store of this process prepares from now on. */
function listenToQueries(): ReadonlySet<string> {
  const texts = new Set<string>();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its own `this` below
  const prepare = DatabaseSync.prototype.prepare;
  DatabaseSync.prototype.prepare = function listening(text, options) {
    texts.add(text);
    return prepare.call(this, text, options);
  };
  onTestFinished(() => {
    DatabaseSync.prototype.prepare = prepare;
  });
  return texts;
}

/** What stays small whatever happens: one row per process, person, setting or scope, and the days of one answer. */
const SMALL = [
  ...['ranked', 'accounts', 'leases', 'model_totals', 'notes', 'polls', 'tallies', 'tokens'],
];
/** Indexes that hold only what is open. */
const OPEN_ONLY =
  /USING (COVERING )?INDEX (deliveries_kept|events_waiting|mailboxes_due|mailboxes_claim|approvals_open|actions_due|problems_due|sweeps_next|spendings_open)/;

/**
 * Indexes that are read from a short while ago up to now: the actions, touches and questions of the last hour or of
 * today, and the grants that have not ended.
 */
const RECENT_ONLY =
  /USING (COVERING )?INDEX (actions_state|touches_place|approvals_subject|standing_grants_operation) /;

/** From some row on to the end, without an upper bound: with an early first row that is the whole table. */
const isOpenRange = (detail: string): boolean => /^SEARCH .*\((?:.* AND )?\w+>\?\)$/.test(detail);

/** What the database would read from end to end for this query; empty when it goes straight to its rows. */
function scansOf(store: DatabaseSync, text: string): string[] {
  // The newest one is found at the end of the primary key.
  if (/order by "seq" desc limit/.test(text) || /"state" != \? order by "id" desc/.test(text))
    return [];
  return store
    .prepare(`explain query plan ${text}`)
    .all()
    .map((row) => String(row['detail']))
    .filter((detail) => /^SCAN (?!\d|CONSTANT|\()/.test(detail) || isOpenRange(detail))
    .filter((detail) => !RECENT_ONLY.test(detail))
    .filter((detail) => !OPEN_ONLY.test(detail))
    .filter((detail) => !SMALL.some((table) => detail.startsWith(`SCAN ${table}`)));
}

test('nothing between a delivery and its effect, a look, a poll or the metrics reads a table from end to end', async () => {
  const agent = await startAgent({ mode: 'production', model: true });
  // Opening a store looks at its whole schema once; from the second start on, all else counts.
  const texts = listenToQueries();
  await agent.restart();
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.jira.idle();
  await agent.untilIdle();
  expect(agent.written('ECD-1')).toHaveLength(1);
  await agent.app.watching.poller.pollDue('jira');
  await fetch(`${agent.url}/metrics`);
  await agent.status();

  const store = new DatabaseSync(agent.app.store.place);
  onTestFinished(() => store.close());
  const asked = [...texts].filter(
    (text) =>
      /^(select|with|insert|update|delete)/i.test(text) && !/sqlite_master|kysely_/.test(text),
  );
  expect(asked.length).toBeGreaterThan(50);
  const scanned = asked.flatMap((text) => scansOf(store, text).map((scan) => `${scan}: ${text}`));
  expect(scanned).toEqual([]);
});
