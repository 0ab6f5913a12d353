import { iso } from '../lib/clock.ts';
import { countByState, waitingMailboxes } from '../store/counts.ts';
import { lastFinishedCycle } from '../store/cycles.ts';
import { spend } from '../store/model-calls.ts';
import { troubleNotes } from '../store/trouble-notes.ts';
import type { Status } from './contract.ts';
import { judgementStatus } from './judgement-status.ts';
import { keepingStatus } from './keeping-status.ts';
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
    at: iso(now),
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
      quarantined: deliveries['quarantined'] ?? 0,
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
    actions: actionCounts(actions),
    disk: [...((await parts.disk?.()) ?? [])],
    troubles: await troublesOf(parts),
    judgement: await judgementStatus(parts),
    keeping: await keepingStatus(parts),
    lastCycle: await lastFinishedCycle(db),
    spend: await spend(db, now - (now % DAY_MS)),
  };
}

async function troublesOf({ store }: HttpParts): Promise<Status['troubles']> {
  const notes = await troubleNotes(store.db);
  return [...notes.values()].flatMap(({ now }) => {
    if (now === null) return [];
    const { id, level, what, command } = now;
    return [{ id, level, what, command }];
  });
}

function actionCounts(actions: Readonly<Record<string, number>>): Status['actions'] {
  const of = (...states: readonly string[]) =>
    states.reduce((sum, state) => sum + (actions[state] ?? 0), 0);
  return {
    done: of('done'),
    simulated: of('simulated'),
    held: of('held'),
    denied: of('denied'),
    sending: of('sending', 'proposed'),
    failed: of('failed'),
    unknown: of('unknown'),
    deferred: of('deferred'),
    suppressed: of('suppressed'),
    declined: of('declined', 'expired'),
  };
}
