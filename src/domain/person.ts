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

/** Accounts by what joins them, each kept in the order in which it was first known. */
export class KnownAccounts {
  private readonly byName = new Map<string, Account>();
  private readonly byMail = new Map<string, Map<string, Account>>();
  private readonly byAccount = new Map<string, Map<string, Account>>();

  /** Keeps an account; known already, it keeps its place. */
  keep(account: Account): void {
    const name = `${account.system}:${account.account}`;
    const before = this.byName.get(name);
    this.byName.set(name, account);
    put(this.byAccount, account.account, { name, account });
    const [old, mail] = [mailOf(before?.email), mailOf(account.email)];
    if (old !== null && old !== mail) this.byMail.get(old)?.delete(name);
    if (mail === null) return;
    put(this.byMail, mail, { name, account });
    if (before !== undefined && old !== mail) this.reorder(mail);
  }

  /** Who came by an address later may have been known before the others of it. */
  private reorder(mail: string): void {
    const group = this.byMail.get(mail);
    if (group === undefined || group.size === 1) return;
    const ordered = [...this.byName].filter(([name]) => group.has(name));
    this.byMail.set(mail, new Map(ordered));
  }

  get(system: string, account: string): Account | undefined {
    return this.byName.get(`${system}:${account}`);
  }

  values(): MapIterator<Account> {
    return this.byName.values();
  }

  /** Those that show this address. */
  withMail(email: string): Iterable<Account> {
    return this.byMail.get(email.toLowerCase())?.values() ?? [];
  }

  /** Those that bear this id, in any system. */
  withId(account: string): Iterable<Account> {
    return this.byAccount.get(account)?.values() ?? [];
  }
}

const mailOf = (email: string | null | undefined): string | null => email?.toLowerCase() ?? null;

function put(
  index: Map<string, Map<string, Account>>,
  key: string,
  { name, account }: { readonly name: string; readonly account: Account },
): void {
  const group = index.get(key) ?? new Map<string, Account>();
  index.set(key, group.set(name, account));
}

/**
 * Finds the person of an account: by the settings first, then by an e-mail address that two systems show, then by an id
 * that two systems share. Never by name: two people may bear one. Alone, an account is a person of its own.
 */
export function joinAccount(
  stranger: Stranger,
  team: readonly Member[],
  known: Pick<KnownAccounts, 'withMail' | 'withId'>,
): Account {
  const configured = team.find((member) => belongs(member, stranger));
  if (configured !== undefined) {
    return { ...stranger, person: memberId(configured), joinedBy: 'configured' };
  }
  const { system, account, email } = stranger;
  const byMail =
    email === null ? undefined : first(known.withMail(email), (one) => one.system !== system);
  if (byMail !== undefined) return { ...stranger, person: byMail.person, joinedBy: 'email' };
  const byId = first(
    known.withId(account),
    (one) => one.system !== system && sharesIds(one, stranger),
  );
  if (byId !== undefined) return { ...stranger, person: byId.person, joinedBy: 'same-id' };
  return { ...stranger, person: `${system}:${account}`, joinedBy: 'alone' };
}

function first(accounts: Iterable<Account>, fits: (one: Account) => boolean): Account | undefined {
  for (const one of accounts) if (fits(one)) return one;
  return undefined;
}

function belongs(member: Member, { system, account, email }: Stranger): boolean {
  const named = member.accounts ?? {};
  if (Object.hasOwn(named, system)) return named[system] === account;
  return email !== null && member.email?.toLowerCase() === email.toLowerCase();
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
