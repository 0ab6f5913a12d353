import type { Call } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import { runEvent } from './build-event.ts';
import type { GithubReader } from './client.ts';
import { ownerAndRepo } from './client.ts';
import type { Item } from './event-draft.ts';
import { issueItem, itemOpened } from './item-event.ts';
import { releaseEvent } from './other-events.ts';
import type { Comment, Repo } from './payload.ts';
import type { Cursor } from './poll-cursor.ts';
import { floorOf, newestOf, nextStage } from './poll-cursor.ts';
import type { RestIssue } from './rest.ts';
import { Comments, Issues, Page, Releases, RestPull, Runs } from './rest.ts';
import type { CommentNoun } from './thread-event.ts';
import { commentEvents } from './thread-event.ts';
import { timelineEvents, timelineSince } from './timeline.ts';

/** What a stage reads with. */
export interface Polling {
  readonly reader: GithubReader;
  readonly repo: Repo;
  readonly call: Call;
}

/** What a stage found, and where to go on. */
export interface StageResult {
  readonly events: readonly ProjectEvent[];
  readonly next: Cursor;
}

/** Reads one page of the stage that the cursor stands at. Throws a `Failure`. */
export function readStage(polling: Polling, cursor: Cursor): Promise<StageResult> {
  switch (cursor.stage) {
    case 'issues':
      return readIssues(polling, cursor);
    case 'comments':
      return readComments(polling, cursor, 'comment');
    case 'review-comments':
      return readComments(polling, cursor, 'review-comment');
    case 'runs':
      return readRuns(polling, cursor);
    case 'releases':
      return readReleases(polling, cursor);
  }
}

// Each issue costs a time line of its own.
const ISSUES_PER_PAGE = 20;
const AT_ONCE = 4;

async function readIssues(polling: Polling, cursor: Cursor): Promise<StageResult> {
  const { repo, reader, call } = polling;
  const query = {
    ...ownerAndRepo(repo.full_name),
    ...listOf(cursor, ISSUES_PER_PAGE),
    state: 'all',
  };
  const { data } = await reader.get('/repos/{owner}/{repo}/issues', query, call);
  const issues = expectShape(Issues, data);
  const events: ProjectEvent[] = [];
  for (let at = 0; at < issues.length; at += AT_ONCE) {
    const some = issues.slice(at, at + AT_ONCE);
    const found = await Promise.all(some.map((issue) => issueEvents(polling, issue, cursor)));
    events.push(...found.flat());
  }
  const times = issues.map((issue) => issue.updated_at);
  const given = expectShape(Page, data).length;
  return { events, next: following(cursor, { times, given, size: ISSUES_PER_PAGE }) };
}

async function issueEvents(
  polling: Polling,
  issue: RestIssue,
  cursor: Cursor,
): Promise<ProjectEvent[]> {
  const { repo, reader, call } = polling;
  const bare = issueItem(repo, issue);
  const entries = await timelineSince(reader, bare, { since: floorOf(cursor), call });
  const ends = {
    closedAt: instantOf(issue.closed_at),
    mergedAt: instantOf(issue.pull_request?.merged_at),
  };
  const isWanted = (event: ProjectEvent): boolean => Date.parse(event.at) >= cursor.origin;
  const read = (item: Item): ProjectEvent[] => {
    const opened = itemOpened(item, issue);
    const events = [...(opened === null ? [] : [opened]), ...timelineEvents(item, entries, ends)];
    return events.filter(isWanted);
  };
  const events = read(bare);
  if (bare.kind === 'issue' || events.length === 0) return events;
  return read({ ...bare, branch: await branchOf(polling, bare) });
}

// The list does not name the branch, in which the ticket may be named.
async function branchOf({ repo, reader, call }: Polling, item: Item): Promise<string | null> {
  const path = '/repos/{owner}/{repo}/pulls/{pull_number}';
  const query = { ...ownerAndRepo(repo.full_name), pull_number: item.number };
  return expectShape(RestPull, (await reader.get(path, query, call)).data).head.ref;
}

const COMMENTS_PER_PAGE = 100;

