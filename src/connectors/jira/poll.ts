import type { Call, Poll, PollAsk, PollPage } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import { isWatched, projectOf } from './issue-key.ts';
import { projectClause } from './jql.ts';
import type { Cursor, Touched } from './poll-cursor.ts';
import { cursorOf, isFresh, isKnown, keepRecent, OVERLAP_MS, remember } from './poll-cursor.ts';
import { issueFacts } from './poll-issue.ts';
import { lookAtSprints } from './poll-sprints.ts';
import { SearchPage } from './rest.ts';
import { pollSecondsOf } from './settings.ts';
import type { JiraSite } from './site.ts';

/** All projects that the account can see. */
const EVERYTHING = '*';
const PAGE_SIZE = 50;
const PAGES = 1_000;
const AT_ONCE = 4;
const MINUTE = 60_000;
/** Both clocks may be wrong by five minutes. */
const CLOCKS_MS = 10 * MINUTE;
/** `updated` of an issue may be written a moment before the fact that moved it. */
const SLACK_MS = MINUTE;
const FIELDS = [
  'summary',
  'status',
  'assignee',
  'priority',
  'created',
  'updated',
  'creator',
  'project',
];

/** The kinds that polling finds; deletions, changes of a sprint's fields and removed links leave no trace to read. */
const SEES = [
  'comment.created',
  'comment.updated',
  'issue.created',
  'issue.updated',
  'worklog.created',
  'worklog.updated',
  'link.created',
  'sprint.created',
  'sprint.started',
  'sprint.closed',
];

/**
 * The pull side of Jira: issues by `updated`, and what happened to each since; sprints once an hour. Times are the
 * site's own, queries go back by relative minutes, so that neither a time zone nor our clock matters
 * (contracts/jira.md section 3.1).
 */
export function jiraPoll(site: JiraSite): Poll {
  const { projects } = site.settings;
  return {
    everySeconds: pollSecondsOf(site.settings),
    sees: SEES,
    scopes: () => Promise.resolve(projects.length === 0 ? [EVERYTHING] : projects),
    fetch: (ask, call) => fetchPage(site, ask, call),
  };
}

async function fetchPage(site: JiraSite, ask: PollAsk, call: Call): Promise<PollPage> {
  const { projects } = site.settings;
  if (ask.scope !== EVERYTHING && !isWatched(ask.scope, projects)) {
    throw new Failure('denied', 'That project is not watched.');
  }
  const kept = cursorOf(ask.cursor);
  const first = begun(kept ?? firstCursor(ask), ask);
  const found = await search(site, { ask, cursor: first }, call);
  if (found === 'stale-token') {
    const walk = { ...first.walk, token: null, pages: first.walk.pages + 1 };
    return { events: [], cursor: JSON.stringify({ ...first, walk }), more: true };
  }
  const cursor = kept === null ? settledFirst(first, found) : { ...first, skew: found.skew };
  return readIssues(site, { ask, cursor, found }, call);
}

// A walk that begins goes back from now; its later pages keep to the query of the first.
function begun(cursor: Cursor, { now }: PollAsk): Cursor {
  if (cursor.walk.pages > 0) return cursor;
  const minutes = minutesBack(cursor.from, now + cursor.skew);
  return { ...cursor, walk: { ...cursor.walk, minutes } };
}

// A place before the answer of the site tells how its clock stands.
function firstCursor({ since }: PollAsk): Cursor {
  const walk = { number: 1, minutes: 1, token: null, pages: 0, fresh: false };
  const at = { floor: since, from: since, newest: since, skew: 0 };
  return { v: 1, ...at, walk, seen: {}, sprints: null };
}

function settledFirst(first: Cursor, { skew }: Found): Cursor {
  const since = first.floor + skew;
  return { ...first, floor: since, from: since, newest: since, skew };
}

function minutesBack(from: number, now: number): number {
  return Math.max(1, Math.ceil((now - from + CLOCKS_MS) / MINUTE) + 1);
}

interface Found {
  readonly issues: readonly (Touched & { readonly key: string })[];
  readonly next: string | null;
  readonly skew: number;
}

interface Search {
  readonly ask: PollAsk;
  readonly cursor: Cursor;
}

