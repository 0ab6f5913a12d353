import { z } from 'zod';
import type { Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import { RepoName } from './payload.ts';
import { SearchPage } from './rest.ts';
import { isWatched } from './settings.ts';
import type { GithubSite } from './site.ts';
import { issueLine, ItemLine } from './views.ts';

// With one of these a search could reach beyond the configured repositories.
const REACHING = /\b(?:repo|org|user|owner)\s*:|\bOR\b|\bNOT\b|[()]/i;

/** GitHub takes at most so many characters of a search, the names of repositories included. */
const LONGEST = 1_000;

/** `github.search-issues`: bounded by a `repo:` for every configured repository. */
export function searchIssues(site: GithubSite): Operation {
  return defineRead({
    name: 'github.search-issues',
    summary:
      'Search issues and pull requests of the configured repositories by words and qualifiers such as is:open label:bug. No repo:, OR, NOT or brackets. The index lags by minutes.',
    effect: 'read',
    input: z.object({
      query: z
        .string()
        .max(250)
        .refine((query) => !REACHING.test(query), 'no repo:, org:, user:, OR, NOT or brackets'),
      limit: z.int().min(1).max(100).default(50),
    }),
    output: z.object({ issues: z.array(ItemLine), complete: z.boolean() }),
    preview: ({ query }) => `Search GitHub for ${cleanText(query, 150).replace(/\s+/g, ' ')}`,
    run: async ({ query, limit }, call) => {
      const { repos } = site.settings;
      if (repos.length === 0) throw new Failure('denied', 'No repository is configured.');
      const bounds = repos.map((repo) => `repo:${RepoName.parse(repo)}`).join(' ');
      const q = `${query.trim()} ${bounds}`.trim();
      if (q.length > LONGEST) throw new Failure('invalid-input', 'The search is too long.');
      const params = { q, per_page: limit, sort: 'updated', order: 'desc' };
      const { data } = await site.reader.get('/search/issues', params, call);
      const page = expectShape(SearchPage, data);
      const issues = page.items.flatMap((issue) => {
        const repo = /\/repos\/([^/]+\/[^/]+)$/.exec(issue.repository_url ?? '')?.[1] ?? '';
        // What lies outside is dropped, whatever the search made of the bounds.
        return isWatched(repo, repos) ? [issueLine(repo, issue)] : [];
      });
      return { issues, complete: !page.incomplete_results && page.total_count <= limit };
    },
  });
}
