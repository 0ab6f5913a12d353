import { createHash } from 'node:crypto';
import type { System } from '../helpers/five.ts';
import { connectorsOf } from '../../src/app-connectors.ts';
import { readConfig } from '../../src/config.ts';
import type { Connector } from '../../src/domain/connector.ts';
import { parseBoundedJson } from '../../src/lib/bounded-json.ts';
import { countByState } from '../../src/store/counts.ts';
import { verifyJournal } from '../../src/store/journal.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';
import { isAcknowledged, recordsOf } from './storm.ts';
import type { Systems } from './systems.ts';

/** What a storm left behind: in the systems, and in the store of the stopped deployment. */
export interface Tally {
  readonly acknowledged: number;
  /** Bodies that came at least twice, of all that came. */
  readonly twice: number;
  readonly bodies: number;
  /** Acknowledged deliveries that are no row, or whose facts are no event that was pushed. */
  readonly lost: readonly string[];
  /** Questions without an answer in their system, and without an outcome that a person is shown. */
  readonly unanswered: readonly string[];
  /** Questions with more than one answer in their system, and answers to nothing. */
  readonly doubled: readonly string[];
  /** Effects without their entry of the journal, and entries without their effect. */
  readonly unmatched: readonly string[];
  /** How actions ended. */
  readonly actions: Readonly<Record<string, number>>;
  readonly overlaps: number;
  readonly journalHolds: boolean;
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Counts, after the deployment was stopped. */
export async function tallyOf(systems: Systems, storeUrl: string): Promise<Tally> {
  const store = await openStore(storeUrl);
  try {
    const effects = Map.groupBy(systems.effects(), ({ subject }) => subject);
    const asked = new Set(systems.questions.map(({ subject }) => subject));
    const shown = await shownSubjects(store);
    const records = recordsOf(systems);
    const answers = records.flatMap(({ attempts }) => attempts).filter(isAcknowledged);
    const copies = Map.groupBy(records, ({ system, body }) => `${system} ${digest(body)}`);
    return {
      acknowledged: answers.length,
      bodies: copies.size,
      twice: [...copies.values()].filter(
        (group) => group.flatMap(({ attempts }) => attempts.filter(isAcknowledged)).length > 1,
      ).length,
      lost: await lostOf(systems, store),
      unanswered: [...asked].filter((subject) => !effects.has(subject) && !shown.has(subject)),
      doubled: [...effects]
        .filter(([subject, found]) => found.length > 1 || !asked.has(subject))
        .map(([subject, found]) => `${subject} ${found.length}`),
      unmatched: await unmatchedOf(systems, store),
      actions: await countByState(store.db, 'actions'),
      overlaps: systems.overlaps(),
      journalHolds: (await verifyJournal(store.db)).brokenAt === null,
    };
  } finally {
    await store.close();
  }
}

/** Subjects with an action whose outcome nobody could find out: they are shown to people. */
async function shownSubjects({ db }: Store): Promise<Set<string>> {
  const rows = await db
    .selectFrom('actions')
    .select('subject')
    .where('state', 'in', ['unknown', 'failed'])
    .execute();
  return new Set(rows.map(({ subject }) => subject));
}

async function lostOf(systems: Systems, { db }: Store): Promise<string[]> {
  const kept = await db
    .selectFrom('deliveries')
    .innerJoin('delivery_bodies', 'delivery_bodies.seq', 'deliveries.seq')
    .select(['source', 'body'])
    .where('state', '=', 'read')
    .execute();
  const rows = new Set(kept.map(({ source, body }) => `${source} ${digest(body)}`));
  const events = await db
    .selectFrom('events')
    .select('key')
    .where('pushed_at', 'is not', null)
    .where('state', 'in', ['settled', 'ignored'])
    .execute();
  const keys = new Set(events.map(({ key }) => key));
  const connectors = new Map(
    (await connectorsOf(readConfig(systems.settings))).map((one) => [one.name, one]),
  );
  const lost = new Set<string>();
  for (const { system, event, body, attempts } of recordsOf(systems)) {
    if (!attempts.some(isAcknowledged)) continue;
    const name = `${system} ${digest(body)}`;
    if (!rows.has(name)) lost.add(`${name} ${event}: no row`);
    const missing = keysOf(connectors.get(system), { system, event, body }).filter(
      (key) => !keys.has(key),
    );
    for (const key of missing) lost.add(`${key}: no event`);
  }
  return [...lost];
}

interface Sent {
  readonly system: System;
  readonly event: string;
  readonly body: Buffer;
}

const EVENT_HEADER: Readonly<Partial<Record<System, string>>> = {
  bitbucket: 'x-event-key',
  github: 'x-github-event',
};

/** The keys of the facts in a delivery. */
function keysOf(connector: Connector | undefined, { system, event, body }: Sent): string[] {
  const webhook = connector?.webhook;
  if (webhook === undefined) throw new Error(`${system} has no webhook`);
  const name = EVENT_HEADER[system] ?? 'sentry-hook-resource';
  const headers = {
    'content-type': ['application/json'],
    [name]: [system === 'sentry' ? (event.split('.')[0] ?? '') : event],
  };
  const parsed = parseBoundedJson(webhook.unwrap?.(body, headers) ?? body);
  if (!parsed.ok) throw new Error(`${system} ${event} cannot be read`);
  return webhook.normalise(parsed.value, headers).events.map(({ key }) => key);
}

/** Holds what the systems remember against what the journal says was done. */
async function unmatchedOf(systems: Systems, { db }: Store): Promise<string[]> {
  const rows = await db
    .selectFrom('journal')
    .select(['subject', 'data'])
    .where('kind', '=', 'action.settled')
    .execute();
  const entries = rows
    .map(({ subject, data }) => ({ subject, data: JSON.parse(data) as Settled }))
    .filter(({ data }) => data.state === 'done')
    .map(({ subject, data }) => `${subject ?? ''} ${data.effect ?? ''}`);
  const effects = systems.effects().map(({ subject, id }) => `${subject} ${id}`);
  const counted = new Map<string, number>();
  for (const one of effects) counted.set(one, (counted.get(one) ?? 0) + 1);
  for (const one of entries) counted.set(one, (counted.get(one) ?? 0) - 1);
  return [...counted]
    .filter(([, balance]) => balance !== 0)
    .map(([name, balance]) => `${name}: ${balance > 0 ? 'no entry' : 'no effect'}`);
}

interface Settled {
  readonly state: string;
  readonly effect: string | null;
}
