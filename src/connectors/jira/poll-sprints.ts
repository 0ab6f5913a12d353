import type { Call } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { instantOf } from '../../lib/instant.ts';
import { boardsOf, sprintsOfBoard } from './boards.ts';
import type { JiraReader } from './client.ts';
import { sprintEvent } from './other-events.ts';
import type { Payload } from './payload.ts';
import { OVERLAP_MS } from './poll-cursor.ts';
import type { SprintMemory } from './poll-cursor.ts';
import type { RestSprint } from './rest.ts';

/** Less than an hour by what the poller may come early. */
const SPRINTS_MS = 54 * 60_000;
const BOARDS_MS = 24 * 60 * 60_000;
const BOARDS_LIMIT = 50;
/** Sprints that are remembered as not closed. */
const OPEN_LIMIT = 2_000;

/** What a look at the sprints of a scope gave. */
export interface SprintLook {
  readonly events: readonly ProjectEvent[];
  readonly memory: SprintMemory | null;
}

/** When and since when sprints are looked at; instants of the site. */
export interface SprintAsk {
  readonly project: string | null;
  readonly memory: SprintMemory | null;
  /** The moment from which on facts are wanted. */
  readonly floor: number;
  readonly now: number;
}

/** The steps of the sprints on the boards of a scope, at most once an hour. Throws a `Failure`. */
export async function lookAtSprints(
  reader: JiraReader,
  ask: SprintAsk,
  call: Call,
): Promise<SprintLook> {
  const { memory, now } = ask;
  if (memory !== null && now - memory.at < SPRINTS_MS) return { events: [], memory };
  try {
    return await look(reader, ask, call);
  } catch (error) {
    // A scoped token may lack the rights to boards; the issues of the scope are polled all the same.
    if (!(error instanceof Failure) || !CLOSED_DOORS.has(error.kind)) throw error;
    return { events: [], memory };
  }
}

const CLOSED_DOORS: ReadonlySet<string> = new Set(['unauthorized', 'forbidden', 'not-found']);

async function look(reader: JiraReader, ask: SprintAsk, call: Call): Promise<SprintLook> {
  const { memory, now } = ask;
  const before = new Map(Object.entries(memory?.open ?? {}));
  const listing = await knownBoards(reader, ask, call);
  const events = new Map<string, ProjectEvent>();
  const open = new Map<string, string>();
  for (const board of listing.boards) {
    const states = 'active,future,closed';
    const sprints = await sprintsOfBoard(reader, { board, states }, call);
    const since = sinceOf(ask, board);
    const steps = sprints.flatMap((sprint) =>
      stepsOf(sprint, { before: before.get(String(sprint.id)), since }),
    );
    for (const event of steps) events.set(event.key, event);
    const left = sprints.filter(({ state }) => state !== 'closed');
    for (const { id, state } of left) open.set(String(id), state);
  }
  const kept = Object.fromEntries([...open].slice(-OPEN_LIMIT));
  return { events: [...events.values()], memory: { ...listing, at: now, open: kept } };
}

// On a board that was not known the last time, everything since boards were listed is news.
function sinceOf({ memory, floor }: SprintAsk, board: number): number {
  if (memory === null) return floor;
  const last = memory.boards.includes(board) ? memory.at : memory.boardsAt;
  return Math.max(floor, last - OVERLAP_MS);
}

async function knownBoards(
  reader: JiraReader,
  { project, memory, now }: SprintAsk,
  call: Call,
): Promise<Pick<SprintMemory, 'boards' | 'boardsAt'>> {
  if (memory !== null && now - memory.boardsAt < BOARDS_MS) {
    return { boards: memory.boards, boardsAt: memory.boardsAt };
  }
  const boards = await boardsOf(reader, project, call);
  const withSprints = boards.filter(({ type }) => type !== 'kanban').map(({ id }) => id);
  return { boards: withSprints.slice(0, BOARDS_LIMIT), boardsAt: now };
}

interface Before {
  /** The state in which it was seen the last time. */
  readonly before: string | undefined;
  readonly since: number;
}

type Word = 'created' | 'started' | 'closed';

// A start may be dated into the past, so a change of the state counts beside the date.
function stepsOf(sprint: RestSprint, { before, since }: Before): readonly ProjectEvent[] {
  const isSince = (moment: string | null): boolean => (instantOf(moment) ?? 0) >= since;
  const isNew = before === undefined && isSince(sprint.createdDate);
  const wasStarted =
    sprint.state !== 'future' && (before === 'future' || isNew || isSince(sprint.startDate));
  const wasClosed =
    sprint.state === 'closed' && (before !== undefined || isSince(sprint.completeDate));
  const words: readonly Word[] = [
    ...(isSince(sprint.createdDate) ? ['created' as const] : []),
    ...(wasStarted ? ['started' as const] : []),
    ...(wasClosed ? ['closed' as const] : []),
  ];
  return words.flatMap((word) => {
    // Without a date of its own a step has no key that the webhook would share.
    const event = sprintEvent(payloadOf(sprint), word);
    return typeof event === 'string' ? [] : [event];
  });
}

function payloadOf({ id, name, createdDate, startDate, completeDate }: RestSprint): Payload {
  return {
    webhookEvent: 'poll',
    issue_event_type_name: null,
    timestamp: null,
    user: null,
    issue: null,
    comment: null,
    changelog: null,
    worklog: null,
    sprint: { id: String(id), name, createdDate, startDate, completeDate },
    issueLink: null,
  };
}
