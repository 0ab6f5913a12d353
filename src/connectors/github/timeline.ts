import type { ProjectEvent } from '../../domain/event.ts';
import type { Call } from '../../domain/connector.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import type { GithubAnswer, GithubReader } from './client.ts';
import { ownerAndRepo, paramOf } from './client.ts';
import type { Item } from './event-draft.ts';
import type { ItemWord } from './item-event.ts';
import { itemChanged, itemMerged } from './item-event.ts';
import { Review } from './payload.ts';
import { actorOf } from './person.ts';
import { Entry, Page } from './rest.ts';
import { reviewDismissed, reviewEvent } from './thread-event.ts';

const PAGE_SIZE = 100;

/** The entries of an item's time line since an instant, oldest first, as they came. Throws a `Failure`. */
export async function timelineSince(
  reader: GithubReader,
  item: Item,
  ask: { readonly since: number; readonly call: Call },
): Promise<readonly unknown[]> {
  const page = (number: number): Promise<GithubAnswer> =>
    reader.get(
      '/repos/{owner}/{repo}/issues/{issue_number}/timeline',
      {
        ...ownerAndRepo(item.repo.full_name),
        issue_number: item.number,
        per_page: PAGE_SIZE,
        page: number,
      },
      ask.call,
    );
  const first = await page(1);
  const entries = [...expectShape(Page, first.data)];
  const last = Number((first.last === null ? null : paramOf(first.last, 'page')) ?? 1);
  if (last === 1) return [...entries, ...(await onwards(page, entries.length))];
  // The list is oldest first and knows no `since`: what is new is looked for from its end.
  const newest: unknown[] = [];
  for (let number = last; number > 1; number -= 1) {
    const got = expectShape(Page, (await page(number)).data);
    newest.unshift(...got);
    if (isBefore(got[0], ask.since)) break;
  }
  return [...entries, ...newest];
}

// A page that was remembered does not tell that another one has begun since.
async function onwards(
  page: (number: number) => Promise<GithubAnswer>,
  given: number,
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  let size = given;
  for (let number = 2; size === PAGE_SIZE; number += 1) {
    const got = expectShape(Page, (await page(number)).data);
    rows.push(...got);
    size = got.length;
  }
  return rows;
}

function isBefore(entry: unknown, instant: number): boolean {
  const parsed = Entry.safeParse(entry);
  const at = parsed.success ? instantOf(parsed.data.created_at ?? parsed.data.submitted_at) : null;
  return at !== null && at < instant;
}

/** What the object itself says of its end, which is what webhooks go by. */
export interface Ends {
  readonly closedAt: number | null;
  readonly mergedAt: number | null;
}

const WORDS = new Map<string, ItemWord>([
  ['reopened', 'reopened'],
  ['ready_for_review', 'ready'],
  ['convert_to_draft', 'drafted'],
  ['labeled', 'labeled'],
  ['unlabeled', 'unlabeled'],
  ['assigned', 'assigned'],
  ['unassigned', 'unassigned'],
  ['review_requested', 'review-requested'],
  ['review_request_removed', 'review-request-removed'],
]);

/** The events that the entries of a time line stand for; entries without a meaning for us give none. */
export function timelineEvents(
  item: Item,
  entries: readonly unknown[],
  ends: Ends,
): ProjectEvent[] {
  return entries.flatMap((raw) => {
    const entry = Entry.safeParse(raw);
    return entry.success ? eventsOf(item, { raw, entry: entry.data }, ends) : [];
  });
}

interface Seen {
  readonly raw: unknown;
  readonly entry: Entry;
}

function eventsOf(item: Item, { raw, entry }: Seen, ends: Ends): ProjectEvent[] {
  if (entry.event === 'reviewed') return reviewOf(item, raw);
  const at = instantOf(entry.created_at);
  if (at === null) return [];
  const actor = actorOf(entry.actor);
  if (entry.event === 'merged') return [itemMerged(item, { actor, at: ends.mergedAt ?? at })];
  if (entry.event === 'closed') return closedOf(item, { entry, at }, ends);
  if (entry.event === 'review_dismissed' && entry.dismissed_review !== null) {
    return [reviewDismissed(item, entry.dismissed_review.review_id, { actor, at })];
  }
  const word = WORDS.get(entry.event);
  if (word === undefined) return [];
  const detail = detailOf(entry, word);
  return [itemChanged(item, { word, actor, at, ...(detail === null ? {} : { detail }) })];
}

function reviewOf(item: Item, raw: unknown): ProjectEvent[] {
  const review = Review.safeParse(raw);
  const event = review.success ? reviewEvent(item, review.data) : 'no review';
  return typeof event === 'string' ? [] : [event];
}

const SAME_MS = 2_000;

// A merge also makes an entry `closed`, which the webhook tells as the merge it was.
function closedOf(item: Item, seen: { entry: Entry; at: number }, ends: Ends): ProjectEvent[] {
  const { entry, at } = seen;
  if (ends.mergedAt !== null && Math.abs(at - ends.mergedAt) <= SAME_MS) return [];
  const last = ends.closedAt;
  const moment = last !== null && Math.abs(at - last) <= SAME_MS ? last : at;
  const actor = actorOf(entry.actor);
  const word = item.kind === 'issue' ? 'closed' : 'declined';
  return [itemChanged(item, { word, actor, at: moment })];
}

function detailOf(entry: Entry, word: ItemWord): { id: string; name: string } | null {
  if (word === 'labeled' || word === 'unlabeled') {
    return entry.label === null ? null : { id: entry.label.name, name: entry.label.name };
  }
  const team = entry.requested_team;
  if (team !== null) return { id: `team-${team.id}`, name: team.name ?? team.id };
  const user = entry.requested_reviewer ?? entry.assignee;
  return user === null ? null : { id: user.id, name: user.login };
}
