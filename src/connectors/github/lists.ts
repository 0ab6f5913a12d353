import type { Call } from '../../domain/connector.ts';
import { expectShape } from '../rest-shape.ts';
import { ownerAndRepo, paramOf } from './client.ts';
import type { Comment } from './payload.ts';
import { Comments, Page, RestReview } from './rest.ts';
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

const PAGE_SIZE = 100;

interface Listed {
  readonly place: Place;
  readonly list: string;
  readonly name: string;
}

// The last page may hold a single row, so the one before it is read as well.
async function lastPages(
  site: GithubSite,
  { place, list, name }: Listed,
  { call }: { readonly call: Call },
): Promise<unknown[]> {
  requireRepo(place.repo, site.settings.repos);
  const names = { ...ownerAndRepo(place.repo), [name]: place.number, per_page: PAGE_SIZE };
  const read = (page: number): ReturnType<GithubSite['reader']['get']> =>
    site.reader.get(`/repos/{owner}/{repo}${list}`, { ...names, page }, call);
  const first = await read(1);
  const last = Number((first.last === null ? null : paramOf(first.last, 'page')) ?? 1);
  const rows = expectShape(Page, first.data);
  if (last === 1) return rows;
  const before = last === 2 ? rows : expectShape(Page, (await read(last - 1)).data);
  return [...before, ...expectShape(Page, (await read(last)).data)];
}
