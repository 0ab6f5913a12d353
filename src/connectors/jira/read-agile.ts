import { z } from 'zod';
import type { Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { cleanText, titleOf } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import { requireBoard, sprintsOfBoard, watchedBoards } from './boards.ts';
import { isWatched, ProjectKey, projectOf } from './issue-key.ts';
import { IssueLine, issueLine } from './issue-view.ts';
import { projectClause } from './jql.ts';
import { SprintIssues } from './rest.ts';
import type { JiraSite } from './site.ts';
import { browseUrl } from './settings.ts';

const FIELDS = 'summary,status,assignee,priority,duedate,updated';
const STATES = ['active', 'future', 'closed'] as const;

const BoardView = z.object({ id: z.int(), name: z.string(), type: z.string().nullable() });
const Moment = z.string().nullable();
const SprintView = z.object({
  id: z.int(),
  name: z.string(),
  state: z.string(),
  goal: z.string().nullable(),
  startDate: Moment,
  endDate: Moment,
  completeDate: Moment,
});

/** `jira.list-boards`. */
export function listBoards(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.list-boards',
    summary: 'List the boards of a watched project.',
    effect: 'read',
    input: z.object({ project: ProjectKey }),
    output: z.object({ boards: z.array(BoardView) }),
    preview: ({ project }) => `Read the boards of ${project}`,
    run: async ({ project }, call) => {
      const boards = await watchedBoards(site, project, call);
      return { boards: boards.map((board) => ({ ...board, name: titleOf(board.name) })) };
    },
  });
}

/** `jira.list-sprints`. */
export function listSprints(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.list-sprints',
    summary: 'List the sprints of a board; a board without sprints has none.',
    effect: 'read',
    input: z.object({
      board: z.int().positive(),
      states: z.array(z.enum(STATES)).min(1).default(['active', 'future']),
    }),
    output: z.object({ sprints: z.array(SprintView) }),
    preview: ({ board }) => `Read the sprints of board ${board}`,
    run: async ({ board, states }, call) => {
      await requireBoard(site, board, call);
      const at = { board, states: states.join(',') };
      const sprints = await sprintsOfBoard(site.reader, at, call);
      return {
        sprints: sprints.map((sprint) => ({
          ...sprint,
          name: titleOf(sprint.name),
          goal: sprint.goal === null ? null : cleanText(sprint.goal, 1_000),
        })),
      };
    },
  });
}

/** `jira.list-sprint-issues`. */
export function listSprintIssues(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.list-sprint-issues',
    summary: 'List the issues of a sprint, as far as they belong to watched projects.',
    effect: 'read',
    input: z.object({
      sprint: z.int().positive(),
      limit: z.int().min(1).max(100).default(50),
    }),
    output: z.object({ issues: z.array(IssueLine), complete: z.boolean() }),
    preview: ({ sprint }) => `Read the issues of sprint ${sprint}`,
    run: async ({ sprint, limit }, call) => {
      const { projects } = site.settings;
      const query = { jql: projectClause(projects), fields: FIELDS, startAt: 0, maxResults: limit };
      const path = `/rest/agile/1.0/sprint/${sprint}/issue`;
      const { issues, total } = expectShape(SprintIssues, await site.reader.get(path, query, call));
      const watched = issues.filter(({ key }) => isWatched(projectOf(key), projects));
      return {
        issues: watched.map((issue) => issueLine(issue, browseUrl(site.settings, issue.key))),
        complete: total !== null && total <= limit,
      };
    },
  });
}
