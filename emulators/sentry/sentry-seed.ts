import type { Person, Project, SentryState, Team } from './sentry-state.ts';

/** The organisation, its people and its two projects; there are no errors yet. */
const PEOPLE: readonly Person[] = [
  { id: '101', name: 'Mia Berg', email: 'mia@acme.example', username: 'mia@acme.example' },
  { id: '102', name: 'Ines Okafor', email: 'ines@acme.example', username: 'ines@acme.example' },
  { id: '103', name: 'Jonas Lind', email: 'jonas@acme.example', username: 'jonas@acme.example' },
  { id: '104', name: 'Tom Weber', email: 'tom@acme.example', username: 'tom@acme.example' },
];

const TEAMS: readonly Team[] = [{ id: '301', slug: 'checkout', name: 'Checkout' }];

const PROJECTS: readonly Project[] = [
  { id: '501', slug: 'payments', name: 'Payments', platform: 'node' },
  { id: '502', slug: 'web', name: 'Web', platform: 'javascript' },
];

/** The user behind the token of the agent: integrations act as a user of their own. */
export const AGENT: Person = {
  id: '900',
  name: 'pm-agent',
  email: 'pm-agent-4f1c2a@proxy-user.sentry.io',
  username: 'pm-agent-4f1c2a-0d9be6a2',
};

/** The integration itself, as webhooks and installations name it. */
export const INTEGRATION = {
  slug: 'pm-agent-4f1c2a',
  uuid: 'a7f0c2d4-1b6e-4c58-9d03-52e8f1b7c6a9',
  installation: '3c5e9b18-7d24-4f6a-8b10-96d2e4a7f385',
};

/** A fresh organisation `acme`. */
export function seededState(organization: string, now: Date): SentryState {
  return {
    organization,
    people: new Map([...PEOPLE, AGENT].map((person) => [person.id, person])),
    teams: new Map(TEAMS.map((team) => [team.id, team])),
    projects: new Map(PROJECTS.map((project) => [project.slug, project])),
    issues: new Map(),
    releases: [
      {
        version: 'payments@2.4.0',
        project: 'payments',
        created: new Date(now.getTime() - 86_400_000),
        commits: [
          {
            id: '9f2c7e51d0b84a36c1e7f4a2b95d80e6c3a1f472',
            message: 'ECD-1: round amounts before the transfer',
            author: '103',
            created: new Date(now.getTime() - 90_000_000),
          },
        ],
      },
    ],
    nextId: 7_000,
  };
}
