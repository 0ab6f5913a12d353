import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { isWatched, projectOf } from './issue-key.ts';
import type { IssueLine } from './issue-view.ts';
import { issueLine } from './issue-view.ts';
import { boundedJql } from './jql.ts';
import { expectShape } from '../rest-shape.ts';
import { SearchPage } from './rest.ts';
import { browseUrl } from './settings.ts';
import type { JiraSite } from './site.ts';

const PAGES = 10;
const FIELDS = ['summary', 'status', 'assignee', 'priority', 'duedate', 'updated'];

export interface SearchAnswer {
  readonly issues: IssueLine[];
  /** False when more would have matched than were read. */
  readonly complete: boolean;
}

/** Searches inside the watched projects, whatever the query says. Throws a `Failure`. */
export async function searchIssues(
  site: JiraSite,
  query: { readonly jql: string; readonly limit: number },
  call: Call,
): Promise<SearchAnswer> {
  const { projects } = site.settings;
  const jql = boundedJql(query.jql, projects);
  const issues: IssueLine[] = [];
  const tokens = new Set<string>();
  for (let page = 0; page < PAGES; page += 1) {
    const token = [...tokens].at(-1);
    const room = query.limit - issues.length;
    const body = {
      jql,
      fields: FIELDS,
      maxResults: room,
      ...(token ? { nextPageToken: token } : {}),
    };
    const answer = expectShape(
      SearchPage,
      await site.reader.postRead('/rest/api/3/search/jql', body, call),
    );
    const allowed = answer.issues.filter((issue) => isWatched(projectOf(issue.key), projects));
    issues.push(...allowed.map((issue) => issueLine(issue, browseUrl(site.settings, issue.key))));
    const next = answer.nextPageToken;
    if (next === null || next === '')
      return { issues: issues.slice(0, query.limit), complete: issues.length <= query.limit };
    if (tokens.has(next))
      throw new Failure('bad-answer', 'Jira gave the same page of a search twice.');
    if (issues.length >= query.limit) break;
    tokens.add(next);
  }
  return { issues: issues.slice(0, query.limit), complete: false };
}
