import { iso } from '../lib/clock.ts';
import { countByState, waitingMailboxes } from '../store/counts.ts';
import { lastFinishedCycle } from '../store/cycles.ts';
import { spend } from '../store/model-calls.ts';
import type { Status } from './contract.ts';
import type { HttpParts } from './parts.ts';
import { ledgerOf, watchedNow } from './watch.ts';

const DAY_MS = 86_400_000;

const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** What runs, what waits, what was done, read from the store now. The day of `todayUsd` begins at midnight UTC. */
export async function statusOf(parts: HttpParts): Promise<Status> {
  const { db } = parts.store;
  const now = parts.clock.now();
  const deliveries = await countByState(db, 'deliveries');
  const events = await countByState(db, 'events');
  const cycles = await countByState(db, 'cycles');
  const actions = await countByState(db, 'actions');
  return {
    mode: parts.mode,
    version: parts.version,
    startedAt: iso(parts.startedAt),
    model: parts.model,
    connectors: parts.connectors.map(({ name, abilities }) => ({
      name,
      abilities: [...abilities],
    })),
    ...(await watchedNow(parts)),
    completeness: await ledgerOf(parts, 1),
    deliveries: {
      kept: total(deliveries),
      waiting: deliveries['kept'] ?? 0,
      failed: deliveries['quarantined'] ?? 0,
    },
    events: {
      kept: total(events),
      waiting: events['waiting'] ?? 0,
      ignored: events['ignored'] ?? 0,
      dead: events['dead'] ?? 0,
    },
    mailboxes: { waiting: await waitingMailboxes(db) },
    cycles: {
      finished: cycles['finished'] ?? 0,
      open: cycles['open'] ?? 0,
      failed: cycles['failed'] ?? 0,
    },
    actions: {
      done: actions['done'] ?? 0,
      simulated: actions['simulated'] ?? 0,
      held: actions['held'] ?? 0,
      denied: actions['denied'] ?? 0,
      sending: (actions['sending'] ?? 0) + (actions['proposed'] ?? 0),
      failed: actions['failed'] ?? 0,
      unknown: actions['unknown'] ?? 0,
    },
    lastCycle: await lastFinishedCycle(db),
    spend: await spend(db, now - (now % DAY_MS)),
  };
}
