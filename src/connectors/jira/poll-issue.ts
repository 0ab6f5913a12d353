import type { Call } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import type { JiraReader } from './client.ts';
import { commentEvent } from './comment-event.ts';
import type { Found } from './event-draft.ts';
import { issueCreated, issueUpdated } from './issue-event.ts';
import { isEdited } from './keys.ts';
import { linksIn } from './link-changes.ts';
import { linkEvent, worklogEvent } from './other-events.ts';
import type { Comment, Payload, Worklog } from './payload.ts';
import type { History, RestIssue } from './rest.ts';
import { ChangelogPage, CommentPage, RestIssue as Shape, WorklogPage } from './rest.ts';

const FIELDS = 'summary,description,status,creator,created,updated,project,issuelinks';
const PAGE_SIZE = 100;
/** A thread holds 5,000 comments at most, a history somewhat more. */
const PAGES = 100;

/** What happened to an issue since an instant of the site; nothing for one that is gone. Throws a `Failure`. */
export async function issueFacts(
  reader: JiraReader,
  about: { readonly id: string; readonly from: number },
  call: Call,
): Promise<readonly ProjectEvent[]> {
  try {
    return await factsOf(reader, about, call);
  } catch (error) {
    // Deleted, or hidden from us, since it was found.
    if (error instanceof Failure && error.kind === 'not-found') return [];
    throw error;
  }
}

interface About {
  readonly id: string;
  readonly from: number;
}

async function factsOf(
  reader: JiraReader,
  { id, from }: About,
  call: Call,
): Promise<readonly ProjectEvent[]> {
  const query = { fields: FIELDS, expand: 'changelog' };
  const answer = await reader.get(`/rest/api/3/issue/${id}`, query, call);
  const issue = expectShape(Shape, answer);
  const [histories, comments, worklogs] = await Promise.all([
    historiesOf(reader, { issue, from }, call),
    commentsOf(reader, id, call),
    worklogsOf(reader, id, call),
  ]);
  const found: Found[] = [
    ...(isSince(issue.fields.created, from) ? [issueCreated(payloadOf(issue))] : []),
    ...histories
      .filter(({ created }) => isSince(created, from))
      .flatMap((entry) => changeFacts(issue, entry)),
    ...comments.flatMap((comment) => commentFacts(payloadOf(issue, { comment }), from)),
    ...worklogs.flatMap((worklog) => worklogFacts(payloadOf(issue, { worklog }), from)),
  ];
  return found.filter((one): one is ProjectEvent => typeof one !== 'string');
}

function isSince(moment: unknown, from: number): boolean {
  const at = instantOf(moment);
  return at !== null && at >= from;
}

/** The body that a webhook would have brought, so that both give one event. */
function payloadOf(issue: RestIssue, parts: Partial<Payload> = {}): Payload {
  const { id, key, fields } = issue;
  const { summary, description, creator, created, updated } = fields;
  const status = fields.status === null ? null : { name: fields.status.name };
  return {
    webhookEvent: 'poll',
    issue_event_type_name: null,
    timestamp: null,
    user: null,
    issue: { id, key, fields: { summary, description, status, creator, created, updated } },
    comment: null,
    changelog: null,
    worklog: null,
    sprint: null,
    issueLink: null,
    ...parts,
  };
}

function changeFacts(issue: RestIssue, { id, author, created, items }: History): Found[] {
  const parts = { user: author, timestamp: created };
  const links = linksIn(issue, items).map((issueLink) => {
    return linkEvent(payloadOf(issue, { ...parts, issueLink }), 'created');
  });
  return [issueUpdated(payloadOf(issue, { ...parts, changelog: { id, items } })), ...links];
}

interface Versioned {
  readonly id: string;
  readonly created: Comment['created'];
  readonly updated: Comment['updated'];
}

