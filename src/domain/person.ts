import { z } from 'zod';

/** A member of the team as the settings describe them; every part beside the name may be left out. */
export const Member = z.strictObject({
  name: z.string().min(1).max(200),
  email: z.email().optional(),
  /** IANA name, e.g. `Europe/Berlin`. */
  zone: z.string().refine(isZone, 'not an IANA time zone').optional(),
  /** Account ids by system. */
  accounts: z.record(z.string(), z.coerce.string().min(1).max(200)).optional(),
});
export type Member = z.infer<typeof Member>;

/** The file of the team. */
export const Team = z.strictObject({ people: z.array(Member).max(10_000) });

/** One account with what its system told, and the person it belongs to. */
export interface Account {
  readonly system: string;
  readonly account: string;
  readonly person: string;
  readonly name: string;
  readonly email: string | null;
  readonly zone: string | null;
  readonly kind: 'person' | 'bot' | 'unknown';
  readonly joinedBy: 'configured' | 'email' | 'same-id' | 'alone';
}

/** What is known of an account before it is joined. */
export type Stranger = Omit<Account, 'person' | 'joinedBy'>;

/** The name under which a member of the settings is kept. */
function memberId(member: Member): string {
  return `member:${(member.email ?? member.name).toLowerCase()}`;
}

// Systems of one vendor that show the same id for the same person (contracts/bitbucket.md section 1.4).
const SAME_ID: readonly (readonly string[])[] = [['jira', 'bitbucket']];

/**
 * Finds the person of an account: by the settings first, then by an e-mail address that two systems show, then by an id
 * that two systems share. Never by name: two people may bear one. Alone, an account is a person of its own.
 */
export function joinAccount(
  stranger: Stranger,
  team: readonly Member[],
  known: readonly Account[],
): Account {
  const configured = team.find((member) => belongs(member, stranger));
  if (configured !== undefined) {
    return { ...stranger, person: memberId(configured), joinedBy: 'configured' };
  }
  const others = known.filter((one) => one.system !== stranger.system);
  const byMail = stranger.email === null ? undefined : others.find(sameMail(stranger.email));
  if (byMail !== undefined) return { ...stranger, person: byMail.person, joinedBy: 'email' };
  const byId = others.find((one) => one.account === stranger.account && sharesIds(one, stranger));
  if (byId !== undefined) return { ...stranger, person: byId.person, joinedBy: 'same-id' };
  return { ...stranger, person: `${stranger.system}:${stranger.account}`, joinedBy: 'alone' };
}

function belongs(member: Member, { system, account, email }: Stranger): boolean {
  const named = member.accounts ?? {};
  if (Object.hasOwn(named, system)) return named[system] === account;
  return email !== null && member.email?.toLowerCase() === email.toLowerCase();
}

function sameMail(email: string): (one: Account) => boolean {
  return (one) => one.email?.toLowerCase() === email.toLowerCase();
}

function sharesIds(one: { system: string }, other: { system: string }): boolean {
  return SAME_ID.some((group) => group.includes(one.system) && group.includes(other.system));
}

/** A person with all accounts. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly zone: string | null;
  readonly accounts: readonly Account[];
}

// Who sets their zone in a chat tool keeps it right; a tracker often has the zone of its site.
const ZONES_FROM = ['slack', 'jira'];

/** Accounts grouped into people, by name. The zone is that of the settings, else Slack's, else Jira's. */
export function peopleOf(accounts: readonly Account[], team: readonly Member[]): Person[] {
  const groups = Map.groupBy(accounts, (account) => account.person);
  const people = [...groups].map(([id, group]): Person => {
    const member = team.find((one) => memberId(one) === id);
    const zones = ZONES_FROM.map((system) => group.find((one) => one.system === system)?.zone);
    const zone = member?.zone ?? zones.find((one) => one !== undefined && one !== null) ?? null;
    const name = member?.name ?? group.find((one) => one.name !== '')?.name ?? id;
    return { id, name, zone, accounts: group };
  });
  return people.sort((left, right) => left.name.localeCompare(right.name));
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
