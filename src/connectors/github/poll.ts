import type { Call, Poll, PollAsk, PollPage } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { expectShape } from '../rest-shape.ts';
import type { GithubReader } from './client.ts';
import { ownerAndRepo } from './client.ts';
import type { Repo } from './payload.ts';
import type { Cursor } from './poll-cursor.ts';
import { firstCursor, isAtRest, readCursor } from './poll-cursor.ts';
import { readStage } from './poll-stages.ts';
import { RestRepo } from './rest.ts';
import type { GithubSettings } from './settings.ts';
import { requireRepo } from './settings.ts';

/** The kinds that a poll finds; for what it cannot see, see keys.ts. */
const SEEN: readonly string[] = [
  'issue.opened',
  'issue.closed',
  'issue.reopened',
  'issue.labeled',
  'issue.unlabeled',
  'issue.assigned',
  'issue.unassigned',
  'pull-request.opened',
  'pull-request.merged',
  'pull-request.declined',
  'pull-request.reopened',
  'pull-request.ready',
  'pull-request.drafted',
  'pull-request.labeled',
  'pull-request.unlabeled',
  'pull-request.assigned',
  'pull-request.unassigned',
  'pull-request.review-requested',
  'pull-request.review-request-removed',
  'review.approved',
  'review.changes-requested',
  'review.commented',
  'review.dismissed',
  'comment.created',
  'comment.edited',
  'review-comment.created',
  'review-comment.edited',
  'build.succeeded',
  'build.failed',
  'build.blocked',
  'build.cancelled',
  'build.finished',
  'release.published',
];

const EVERY_SECONDS = 3_600;
/** A page ends when it has so many facts, or when the round does. */
const PAGE_EVENTS = 100;
/** ... or after so many lists, so that it ends in time. */
const PAGE_READS = 10;
/** How long a repository's number, visibility and default branch are believed. */
const KNOWN_MS = 24 * 3_600_000;
const CLOCK_NOISE_MS = 2_000;

/** The pull side of GitHub: one scope per configured repository. */
export function githubPoll(settings: GithubSettings, reader: GithubReader): Poll {
  const repository = repositories(reader);
  return {
    everySeconds: settings.pollSeconds ?? EVERY_SECONDS,
    sees: SEEN,
    scopes: () => Promise.resolve(settings.repos),
    fetch: async (ask, call) => {
      requireRepo(ask.scope, settings.repos);
      const known = await repository(ask, call);
      return readRound({ reader, call, ask }, known);
    },
  };
}

interface Known {
  readonly repo: Repo;
  /** How far GitHub's clock was ahead of the caller's when it was asked. */
  readonly ahead: number;
  readonly at: number;
}

function repositories(reader: GithubReader): (ask: PollAsk, call: Call) => Promise<Known> {
  const known = new Map<string, Known>();
  return async (ask, call) => {
    const before = known.get(ask.scope);
    // Without a cursor the clocks are compared anew.
    const isFresh = before !== undefined && Math.abs(ask.now - before.at) < KNOWN_MS;
    if (isFresh && ask.cursor !== null) return before;
    const { data, now } = await reader.get('/repos/{owner}/{repo}', ownerAndRepo(ask.scope), call);
    const ahead = now === null ? 0 : now - ask.now;
    const repo = expectShape(RestRepo, data);
    const found = { repo, ahead: Math.abs(ahead) > CLOCK_NOISE_MS ? ahead : 0, at: ask.now };
    known.set(ask.scope, found);
    return found;
  };
}

interface Round {
  readonly reader: GithubReader;
  readonly call: Call;
  readonly ask: PollAsk;
}

async function readRound({ reader, call, ask }: Round, known: Known): Promise<PollPage> {
  const { repo, ahead } = known;
  const kept = ask.cursor === null ? firstCursor(ask.since + ahead) : readCursor(ask.cursor);
  // GitHub's own time is the one that counts, and it was told with the last look at the repository.
  let cursor: Cursor = kept.began === 0 ? { ...kept, began: wholeSeconds(ask.now + ahead) } : kept;
  const events = new Map<string, ProjectEvent>();
  let reads = 0;
  do {
    reads += 1;
    const result = await readStage({ reader, repo, call }, cursor);
    for (const event of result.events) events.set(event.key, event);
    cursor = result.next;
  } while (!isAtRest(cursor) && events.size < PAGE_EVENTS && reads < PAGE_READS);
  const sorted = [...events.values()].toSorted((a, b) => a.at.localeCompare(b.at));
  return { events: sorted, cursor: JSON.stringify(cursor), more: !isAtRest(cursor) };
}

function wholeSeconds(instant: number): number {
  return Math.floor(instant / 1000) * 1000;
}
