import type { Call } from '../../domain/connector.ts';
import { expectShape } from '../rest-shape.ts';
import { ownerAndRepo, paramOf } from './client.ts';
import type { Comment } from './payload.ts';
import { Comments, Entry, Page, RestReview } from './rest.ts';
import type { GithubSite } from './site.ts';
import { requireRepo } from './settings.ts';

/** Where something is read. */
export interface Place {
  readonly repo: string;
  readonly number: number;
}

/** The newest comments of an issue or pull request, oldest first. GitHub lists the oldest first: the end is asked for. */
export async function latestComments(
  site: GithubSite,
  place: Place,
  ask: { readonly limit: number; readonly call: Call },
): Promise<Comment[]> {
  const list = '/issues/{issue_number}/comments';
  const rows = await lastPages(site, { place, list, name: 'issue_number' }, ask);
  return expectShape(Comments, rows).slice(-ask.limit);
}

/** The newest reviews of a pull request, oldest first. */
export async function latestReviews(
  site: GithubSite,
  place: Place,
  ask: { readonly limit: number; readonly call: Call },
): Promise<ReturnType<typeof RestReview.parse>[]> {
  const list = '/pulls/{pull_number}/reviews';
  const rows = await lastPages(site, { place, list, name: 'pull_number' }, ask);
  return rows
    .flatMap((row) => {
      const review = RestReview.safeParse(row);
      return review.success ? [review.data] : [];
    })
    .slice(-ask.limit);
}

/** The newest comments on lines of a pull request, oldest first. */
export async function latestLineComments(
  site: GithubSite,
  place: Place,
  call: Call,
): Promise<Comment[]> {
  const list = '/pulls/{pull_number}/comments';
  return expectShape(
    Comments,
    await lastPages(site, { place, list, name: 'pull_number' }, { call }),
  );
}

/** The first entries and the newest of a time line, oldest first: at most a thousand. */
export async function timelineOf(site: GithubSite, place: Place, call: Call): Promise<Entry[]> {
  const list = '/issues/{issue_number}/timeline';
  const listed = { place, list, name: 'issue_number' };
  const rows = await lastPages(site, listed, { call, pages: TIMELINE_PAGES });
  return rows.flatMap((row) => {
    const entry = Entry.safeParse(row);
    return entry.success ? [entry.data] : [];
  });
}

const PAGE_SIZE = 100;
const TIMELINE_PAGES = 10;

interface Listed {
  readonly place: Place;
  readonly list: string;
  readonly name: string;
}

interface Ask {
  readonly call: Call;
  /** How many pages are read besides the first one: the last ones. */
  readonly pages?: number;
}

// The last page may hold a single row, so the one before it is read as well.
async function lastPages(
  site: GithubSite,
  { place, list, name }: Listed,
  { call, pages = 2 }: Ask,
): Promise<unknown[]> {
  requireRepo(place.repo, site.settings.repos);
  const names = { ...ownerAndRepo(place.repo), [name]: place.number, per_page: PAGE_SIZE };
  const read = (page: number): ReturnType<GithubSite['reader']['get']> =>
    site.reader.get(`/repos/{owner}/{repo}${list}`, { ...names, page }, call);
  const first = await read(1);
  const last = Number((first.last === null ? null : paramOf(first.last, 'page')) ?? 1);
  const rows = expectShape(Page, first.data);
  const begin = Math.max(2, last - pages + 1);
  const found = [...rows];
  for (let page = begin; page <= last; page += 1) {
    found.push(...expectShape(Page, (await read(page)).data));
  }
  return found;
}