async function readComments(
  polling: Polling,
  cursor: Cursor,
  noun: CommentNoun,
): Promise<StageResult> {
  const { repo, reader, call } = polling;
  const query = { ...ownerAndRepo(repo.full_name), ...listOf(cursor, COMMENTS_PER_PAGE) };
  const list = noun === 'comment' ? 'issues' : 'pulls';
  const { data } = await reader.get(`/repos/{owner}/{repo}/${list}/comments`, query, call);
  const comments = expectShape(Comments, data);
  const events = comments.flatMap((comment) => {
    const item = itemOf(repo, comment, noun);
    return item === null ? [] : commentEvents(item, comment, noun);
  });
  const times = comments.map((comment) => comment.updated_at);
  const given = expectShape(Page, data).length;
  return {
    events: events.filter((event) => Date.parse(event.at) >= cursor.origin),
    next: following(cursor, { times, given, size: COMMENTS_PER_PAGE }),
  };
}

// A comment names its issue by an address only, and that it is on a pull request by the page that shows it.
function itemOf(repo: Repo, comment: Comment, noun: CommentNoun): Item | null {
  const address = noun === 'comment' ? comment.issue_url : comment.pull_request_url;
  const number = Number(/\/(?:issues|pulls)\/(\d{1,9})$/.exec(address ?? '')?.[1] ?? 0);
  if (number === 0) return null;
  const isPull =
    noun === 'review-comment' || comment.html_url?.includes(`/pull/${number}#`) === true;
  const kind = isPull ? 'pull-request' : 'issue';
  return { repo, kind, number, title: null, branch: null };
}

function listOf(cursor: Cursor, size: number): Record<string, string | number> {
  return {
    since: iso(cursor.from).replace('.000Z', 'Z'),
    sort: 'updated',
    direction: 'asc',
    per_page: size,
    page: cursor.page,
  };
}

interface Read {
  readonly times: readonly unknown[];
  readonly given: number;
  readonly size: number;
}

// What changes while we read moves to the end of the list and pulls the rest a place forward: so the next page is asked
// for by the time of the last entry, and by number only while all entries of a page are of one moment.
function following(cursor: Cursor, { times, given, size }: Read): Cursor {
  const seen = newestOf(cursor.seen, times);
  if (given < size) return nextStage({ ...cursor, seen });
  const last = newestOf(cursor.from, times);
  return last > cursor.from
    ? { ...cursor, seen, from: last, page: 1 }
    : { ...cursor, seen, page: cursor.page + 1 };
}

/** Runs can be asked for by the time at which they were made only; a run or its repetition may end this much later. */
const RUN_MS = 24 * 3_600_000;
const RUNS_PER_PAGE = 100;
/** GitHub gives at most 1,000 of a filtered list. */
const MOST_RUNS = 1_000;

async function readRuns({ repo, reader, call }: Polling, cursor: Cursor): Promise<StageResult> {
  const query = {
    ...ownerAndRepo(repo.full_name),
    created: `>=${iso(cursor.from - RUN_MS).replace('.000Z', 'Z')}`,
    per_page: RUNS_PER_PAGE,
    page: cursor.page,
  };
  const { data } = await reader.get('/repos/{owner}/{repo}/actions/runs', query, call);
  const { workflow_runs: runs, total_count: total } = expectShape(Runs, data);
  const events = runs.flatMap((run) => {
    const event = runEvent(repo, run);
    return typeof event === 'string' || Date.parse(event.at) < cursor.from ? [] : [event];
  });
  const seen = newestOf(
    cursor.seen,
    events.map((event) => event.at),
  );
  const read = cursor.page * RUNS_PER_PAGE;
  const isLast = runs.length === 0 || read >= Math.min(total, MOST_RUNS);
  const next = isLast ? nextStage({ ...cursor, seen }) : { ...cursor, seen, page: cursor.page + 1 };
  return { events: events.toReversed(), next };
}

const RELEASES_PER_PAGE = 30;

async function readReleases({ repo, reader, call }: Polling, cursor: Cursor): Promise<StageResult> {
  const query = { ...ownerAndRepo(repo.full_name), per_page: RELEASES_PER_PAGE };
  const { data } = await reader.get('/repos/{owner}/{repo}/releases', query, call);
  const events = expectShape(Releases, data).flatMap((release) => {
    const event = releaseEvent(repo, release);
    return typeof event === 'string' || Date.parse(event.at) < cursor.from ? [] : [event];
  });
  const seen = newestOf(
    cursor.seen,
    events.map((event) => event.at),
  );
  return { events: events.toReversed(), next: nextStage({ ...cursor, seen }) };
}
