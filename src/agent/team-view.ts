import type { Constitution, TeamMember } from '../domain/constitution.ts';
import type { AccountRef } from '../domain/situation.ts';
import type { WorkingTime } from '../domain/working-time.ts';
import { workingTime } from '../lib/business-time.ts';

/** Where the rules learn who is who. */
export interface TeamParts {
  /** The directives in force now. */
  readonly constitution: () => Constitution;
  /** The person of an account, as the directory of people joined it. */
  readonly personOf: (system: string, account: string) => string | null;
  /** An account of a person that the directives do not name, where the directory knows it. */
  readonly accountOf: (person: string, system: string) => string | null;
  /** Whether an account is the agent's own: what it does is no progress. */
  readonly ours: (account: AccountRef) => boolean;
}

/** The team as one look sees it: the same directives from beginning to end. */
export interface TeamView {
  readonly constitution: Constitution;
  /** The calendar of the team. */
  readonly time: WorkingTime;
  /** The calendar of a person; that of the team for whoever has none. */
  readonly timeOf: (person: string | null) => WorkingTime;
  /** The member behind an account; `null` for whoever the directives do not name. Never a bot. */
  readonly memberAt: (account: AccountRef | null) => TeamMember | null;
  readonly member: (person: string) => TeamMember | null;
  /** What a person is called. */
  readonly nameOf: (person: string) => string;
  readonly slackOf: (person: string) => string | null;
  /** Who is told when reminding the owner did not help; `null` when the directives name nobody. */
  readonly techLead: TeamMember | null;
  readonly ours: (account: AccountRef) => boolean;
}

/** Takes the directives of this moment for one look. */
export function teamView(parts: TeamParts): TeamView {
  const constitution = parts.constitution();
  const { members } = constitution;
  const time = workingTime(constitution.calendar);
  const member = (person: string) => members.find(({ id }) => id === person) ?? null;
  return {
    constitution,
    time,
    timeOf: (person) => {
      const found = person === null ? null : member(person);
      return found === null ? time : workingTime(found.calendar);
    },
    member,
    memberAt: (account) => {
      if (account === null || account.bot) return null;
      const { system, id } = account;
      const named = members.find(({ accounts }) => accounts[system] === id);
      if (named !== undefined) return named;
      const person = parts.personOf(system, id);
      return person === null ? null : member(person);
    },
    nameOf: (person) => member(person)?.name ?? person,
    slackOf: (person) => member(person)?.accounts['slack'] ?? parts.accountOf(person, 'slack'),
    techLead: members.find(({ role }) => role === 'tech-lead') ?? null,
    ours: parts.ours,
  };
}