function wordsOf(one: Versioned, from: number): readonly ('created' | 'updated')[] {
  const [created, updated] = [instantOf(one.created), instantOf(one.updated)];
  const edited = isEdited({ id: one.id, created, updated }) && isSince(one.updated, from);
  return [
    ...(isSince(one.created, from) ? ['created' as const] : []),
    ...(edited ? ['updated' as const] : []),
  ];
}

function commentFacts(payload: Payload, from: number): Found[] {
  const { comment } = payload;
  return comment === null ? [] : wordsOf(comment, from).map((word) => commentEvent(payload, word));
}

function worklogFacts(payload: Payload, from: number): Found[] {
  const { worklog } = payload;
  return worklog === null ? [] : wordsOf(worklog, from).map((word) => worklogEvent(payload, word));
}

/**
 * The history of an issue back to an instant. The issue, read with `expand=changelog`, brings the newest part; where that
 * does not reach back far enough, the rest is read from the end. Throws a `Failure`.
 */
export async function historiesOf(
  reader: JiraReader,
  { issue, from }: { readonly issue: RestIssue; readonly from: number },
  call: Call,
): Promise<readonly History[]> {
  const inline = issue.changelog?.histories ?? [];
  const total = issue.changelog?.total ?? inline.length;
  if (inline.length >= total || reachesBack(inline, from)) return inline;
  const found: History[] = [];
  for (let end = total, page = 0; end > 0 && page < PAGES; page += 1) {
    const startAt = Math.max(0, end - PAGE_SIZE);
    const query = { startAt, maxResults: end - startAt };
    const path = `/rest/api/3/issue/${issue.id}/changelog`;
    const { histories } = expectShape(ChangelogPage, await reader.get(path, query, call));
    found.push(...histories);
    if (reachesBack(histories, from)) break;
    end = startAt;
  }
  // What came since the total was told stands in the newest part.
  return [...found, ...inline.filter(({ id }) => !found.some((one) => one.id === id))];
}

function reachesBack(histories: readonly History[], from: number): boolean {
  const times = histories.map(({ created }) => instantOf(created) ?? Infinity);
  // Only a list that is sorted tells by its oldest entry that nothing is missing.
  const isSorted =
    times.every((at, index) => index === 0 || at <= (times[index - 1] ?? at)) ||
    times.every((at, index) => index === 0 || at >= (times[index - 1] ?? at));
  return isSorted && times.some((at) => at < from);
}

// An old comment may have been edited just now, so all of them are looked at.
function commentsOf(reader: JiraReader, id: string, call: Call): Promise<readonly Comment[]> {
  return readAll(async (startAt) => {
    const query = { orderBy: '-created', startAt, maxResults: PAGE_SIZE };
    const answer = await reader.get(`/rest/api/3/issue/${id}/comment`, query, call);
    const { comments, seen, total } = expectShape(CommentPage, answer);
    return { items: comments, seen, total };
  });
}

// `startedAfter` would go by the day the work was done on, which may be long before it was logged.
function worklogsOf(reader: JiraReader, id: string, call: Call): Promise<readonly Worklog[]> {
  return readAll(async (startAt) => {
    const query = { startAt, maxResults: PAGE_SIZE * 10 };
    const answer = await reader.get(`/rest/api/3/issue/${id}/worklog`, query, call);
    const { worklogs, seen, total } = expectShape(WorklogPage, answer);
    return { items: worklogs, seen, total };
  });
}

interface Part<Item> {
  readonly items: readonly Item[];
  readonly seen: number;
  readonly total: number | null;
}

async function readAll<Item>(ask: (startAt: number) => Promise<Part<Item>>): Promise<Item[]> {
  const all: Item[] = [];
  let startAt = 0;
  for (let page = 0; page < PAGES; page += 1) {
    const { items, seen, total } = await ask(startAt);
    all.push(...items);
    startAt += seen;
    if (seen === 0 || startAt >= (total ?? 0)) return all;
  }
  throw new Failure('too-large', 'An issue has more comments or worklogs than can be read.');
}
