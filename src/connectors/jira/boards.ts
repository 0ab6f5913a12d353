import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape } from '../rest-shape.ts';
import type { JiraReader } from './client.ts';
import { requireProject } from './issue-key.ts';
import type { RestBoard, RestSprint } from './rest.ts';
import { BoardPage, RestSprint as SprintShape, SprintPage } from './rest.ts';
import type { JiraSite } from './site.ts';

const AGILE = '/rest/agile/1.0';
const PAGE_SIZE = 50;
const PAGES = 40;

/** The boards of a project, of all projects for `null`; at most 2,000. Throws a `Failure`. */
export function boardsOf(
  reader: JiraReader,
  project: string | null,
  call: Call,
): Promise<readonly RestBoard[]> {
  const query = project === null ? {} : { projectKeyOrId: project };
  return allPages(async (startAt) => {
    const page = { ...query, startAt, maxResults: PAGE_SIZE };
    return expectShape(BoardPage, await reader.get(`${AGILE}/board`, page, call));
  });
}

/** The sprints of a board in some states (`active,future`); none for a board that has no sprints. Throws a `Failure`. */
export async function sprintsOfBoard(
  reader: JiraReader,
  at: { readonly board: number; readonly states: string },
  call: Call,
): Promise<readonly RestSprint[]> {
  try {
    return await allPages(async (startAt) => {
      const page = { state: at.states, startAt, maxResults: PAGE_SIZE };
      const path = `${AGILE}/board/${at.board}/sprint`;
      return expectShape(SprintPage, await reader.get(path, page, call));
    });
  } catch (error) {
    // A kanban board answers 400 (contracts/jira.md section 3.5).
    if (error instanceof Failure && error.kind === 'refused') return [];
    throw error;
  }
}

/** One sprint. Throws a `Failure`. */
export async function readSprint(
  reader: JiraReader,
  sprint: number,
  call: Call,
): Promise<RestSprint> {
  return expectShape(SprintShape, await reader.get(`${AGILE}/sprint/${sprint}`, {}, call));
}

/** Throws `denied` when the board shows none of the watched projects. */
export async function requireBoard(site: JiraSite, board: number, call: Call): Promise<void> {
  const { projects } = site.settings;
  if (projects.length === 0) return;
  for (const project of projects) {
    const boards = await boardsOf(site.reader, project, call);
    if (boards.some(({ id }) => id === board)) return;
  }
  throw new Failure('denied', `Board ${board} shows no watched project.`);
}

/** The boards of a watched project. Throws a `Failure`, `denied` for any other project. */
export function watchedBoards(
  site: JiraSite,
  project: string,
  call: Call,
): Promise<readonly RestBoard[]> {
  requireProject(project, site.settings.projects);
  return boardsOf(site.reader, project, call);
}

interface Page<Item> {
  readonly values: readonly Item[];
  readonly seen: number;
  readonly isLast: boolean | null;
}

async function allPages<Item>(ask: (startAt: number) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let startAt = 0;
  for (let page = 0; page < PAGES; page += 1) {
    const { values, seen, isLast } = await ask(startAt);
    items.push(...values);
    startAt += seen;
    if (isLast === true || seen === 0 || (isLast === null && seen < PAGE_SIZE)) return items;
  }
  throw new Failure('too-large', 'Jira gave more boards or sprints than can be read.');
}
