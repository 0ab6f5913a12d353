import { describe, expect, test } from 'vitest';
import { joinAccount, peopleOf, Team } from './person.ts';
import type { Account, Stranger } from './person.ts';

const stranger = (system: string, account: string, more: Partial<Stranger> = {}): Stranger => ({
  system,
  account,
  name: 'Mia Berg',
  email: null,
  zone: null,
  kind: 'person',
  ...more,
});
const { people: team } = Team.parse({
  people: [
    { name: 'Mia Berg', email: 'mia@acme.example', accounts: { slack: 'U1', sentry: 5 } },
    { name: 'Tom Weber', zone: 'Europe/Vienna', accounts: { github: 'tom-w' } },
  ],
});

/** Joins one after the other, as they become known. */
function joined(...strangers: Stranger[]): Account[] {
  const known: Account[] = [];
  for (const one of strangers) known.push(joinAccount(one, team, known));
  return known;
}

describe('an account finds its person', () => {
  test('by the account that the settings name, also where it is a number', () => {
    const [slack, sentry] = joined(stranger('slack', 'U1'), stranger('sentry', '5'));

    expect(slack).toMatchObject({ person: 'member:mia@acme.example', joinedBy: 'configured' });
    expect(sentry?.person).toBe(slack?.person);
  });

  test('by an e-mail address of the settings, in any case', () => {
    const [jira] = joined(stranger('jira', 'a-1', { email: 'MIA@acme.example' }));

    expect(jira).toMatchObject({ person: 'member:mia@acme.example', joinedBy: 'configured' });
  });

  test('by an e-mail address that two systems show', () => {
    const [jira, slack] = joined(
      stranger('jira', 'a-9', { email: 'ines@acme.example' }),
      stranger('slack', 'U9', { email: 'Ines@acme.example' }),
    );

    expect(slack).toMatchObject({ person: jira?.person, joinedBy: 'email' });
  });

  test('by an id that Jira and Bitbucket share, and no others', () => {
    const [jira, bitbucket, github] = joined(
      stranger('jira', '712020:x'),
      stranger('bitbucket', '712020:x'),
      stranger('github', '712020:x'),
    );

    expect(bitbucket).toMatchObject({ person: jira?.person, joinedBy: 'same-id' });
    expect(github).toMatchObject({ person: 'github:712020:x', joinedBy: 'alone' });
  });

  test('never by name', () => {
    const [one, other] = joined(stranger('jira', 'a-1'), stranger('slack', 'U7'));

    expect(other?.person).not.toBe(one?.person);
  });

  test('an account of the settings is not taken over by an e-mail address', () => {
    const [other] = joined(stranger('slack', 'U2', { email: 'mia@acme.example' }));

    expect(other).toMatchObject({ person: 'slack:U2', joinedBy: 'alone' });
  });
});

test('the zone is that of the settings, else of Slack, else of Jira', () => {
  const accounts = joined(
    stranger('jira', 'a-9', { email: 'ines@acme.example', zone: 'Europe/Paris', name: 'Ines' }),
    stranger('slack', 'U9', { email: 'ines@acme.example', zone: 'Europe/Berlin', name: 'Ines' }),
    stranger('jira', 'a-8', { zone: 'Asia/Tokyo', name: 'Jonas' }),
    stranger('github', 'tom-w', { zone: null }),
  );

  const people = peopleOf(accounts, team).map(({ name, zone }) => [name, zone]);

  expect(people).toEqual([
    ['Ines', 'Europe/Berlin'],
    ['Jonas', 'Asia/Tokyo'],
    ['Tom Weber', 'Europe/Vienna'],
  ]);
});

test('a zone that does not exist is refused', () => {
  expect(Team.safeParse({ people: [{ name: 'A', zone: 'Mars/One' }] }).success).toBe(false);
});
