import { textToAdf } from './adf-document.ts';
import type { Board, ChangeItem, Issue, JiraState, Person, Project, Sprint } from './jira-state.ts';
import { nextId, statusNamed } from './jira-state.ts';

/** An issue as a test writes it down: what is left out is ordinary. */
export interface IssueSeed {
  readonly key: string;
  readonly summary: string;
  readonly description?: string;
  readonly type?: string;
  readonly status?: string;
  readonly priority?: string;
  readonly assignee?: string;
  readonly reporter?: string;
  readonly labels?: readonly string[];
  readonly duedate?: string;
  readonly storyPoints?: number;
  readonly sprint?: number;
  readonly flagged?: boolean;
  readonly created?: Date;
  readonly updated?: Date;
  readonly comments?: readonly {
    readonly author: string;
    readonly text: string;
    readonly created?: Date;
  }[];
  readonly changelog?: readonly {
    readonly author: string;
    readonly created: Date;
    readonly items: readonly ChangeItem[];
  }[];
}

/** What a site holds at the start; it is put there silently, without webhooks. */
export interface JiraSeed {
  readonly people?: readonly Person[];
  readonly projects?: readonly Project[];
  readonly boards?: readonly Board[];
  readonly sprints?: readonly Sprint[];
  readonly issues?: readonly IssueSeed[];
}

/** A small team: three people, project ECD, a scrum board with its sprints, a kanban board, three issues. */
export const SMALL_TEAM: JiraSeed = {
  people: [
    { accountId: '712020:mia-0001', displayName: 'Mia Sander', timeZone: 'Europe/Berlin' },
    { accountId: '712020:ines-0002', displayName: 'Ines Okoro', timeZone: 'Europe/London' },
    { accountId: '712020:tomas-0003', displayName: 'Tomas Lind', timeZone: 'Europe/Stockholm' },
  ],
  projects: [{ id: '10000', key: 'ECD', name: 'Checkout' }],
  boards: [
    { id: 1, name: 'ECD board', type: 'scrum', projectKey: 'ECD' },
    { id: 2, name: 'ECD support', type: 'kanban', projectKey: 'ECD' },
  ],
  sprints: [
    {
      id: 11,
      name: 'ECD Sprint 11',
      state: 'active',
      boardId: 1,
      goal: 'Pay without an account',
      startDate: '2026-11-16T08:00:00.000Z',
      endDate: '2026-11-27T16:00:00.000Z',
    },
    { id: 12, name: 'ECD Sprint 12', state: 'future', boardId: 1 },
  ],
  issues: [
    {
      key: 'ECD-1',
      summary: 'Guest checkout loses the basket',
      type: 'Bug',
      status: 'In Progress',
      priority: 'High',
      assignee: '712020:ines-0002',
      reporter: '712020:mia-0001',
      sprint: 11,
      storyPoints: 5,
    },
    {
      key: 'ECD-2',
      summary: 'Receipt by e-mail',
      type: 'Story',
      assignee: '712020:tomas-0003',
      reporter: '712020:mia-0001',
      sprint: 11,
      storyPoints: 3,
    },
    { key: 'ECD-3', summary: 'Tidy the payment log', reporter: '712020:mia-0001' },
  ],
};

/** Adds the seed to a site; an issue whose key is there already is replaced. */
export function applySeed(state: JiraState, seed: JiraSeed, now: Date): void {
  seed.people?.forEach((person) => state.people.set(person.accountId, person));
  seed.projects?.forEach((project) => state.projects.set(project.key, project));
  seed.boards?.forEach((board) => state.boards.set(board.id, board));
  seed.sprints?.forEach((sprint) => state.sprints.set(sprint.id, sprint));
  seed.issues?.forEach((issue) => state.issues.set(issue.key, seededIssue(state, issue, now)));
}

/** An issue made from its seed, not yet in the site. */
export function seededIssue(state: JiraState, seed: IssueSeed, now: Date): Issue {
  const created = seed.created ?? now;
  const status = statusNamed(seed.status ?? 'To Do');
  const reporter = seed.reporter ?? [...state.people.keys()][0];
  if (!status || reporter === undefined) throw new Error(`${seed.key}: no such status or reporter`);
  return {
    id: nextId(state),
    key: seed.key,
    projectKey: seed.key.split('-')[0] ?? '',
    issueType: seed.type ?? 'Task',
    created,
    creator: reporter,
    reporter,
    updated: seed.updated ?? created,
    statusChanged: created,
    summary: seed.summary,
    description: seed.description === undefined ? null : textToAdf(seed.description),
    status: status.id,
    priority: seed.priority ?? 'Medium',
    assignee: seed.assignee ?? null,
    labels: seed.labels ?? [],
    duedate: seed.duedate ?? null,
    storyPoints: seed.storyPoints ?? null,
    sprint: seed.sprint ?? null,
    flagged: seed.flagged ?? false,
    resolved: status.category === 'done' ? (seed.updated ?? created) : null,
    comments: (seed.comments ?? []).map((comment) => ({
      id: nextId(state),
      author: comment.author,
      updateAuthor: comment.author,
      body: textToAdf(comment.text),
      created: comment.created ?? created,
      updated: comment.created ?? created,
      properties: new Map<string, unknown>(),
    })),
    worklogs: [],
    changelog: (seed.changelog ?? []).map((change) => ({ id: nextId(state), ...change })),
  };
}
