import type { Call } from '../../domain/connector.ts';
import { expectShape } from '../rest-shape.ts';
import { isWatched } from './issue-id.ts';
import { IssueList } from './rest.ts';
import type { SentrySite } from './site.ts';
import type { IssueLine } from './views.ts';
import { issueLine } from './views.ts';

interface Search {
  readonly query: string;
  readonly project?: string | undefined;
  readonly sort: string;
  readonly limit: number;
}

/** Searches inside the watched projects, whatever the query says. Throws a `Failure`. */
export async function searchIssues(
  site: SentrySite,
  search: Search,
  call: Call,
): Promise<{ issues: IssueLine[]; complete: boolean }> {
  const { settings, reader } = site;
  const wanted = await projectsOf(site, search.project, call);
  const { query, sort, limit } = search;
  const page = await reader.page(
    `/organizations/${reader.organization}/issues/`,
    { query, sort, limit, project: wanted, statsPeriod: '90d' },
    call,
  );
  const { issues } = expectShape(IssueList, page.body);
  // A query can name projects too: what is not watched is left out again.
  const allowed = issues.filter(({ project }) => {
    return project !== null && isWatched(project.slug, settings.projects);
  });
  const lines = allowed.slice(0, limit).map((issue) => issueLine(settings, issue));
  return { issues: lines, complete: page.next === null };
}

const EVERY_PROJECT = '-1';

async function projectsOf(
  site: SentrySite,
  project: string | undefined,
  call: Call,
): Promise<string[]> {
  if (project !== undefined) return [(await site.project(project, call)).id];
  const { projects } = site.settings;
  if (projects.length === 0) return [EVERY_PROJECT];
  const ids = [];
  for (const slug of projects) ids.push((await site.project(slug, call)).id);
  return ids;
}
