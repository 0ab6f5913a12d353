import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinAccount, KnownAccounts, peopleOf, Team } from './person.ts';
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
  const known = new KnownAccounts();
  for (const one of strangers) known.keep(joinAccount(one, team, known));
  return [...known.values()];
}

/** The same by looking through all that is known, one after the other. */
function joinedByLooking(strangers: readonly Stranger[]): Account[] {
  const known = new Map<string, Account>();
  const among = (fits: (one: Account) => boolean): Account[] => [...known.values()].filter(fits);
  for (const one of strangers) {
    const account = joinAccount(one, team, {
      withMail: (mail) => among(({ email }) => email?.toLowerCase() === mail.toLowerCase()),
      withId: (id) => among((other) => other.account === id),
    });
    known.set(`${one.system}:${one.account}`, account);
  }
  return [...known.values()];
}

const anybody = fc.record({
  system: fc.constantFrom('jira', 'bitbucket', 'slack', 'github', 'sentry'),
  account: fc.constantFrom('a-1', 'a-2', 'U1', '5', 'tom-w'),
  email: fc.constantFrom(null, 'ines@acme.example', 'INES@acme.example', 'mia@acme.example'),
});

test('accounts in any order, told again and told differently, are joined as by looking at all of them', () => {
  fc.assert(
    fc.property(fc.array(anybody, { maxLength: 25 }), (all) => {
      const strangers = all.map(({ system, account, email }) =>
        stranger(system, account, { email }),
      );
      expect(joined(...strangers)).toEqual(joinedByLooking(strangers));
    }),
    { numRuns: 500 },
  );
});

test('an account is compared with those that it may be joined with, not with all', () => {
  const known = new KnownAccounts();
  let compared = 0;
  function* counted(accounts: Iterable<Account>): Generator<Account> {
    for (const one of accounts) {
      compared += 1;
      yield one;
    }
  }
  for (let n = 0; n < 5_000; n += 1) {
    const system = ['jira', 'slack', 'github'][n % 3] ?? 'jira';
    const email = `p${Math.floor(n / 3)}@acme.example`;
    const account = joinAccount(stranger(system, `a-${n}`, { email }), team, {
      withMail: (mail) => counted(known.withMail(mail)),
      withId: (id) => counted(known.withId(id)),
    });
    known.keep(account);
  }

  expect(new Set([...known.values()].map(({ person }) => person)).size).toBe(1_667);
  expect(compared).toBeLessThanOrEqual(5_000);
});

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
