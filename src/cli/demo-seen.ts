import { adfToText } from '../../emulators/jira/adf-document.ts';
import type { Action } from '../domain/action.ts';
import { Thought } from '../domain/plan.ts';
import { listActions } from '../store/actions.ts';
import { findCycleRow, listCycles } from '../store/cycles.ts';
import type { CycleRow } from '../store/cycles.ts';
import { listDeliveries } from '../store/deliveries.ts';
import type { DeliveryRow } from '../store/deliveries.ts';
import { listEvents } from '../store/events.ts';
import type { EventRow } from '../store/events.ts';
import { modelCallsOfCycle } from '../store/model-calls.ts';
import type { ModelCall } from '../store/model-calls.ts';
import type { World } from './demo-world.ts';

/** A comment that the agent wrote, as Jira holds it. */
export interface OwnComment {
  readonly id: string;
  readonly issue: string;
  readonly text: string;
  /** The id of the action that wrote it. */
  readonly marker: string | null;
}

/** A cycle with its plan and what the plan cost. */
interface SeenCycle {
  readonly row: CycleRow;
  readonly thought: Thought | null;
  readonly calls: readonly ModelCall[];
}

/** What the store and Jira hold, oldest first. */
export interface Seen {
  readonly deliveries: readonly DeliveryRow[];
  /** How often a kept delivery came again. */
  readonly redelivered: number;
  readonly events: readonly EventRow[];
  readonly cycles: readonly SeenCycle[];
  readonly actions: readonly Action[];
  readonly comments: readonly OwnComment[];
}

const ALL = { limit: 500 };
const MARKER = 'pm-agent.action';

function markerOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('id' in value)) return null;
  return String(value.id);
}

function ownComments({ jira }: World): OwnComment[] {
  return [...jira.state.issues.values()].flatMap((issue) =>
    issue.comments
      .filter((comment) => comment.author === jira.account.accountId)
      .map((comment) => ({
        id: comment.id,
        issue: issue.key,
        text: adfToText(comment.body),
        marker: markerOf(comment.properties.get(MARKER)),
      })),
  );
}

async function cyclesOf({ app }: World): Promise<SeenCycle[]> {
  const { db } = app.store;
  const { items } = await listCycles(db, ALL);
  return await Promise.all(
    items.reverse().map(async (row) => {
      const thought = (await findCycleRow(db, row.id))?.thought ?? null;
      return {
        row,
        thought: thought === null ? null : Thought.parse(JSON.parse(thought)),
        calls: await modelCallsOfCycle(db, row.id),
      };
    }),
  );
}

/** Everything up to now. */
export async function seenSoFar(world: World): Promise<Seen> {
  const { db } = world.app.store;
  const deliveries = (await listDeliveries(db, ALL)).items.reverse();
  return {
    deliveries,
    redelivered: deliveries.reduce((sum, one) => sum + one.redelivered, 0),
    events: (await listEvents(db, ALL)).items.reverse(),
    cycles: await cyclesOf(world),
    actions: (await listActions(db, ALL)).items.reverse(),
    comments: ownComments(world),
  };
}

function added<Item>(
  before: readonly Item[],
  after: readonly Item[],
  id: (item: Item) => string,
): Item[] {
  const known = new Set(before.map(id));
  return after.filter((item) => !known.has(id(item)));
}

/** What came between two looks; the agent's own comments coming back as events are left out. */
export function seenSince(before: Seen, after: Seen): Seen {
  const events = added(before.events, after.events, (event) => event.id);
  return {
    deliveries: added(before.deliveries, after.deliveries, (one) => one.id),
    redelivered: after.redelivered - before.redelivered,
    events: events.filter((event) => event.rule !== 'own-echo'),
    cycles: added(before.cycles, after.cycles, (cycle) => cycle.row.id),
    actions: added(before.actions, after.actions, (action) => action.id),
    comments: added(before.comments, after.comments, (comment) => comment.id),
  };
}
