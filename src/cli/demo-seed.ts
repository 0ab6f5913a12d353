import type { IssueSeed, JiraSeed } from '../../emulators/jira/jira-seed.ts';

/** The people of the demo. They are invented. */
export const MIA = '712020:mia-0001';
export const INES = '712020:ines-0002';
export const TOMAS = '712020:tomas-0003';

const DAY_MS = 86_400_000;
const SPRINT = 11;

const dateAfter = (day: number, days: number) =>
  new Date(day + days * DAY_MS).toISOString().slice(0, 10);

function issuesOf(day: number): IssueSeed[] {
  const created = new Date(day - 3 * DAY_MS);
  const common = { reporter: MIA, sprint: SPRINT, created };
  return [
    {
      ...common,
      key: 'ECD-1',
      summary: 'Guest checkout loses the basket',
      type: 'Bug',
      status: 'In Progress',
      priority: 'High',
      assignee: INES,
      duedate: dateAfter(day, 2),
      storyPoints: 5,
      comments: [
        { author: INES, text: 'Found it: the basket is dropped when the session is renewed.' },
      ],
    },
    { ...common, key: 'ECD-2', summary: 'Receipt by e-mail', type: 'Story', assignee: TOMAS },
    {
      ...common,
      key: 'ECD-3',
      summary: 'Pay by invoice',
      type: 'Story',
      status: 'In Progress',
      assignee: TOMAS,
      duedate: dateAfter(day, 4),
    },
    {
      ...common,
      key: 'ECD-4',
      summary: 'Vouchers time out under load',
      type: 'Bug',
      status: 'In Progress',
      priority: 'High',
      assignee: TOMAS,
    },
    { ...common, key: 'ECD-5', summary: 'A refund takes too many clicks', assignee: INES },
    {
      ...common,
      key: 'ECD-6',
      summary: 'Show taxes per country',
      status: 'In Review',
      assignee: INES,
    },
    { ...common, key: 'ECD-7', summary: 'Search forgets the filter', type: 'Bug' },
    { ...common, key: 'ECD-8', summary: 'Tidy the payment log', status: 'Done', assignee: INES },
    { key: 'PRIV-1', summary: 'Salary round', reporter: MIA, created },
  ];
}

/** A small sprint around `day` (midnight, epoch milliseconds), and one project that is none of the agent's business. */
export function demoSeed(day: number): JiraSeed {
  return {
    people: [
      { accountId: MIA, displayName: 'Mia Sander', timeZone: 'Europe/Berlin' },
      { accountId: INES, displayName: 'Ines Okoro', timeZone: 'Europe/London' },
      { accountId: TOMAS, displayName: 'Tomas Lind', timeZone: 'Europe/Stockholm' },
    ],
    projects: [
      { id: '10000', key: 'ECD', name: 'Checkout' },
      { id: '10001', key: 'PRIV', name: 'Private' },
    ],
    boards: [{ id: 1, name: 'ECD board', type: 'scrum', projectKey: 'ECD' }],
    sprints: [
      {
        id: SPRINT,
        name: 'ECD Sprint 11',
        state: 'active',
        boardId: 1,
        goal: 'Pay without an account',
        startDate: new Date(day - 3 * DAY_MS).toISOString(),
        endDate: new Date(day + 7 * DAY_MS).toISOString(),
      },
    ],
    issues: issuesOf(day),
  };
}
