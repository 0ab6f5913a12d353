import type { Call, Poll, PollAsk, PollPage } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import { activityEvents } from './activity-events.ts';
import { errorCreated } from './error-event.ts';
import type { ListPage } from './client.ts';
import type { Cursor, Remembered, Walk } from './poll-cursor.ts';
import { readCursor, REMEMBERED } from './poll-cursor.ts';
import { isTouched, lastSeenOf, rememberedOf, UNTOUCHED } from './poll-mark.ts';
import type { ListedIssue } from './rest.ts';
import { IssueList } from './rest.ts';
import type { SentrySite } from './site.ts';

const PAGE_SIZE = 100;
/** How far each walk reaches back before the newest occurrence it knows: lists lag, and clocks differ. */
const OVERLAP_MS = 10 * 60_000;
/** So often a walk goes on below what is new. */
const SWEEP_MS = 3_600_000;
const SWEEP_PAGES = 5;
const MOST_PAGES = 1_000;
/** Issues whose activity is read in one call of `fetch`. */
const DETAILS = 20;

/**
 * Finds what push has missed. Issues are listed by their newest occurrence, so new errors and errors that came back
 * stand at the top. What people do to an issue does not move it: each walk compares the newest hundred issues, and once
 * an hour the newest five hundred, with what is remembered, and reads the activity of those that differ.
 */
export function sentryPoll(site: SentrySite, everySeconds: number): Poll {
  return {
    everySeconds,
    sees: [
      'error.created',
      'error.resolved',
      'error.archived',
      'error.unresolved',
      'error.assigned',
      'comment.created',
    ],
    scopes: async (call) => {
      const { projects } = site.settings;
      return projects.length > 0 ? projects : (await site.projects(call)).map(({ slug }) => slug);
    },
    fetch: (ask, call) => fetchPage(site, ask, call),
  };
}

async function fetchPage(site: SentrySite, ask: PollAsk, call: Call): Promise<PollPage> {
  const cursor = readCursor(ask.cursor);
  const before = cursor?.walk ?? null;
  if (cursor !== null && before !== null && before.pending.length > 0) {
    return detailed(site, { cursor, walk: before, found: [] }, call);
  }
  const at = before?.next ?? null;
  const asked = performance.now();
  const page = await listIssues(site, { scope: ask.scope, at }, call);
  const { issues } = expectShape(IssueList, page.body);
  const skew = skewOf(page.date, ask.now + performance.now() - asked);
  const begun = cursor ?? firstCursor(ask.since + skew);
  const walk = before ?? newWalk(begun, { began: ask.now + skew, isFirst: cursor === null });
  const ours = issues.filter(({ project }) => project?.slug === ask.scope);
  const read = readIssues(begun, walk, ours);
  const next = goesOn(begun, read.walk, issues) ? page.next : null;
  return detailed(site, { ...read, walk: { ...read.walk, next } }, call);
}

async function listIssues(
  site: SentrySite,
  { scope, at }: { readonly scope: string; readonly at: string | null },
  call: Call,
): Promise<ListPage> {
  const { id } = await site.project(scope, call);
  const query = {
    // Without an empty query Sentry shows a selection of its own.
    query: '',
    project: id,
    sort: 'date',
    limit: PAGE_SIZE,
    statsPeriod: '90d',
    ...(at === null ? {} : { cursor: at }),
  };
  const path = `/organizations/${site.reader.organization}/issues/`;
  const page = await site.reader.page(path, query, call);
  if (page.next === null || page.next !== at) return page;
  throw new Failure('bad-answer', 'Sentry gave the same page of issues twice.');
}

/** How far Sentry's clock is ahead of ours. It tells whole seconds, so less than two say nothing. */
function skewOf(date: number | null, now: number): number {
  const skew = date === null ? 0 : Math.round(date - now);
  return Math.abs(skew) < 2_000 ? 0 : skew;
}

function firstCursor(since: number): Cursor {
  return { floor: since, newest: since, swept: 0, issues: [], walk: null };
}

function newWalk(cursor: Cursor, of: { began: number; isFirst: boolean }): Walk {
  const isSweep = of.began - cursor.swept >= SWEEP_MS;
  return { ...of, isSweep, next: null, pages: 0, top: cursor.newest, pending: [] };
}

