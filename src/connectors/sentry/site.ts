import type { z } from 'zod';
import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape } from '../rest-shape.ts';
import type { SentryReader } from './client.ts';
import { IssueId, isWatched, requireWatched } from './issue-id.ts';
import type { ErrorEvent, WholeIssue } from './rest.ts';
import { ErrorEvent as EventShape, Projects, WholeIssue as IssueShape } from './rest.ts';
import type { SentrySettings } from './settings.ts';

const PAGES = 20;
const PAGE_SIZE = 100;

/** A watched project: lists are asked by number, people know the slug. */
interface Project {
  readonly id: string;
  readonly slug: string;
}

/** An issue that was read and lies in a watched project. */
export type WatchedIssue = WholeIssue & { readonly project: { readonly slug: string } };

/** What may be read of an organisation, bounded to the watched projects. All of it throws a `Failure`. */
export interface SentrySite {
  readonly settings: SentrySettings;
  readonly reader: SentryReader;
  /** The watched projects, read anew. */
  projects(call: Call): Promise<readonly Project[]>;
  /** One watched project, read once. */
  project(slug: string, call: Call): Promise<Project>;
  issue(id: string, call: Call): Promise<WatchedIssue>;
  /** The newest occurrence; `null` when Sentry keeps none any more. The issue must have been read before. */
  latestEvent(id: string, call: Call): Promise<ErrorEvent | null>;
  /** All pages of a list, at most 20. */
  everyPage<Item>(path: string, shape: z.ZodType<Item[]>, call: Call): Promise<Item[]>;
}

/** The organisation that a reader reaches. */
export function sentrySite(settings: SentrySettings, reader: SentryReader): SentrySite {
  const base = `/organizations/${reader.organization}`;
  let known = new Map<string, Project>();
  const everyPage: SentrySite['everyPage'] = async (path, shape, call) => {
    const items = [];
    let cursor: string | null = null;
    for (let page = 0; page < PAGES; page += 1) {
      const query = { per_page: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) };
      const answer = await reader.page(path, query, call);
      items.push(...expectShape(shape, answer.body));
      if (answer.next === null) return items;
      if (answer.next === cursor) throw new Failure('bad-answer', 'Sentry gave a page twice.');
      cursor = answer.next;
    }
    throw new Failure('too-large', `${path} has too many pages to read all of them.`);
  };
  const projects: SentrySite['projects'] = async (call) => {
    const all = await everyPage(`${base}/projects/`, Projects, call);
    const watched = all.filter(({ slug }) => isWatched(slug, settings.projects));
    known = new Map(watched.map((project) => [project.slug, project]));
    return watched;
  };
  return {
    settings,
    reader,
    everyPage,
    projects,
    project: async (slug, call) => {
      requireWatched(slug, settings.projects);
      if (!known.has(slug)) await projects(call);
      const project = known.get(slug);
      if (project !== undefined) return project;
      throw new Failure('not-found', `Sentry shows no project ${slug} to this token.`, {
        fix: 'Check the slug, and that the integration may read the project.',
      });
    },
    issue: (id, call) => readIssue(settings, reader, { id, call }),
    latestEvent: (id, call) => readLatest(reader, id, call),
  };
}

interface Ask {
  readonly id: string;
  readonly call: Call;
}

async function readIssue(
  settings: SentrySettings,
  reader: SentryReader,
  { id, call }: Ask,
): Promise<WatchedIssue> {
  const path = issuePath(reader, id);
  const issue = expectShape(IssueShape, await reader.get(path, {}, call));
  const { project } = issue;
  if (project === null) throw new Failure('bad-answer', 'The issue does not name its project.');
  requireWatched(project.slug, settings.projects);
  return { ...issue, project };
}

async function readLatest(
  reader: SentryReader,
  id: string,
  call: Call,
): Promise<ErrorEvent | null> {
  try {
    const answer = await reader.get(`${issuePath(reader, id)}events/latest/`, {}, call);
    return expectShape(EventShape, answer);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}

/** The path of an issue, with the slash at its end. Throws `denied` for what is not a number. */
export function issuePath(reader: SentryReader, id: string): string {
  if (!IssueId.safeParse(id).success) {
    throw new Failure('denied', 'That is not the number of an issue.');
  }
  return `/organizations/${reader.organization}/issues/${id}/`;
}
