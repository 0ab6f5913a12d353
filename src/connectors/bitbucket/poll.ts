import type { Call, Poll, PollAsk, PollPage } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { iso, systemClock } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import { fitting } from '../rest-shape.ts';
import { PullRequest } from './payload.ts';
import type { Cursor } from './poll-cursor.ts';
import { readCursor } from './poll-cursor.ts';
import type { About } from './pull-request-event.ts';
import { repositoryOf } from './pull-request-event.ts';
import { factsOf } from './pull-request-facts.ts';
import { WITH_REVIEWERS } from './search.ts';
import type { Workspace } from './workspace.ts';

/*
 * A sweep reads the pull requests that were changed lately, oldest change first, and of each its log, comments and
 * builds. It goes on by the time of the last change that was read and not by page numbers: a pull request that changes
 * while the pages are read would move to the end, and another one would slip through the gap.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
// Lists lag by up to two minutes, and our clock may be wrong by five.
const OVERLAP = 10 * MINUTE;
// A build ends long after the push that changed the pull request, and changes nothing in it itself.
const BUILD_TIME = 2 * 60 * MINUTE;
const PER_PAGE = 20;
const PAGES = 20;
const MOST_SETTLED = 500;

/** What polling finds for sure. Builds are found too, but only those of pull requests that were changed lately. */
const SEES = [
  'pull-request.created',
  'pull-request.updated',
  'pull-request.approved',
  'pull-request.changes-requested',
  'pull-request.merged',
  'pull-request.declined',
  'comment.created',
  'comment.updated',
  'comment.deleted',
  'comment.resolved',
];

/** The pull side of Bitbucket, a repository at a time: finds what was missed, and what was too large to be pushed. */
export function bitbucketPoll(workspace: Workspace, everySeconds: number): Poll {
  return {
    everySeconds,
    sees: SEES,
    scopes: (call) => workspace.repositories(call),
    fetch: (ask, call) => fetchPage(workspace, ask, call),
  };
}

async function fetchPage(workspace: Workspace, ask: PollAsk, call: Call): Promise<PollPage> {
  const machine = systemClock.now();
  const cursor = readCursor(ask.cursor);
  const from = cursor?.floor ?? ask.since;
  // In the first call Bitbucket's clock is not known yet: it may be behind ours.
  const start = cursor?.at ?? written(from - BUILD_TIME - OVERLAP);
  const { pullRequests, complete } = await readChanged(
    workspace,
    { scope: ask.scope, start },
    call,
  );
  const skew = skewOf(workspace, ask.now - machine);
  const state: Cursor = cursor ?? { floor: ask.since + skew, newest: 0, at: null, settled: {} };
  const events: ProjectEvent[] = [];
  for (const about of pullRequests) {
    if (isSettled(state, about)) continue;
    events.push(...(await factsOf(workspace, about, { floor: state.floor, call })));
  }
  const next = advance(state, { pullRequests, complete, now: ask.now + skew });
  return {
    events: events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    cursor: JSON.stringify(next),
    more: !complete,
  };
}

/**
 * How far Bitbucket's clock is ahead of the one that asks, in milliseconds. It is measured against the machine's own
 * clock, which may be `askedAhead` behind the one that asks.
 */
function skewOf({ reader }: Workspace, askedAhead: number): number {
  const skew = (reader.skewMs() ?? 0) - askedAhead;
  // Answers are dated in whole seconds: less than two tell nothing, and one more must not cost a fact.
  return Math.abs(skew) < 2 * SECOND ? 0 : skew - SECOND;
}

// As Bitbucket writes times in its filters.
function written(at: number): string {
  return iso(Math.max(0, at)).replace('Z', '+00:00');
}

interface Changed {
  readonly pullRequests: readonly About[];
  /** False when there are more changes than were read. */
  readonly complete: boolean;
}

/** The next pull requests by the time of their last change. */
async function readChanged(
  workspace: Workspace,
  { scope, start }: { readonly scope: string; readonly start: string },
  call: Call,
): Promise<Changed> {
  const query = {
    state: ['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED'],
    q: `updated_on >= ${start}`,
    sort: 'updated_on',
    pagelen: PER_PAGE,
    fields: WITH_REVIEWERS,
  };
  const path = `/repositories/${scope}/pullrequests`;
  // Many changes at one instant could fill a page; going on from its last time would then never end.
  const enough = (values: readonly unknown[]) => lastChange(values) > (instantOf(start) ?? 0);
  const { values, complete } = await workspace.list(
    scope,
    { path, query, pages: PAGES, enough },
    call,
  );
  if (!complete && !enough(values)) {
    throw new Failure('too-large', `${scope} has too many changes at one instant.`);
  }
  const pullRequests = fitting(PullRequest)
    .parse(values)
    .map((pullRequest) => ({
      repository: repositoryOf(pullRequest, scope),
      pullRequest,
    }));
  return { pullRequests, complete };
}

function lastChange(values: readonly unknown[]): number {
  const times = fitting(PullRequest)
    .parse(values)
    .map((one) => instantOf(one.updated_on) ?? 0);
  return Math.max(0, ...times);
}

function isSettled(cursor: Cursor, { pullRequest }: About): boolean {
  const { settled } = cursor;
  const known = Object.hasOwn(settled, pullRequest.id) ? settled[pullRequest.id] : undefined;
  return known !== undefined && known === pullRequest.updated_on;
}

/** Where the next page begins. `now` is by Bitbucket's clock. */
function advance(cursor: Cursor, read: Changed & { readonly now: number }): Cursor {
  const times = read.pullRequests.map(({ pullRequest }) => instantOf(pullRequest.updated_on) ?? 0);
  const newest = Math.max(cursor.newest, ...times);
  const settled = { ...cursor.settled, ...settledOf(read) };
  if (!read.complete) {
    const last = read.pullRequests.at(-1)?.pullRequest.updated_on ?? null;
    return { ...cursor, newest, at: last, settled };
  }
  const floor = Math.max(cursor.floor, newest - OVERLAP);
  return { floor, newest, at: null, settled: recent(settled, floor - BUILD_TIME - OVERLAP) };
}

// Read so long after the last change that every build of it has ended and every list shows it.
function settledOf({ pullRequests, now }: Changed & { readonly now: number }): Cursor['settled'] {
  const entries = pullRequests.flatMap(({ pullRequest }): [string, string][] => {
    const at = instantOf(pullRequest.updated_on);
    if (at === null || pullRequest.updated_on === null || now - at < BUILD_TIME) return [];
    return [[pullRequest.id, pullRequest.updated_on]];
  });
  return Object.fromEntries(entries);
}

function recent(settled: Cursor['settled'], since: number): Cursor['settled'] {
  const kept = Object.entries(settled).filter(([, at]) => (instantOf(at) ?? 0) >= since);
  return Object.fromEntries(kept.slice(-MOST_SETTLED));
}