/** What a page of issues told, before the activity of those that differ is read. */
interface Read {
  readonly cursor: Cursor;
  readonly walk: Walk;
  readonly found: readonly ProjectEvent[];
}

function readIssues(cursor: Cursor, walk: Walk, issues: readonly ListedIssue[]): Read {
  const known = new Map(cursor.issues.map((one) => [one[0], one]));
  const fresh = issues.filter(({ id }) => !known.has(id));
  const found = fresh.flatMap((issue) => created(issue, cursor.floor));
  const pending = issues
    .filter((issue) => needsDetail(issue, known.get(issue.id), { cursor, walk }))
    .map(({ id }) => id);
  for (const issue of issues) known.set(issue.id, rememberedOf(issue));
  // An occurrence may be dated by a clock that runs ahead; nothing must be passed over for it.
  const seen = issues.map(lastSeenOf).filter((lastSeen) => lastSeen <= walk.began);
  const top = Math.max(walk.top, ...seen);
  return {
    cursor: { ...cursor, issues: newestOf(known) },
    walk: { ...walk, pages: walk.pages + 1, top, pending },
    found,
  };
}

function created(issue: ListedIssue, floor: number): ProjectEvent[] {
  const firstSeen = instantOf(issue.firstSeen);
  if (firstSeen === null || firstSeen < floor) return [];
  const event = errorCreated(issue);
  return typeof event === 'string' ? [] : [event];
}

function needsDetail(
  issue: ListedIssue,
  known: Remembered | undefined,
  { cursor, walk }: Pick<Read, 'cursor' | 'walk'>,
): boolean {
  if (known !== undefined) return isTouched(issue, known);
  if (rememberedOf(issue)[1] === UNTOUCHED) return false;
  // At the very first, older issues are remembered as they are: all of them would be hundreds of calls.
  return !walk.isFirst || walk.pages === 0 || lastSeenOf(issue) >= cursor.floor;
}

function newestOf(known: ReadonlyMap<string, Remembered>): Remembered[] {
  return [...known.values()].toSorted((a, b) => b[2] - a[2]).slice(0, REMEMBERED);
}

function goesOn(cursor: Cursor, walk: Walk, issues: readonly ListedIssue[]): boolean {
  if (walk.pages >= MOST_PAGES) throw new Failure('too-large', 'The list of issues does not end.');
  if (walk.isSweep && walk.pages < SWEEP_PAGES) return true;
  if (issues.length === 0) return false;
  const oldest = Math.min(...issues.map(lastSeenOf));
  return oldest >= cursor.newest - OVERLAP_MS;
}

async function detailed(site: SentrySite, read: Read, call: Call): Promise<PollPage> {
  const { cursor, walk } = read;
  const events = [...read.found];
  for (const id of walk.pending.slice(0, DETAILS)) {
    events.push(...(await changesOf(site, { id, floor: cursor.floor }, call)));
  }
  const left = { ...walk, pending: walk.pending.slice(DETAILS) };
  const more = left.pending.length > 0 || left.next !== null;
  const after = more ? { ...cursor, walk: left } : ended(cursor, left);
  return {
    events: events.toSorted((a, b) => a.at.localeCompare(b.at)),
    cursor: JSON.stringify(after),
    more,
  };
}

async function changesOf(
  site: SentrySite,
  { id, floor }: { readonly id: string; readonly floor: number },
  call: Call,
): Promise<ProjectEvent[]> {
  try {
    return await activityEvents(site, { issue: await site.issue(id, call), floor }, call);
  } catch (error) {
    // It was deleted, merged into another, or moved out of sight since it was listed.
    const isGone = error instanceof Failure && ['not-found', 'denied'].includes(error.kind);
    if (isGone) return [];
    throw error;
  }
}

// A change of a quiet issue is met by the next sweep at the latest, so facts are given from the last one on.
function ended(cursor: Cursor, walk: Walk): Cursor {
  const swept = walk.isSweep ? walk.began : cursor.swept;
  const floor = Math.max(cursor.floor, swept - OVERLAP_MS);
  return { ...cursor, floor, swept, newest: Math.max(cursor.newest, walk.top), walk: null };
}