async function search(
  site: JiraSite,
  { ask, cursor }: Search,
  call: Call,
): Promise<Found | 'stale-token'> {
  const { token, minutes } = cursor.walk;
  const body = {
    jql: `${projectClause(scopeOf(ask))} AND updated >= "-${minutes}m" ORDER BY updated ASC`,
    fields: FIELDS,
    maxResults: PAGE_SIZE,
    ...(token === null ? {} : { nextPageToken: token }),
  };
  const begun = Date.now();
  try {
    const answer = await site.reader.postAnswer('/rest/api/3/search/jql', body, call);
    const page = expectShape(SearchPage, answer.body);
    const spent = Date.now() - begun;
    const next = page.nextPageToken === '' ? null : page.nextPageToken;
    if (next !== null && next === token) {
      throw new Failure('bad-answer', 'Jira gave the same page of a search twice.');
    }
    const issues = page.issues.flatMap(({ id, key, fields }) => {
      const updated = instantOf(fields.updated);
      return updated === null ? [] : [{ id, key, updated }];
    });
    return { issues, next, skew: skewOf(answer.headers, { now: ask.now, spent }) };
  } catch (error) {
    // Tokens end after seven days.
    const isStale = token !== null && error instanceof Failure && error.kind === 'refused';
    if (isStale) return 'stale-token';
    throw error;
  }
}

function scopeOf({ scope }: PollAsk): readonly string[] {
  return scope === EVERYTHING ? [] : [scope];
}

// The header knows whole seconds only, and the answer took its time: less than that is no difference of clocks.
function skewOf(
  headers: Headers,
  { now, spent }: { readonly now: number; readonly spent: number },
): number {
  const date = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(date)) return 0;
  const apart = date - now;
  if (Math.abs(apart) <= 2_000 + spent) return 0;
  return apart > 0 ? apart - spent : apart;
}

interface Page extends Search {
  readonly found: Found;
}

async function readIssues(site: JiraSite, page: Page, call: Call): Promise<PollPage> {
  const { ask, cursor, found } = page;
  const { projects } = site.settings;
  const inWindow = found.issues.filter(({ key, updated }) => {
    return updated >= cursor.from - SLACK_MS && isWatched(projectOf(key), projects);
  });
  const unread = inWindow.filter((issue) => !isKnown(cursor, issue));
  const facts = await readInTurns(unread, ({ id }) => {
    return issueFacts(site.reader, { id, from: cursor.from }, call);
  });
  const readAt = ask.now + found.skew;
  const read: Cursor = {
    ...cursor,
    newest: Math.max(cursor.newest, ...inWindow.map(({ updated }) => updated)),
    seen: remember(cursor, unread, readAt),
    walk: {
      ...cursor.walk,
      token: found.next,
      pages: cursor.walk.pages + 1,
      fresh: cursor.walk.fresh || unread.some((issue) => isFresh(cursor, issue)),
    },
  };
  const events = uniqueByTime(facts);
  if (found.next === null) return endWalk(site, { ask, cursor: read, events }, call);
  if (read.walk.pages > PAGES) throw new Failure('bad-answer', 'A search of Jira does not end.');
  return { events, cursor: JSON.stringify(read), more: true };
}

// A few at a time: calls that wait long for their turn would be given up.
async function readInTurns(
  issues: readonly Touched[],
  read: (issue: Touched) => Promise<readonly ProjectEvent[]>,
): Promise<readonly ProjectEvent[]> {
  const facts: ProjectEvent[] = [];
  for (let at = 0; at < issues.length; at += AT_ONCE) {
    const turn = await Promise.all(issues.slice(at, at + AT_ONCE).map(read));
    facts.push(...turn.flat());
  }
  return facts;
}

interface Walked extends Search {
  readonly events: readonly ProjectEvent[];
}

async function endWalk(site: JiraSite, walked: Walked, call: Call): Promise<PollPage> {
  const { ask, cursor, events } = walked;
  const { walk } = cursor;
  // While pages were read, issues may have moved from one page to another: what a walk of several pages met anew is
  // walked over again, until nothing new is met. Issues that were read are not read again.
  if (walk.pages > 1 && walk.fresh) return { events, cursor: nextWalk(cursor), more: true };
  const now = ask.now + cursor.skew;
  const project = ask.scope === EVERYTHING ? null : ask.scope;
  const { sprints: memory, floor } = cursor;
  const sprints = await lookAtSprints(site.reader, { project, memory, floor, now }, call);
  const from = Math.max(cursor.floor, cursor.newest - OVERLAP_MS);
  const moved = { ...cursor, from, sprints: sprints.memory };
  return { events: [...events, ...sprints.events], cursor: nextWalk(moved), more: false };
}

function nextWalk(cursor: Cursor): string {
  const { from, seen, walk } = cursor;
  const next: Cursor = {
    ...cursor,
    seen: keepRecent(seen, from - SLACK_MS),
    walk: { number: walk.number + 1, minutes: 1, token: null, pages: 0, fresh: false },
  };
  return JSON.stringify(next);
}

function uniqueByTime(events: readonly ProjectEvent[]): readonly ProjectEvent[] {
  const byKey = new Map(events.map((event) => [event.key, event]));
  return [...byKey.values()].toSorted((a, b) => a.at.localeCompare(b.at));
}
