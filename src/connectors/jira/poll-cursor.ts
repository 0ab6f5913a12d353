import { z } from 'zod';

/** What is lost of time at most between a change and its place in the index, with room for equal and late times. */
export const OVERLAP_MS = 10 * 60_000;
/** An issue that is read so long after its `updated` cannot change under the same `updated` any more. */
const SETTLED_MS = 3 * 60_000;

const Instant = z.number().int();

// `u` updated, `s` 1 when settled, `p` the walk that read it.
const Seen = z.object({ u: Instant, s: z.union([z.literal(0), z.literal(1)]), p: z.int() });

const Sprints = z.object({
  /** When sprints were read last, in the site's time. */
  at: Instant,
  /** When boards were listed last. */
  boardsAt: Instant,
  boards: z.array(z.int()),
  /** Sprints that were not closed, by id: `future` or `active`. */
  open: z.record(z.string(), z.string()),
});
export type SprintMemory = z.infer<typeof Sprints>;

/**
 * Where a scope has been read to. All instants are the site's. A walk goes over all issues that changed since `from`,
 * page by page; when it ends, the window moves on to ten minutes before the newest change that was seen.
 */
export const Cursor = z.object({
  v: z.literal(1),
  /** Facts before it are never given: the moment from which on they are wanted. */
  floor: Instant,
  from: Instant,
  newest: Instant,
  /** The site's clock minus ours. */
  skew: Instant,
  walk: z.object({
    number: z.int(),
    /** How many minutes the query of this walk goes back: a token belongs to its query. */
    minutes: z.int().positive(),
    token: z.string().nullable(),
    pages: z.int(),
    /** Whether it met an issue that no walk before had read. */
    fresh: z.boolean(),
  }),
  seen: z.record(z.string(), Seen),
  sprints: Sprints.nullable(),
});
export type Cursor = z.infer<typeof Cursor>;

/** The kept cursor; `null` for none and for one that cannot be read, which begins anew. */
export function cursorOf(text: string | null): Cursor | null {
  if (text === null) return null;
  try {
    const parsed = Cursor.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** An issue as a page of the search shows it. */
export interface Touched {
  readonly id: string;
  readonly updated: number;
}

/** Whether an issue need not be read: the same state of it was read before, or on this walk. */
export function isKnown({ seen, walk }: Cursor, issue: Touched): boolean {
  if (!Object.hasOwn(seen, issue.id)) return false;
  const one = seen[issue.id];
  return one?.u === issue.updated && (one.s === 1 || one.p === walk.number);
}

/** Whether no walk before has met this state of the issue. */
export function isFresh({ seen }: Cursor, issue: Touched): boolean {
  return !Object.hasOwn(seen, issue.id) || seen[issue.id]?.u !== issue.updated;
}

/** The memory with issues that were read at an instant. */
export function remember(cursor: Cursor, read: readonly Touched[], at: number): Cursor['seen'] {
  const added = read.map(({ id, updated }) => {
    const isSettled = at >= updated + SETTLED_MS;
    return [id, { u: updated, s: isSettled ? 1 : 0, p: cursor.walk.number }] as const;
  });
  return { ...cursor.seen, ...Object.fromEntries(added) };
}

/** The memory as far as later walks can meet it again. */
export function keepRecent(seen: Cursor['seen'], from: number): Cursor['seen'] {
  return Object.fromEntries(Object.entries(seen).filter(([, { u }]) => u >= from));
}
