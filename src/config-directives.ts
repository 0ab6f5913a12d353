import { compileDirectives } from './actions/directives/compile.ts';
import { faultLine } from './actions/directives/fault.ts';
import type { Holidays, Regions } from './actions/directives/team.ts';
import { readFileNear } from './config-file.ts';
import type { Constitution, TeamMember } from './domain/constitution.ts';
import type { Member } from './domain/person.ts';
import { publicHolidays } from './lib/public-holidays.ts';

const HOLIDAYS_FILE = 'config/holidays.yaml';

/** The directives as settings: the text, its version, and the file that changes of it go to. */
export interface DirectivesConfig {
  readonly path: string;
  readonly text: string;
  readonly version: string;
  readonly holidays: Holidays;
}

/** Directives without a fault, with what code makes of them. */
export interface SoundDirectives {
  readonly directives: DirectivesConfig;
  readonly constitution: Constitution;
}

/** What is wrong with the directives, a line each. */
interface DirectivesFaults {
  readonly faults: readonly { readonly problem: string; readonly fix: string }[];
}

let regions: Regions | undefined;

/** Public holidays by region; the file is read once, when a region is first asked for. Throws where it does not fit. */
export function regionalHolidays(): Regions {
  return (regions ??= publicHolidays(readFileNear(HOLIDAYS_FILE) ?? '{}'));
}

/** Reads and compiles the directives of a path. Every fault says file, line and column. */
export function directivesOf(path: string): SoundDirectives | DirectivesFaults {
  const text = readFileNear(path);
  if (text === null) {
    return {
      faults: [{ problem: `the file ${path} cannot be read`, fix: 'Name a readable file' }],
    };
  }
  const holidays = regionalHolidays;
  const compiled = compileDirectives(text, { holidays });
  if ('ok' in compiled) {
    const { version } = compiled.ok;
    return { directives: { path, text, version, holidays }, constitution: compiled.ok };
  }
  return {
    faults: compiled.faults.map((fault) => ({
      problem: faultLine(path, { ...fault, fix: '' }).replace(/[. ]+$/, ''),
      fix: fault.fix,
    })),
  };
}

/** The people of the settings and the members of the directives; whoever is in both is one, with all accounts. */
export function joinedTeam(
  people: readonly Member[],
  members: readonly TeamMember[],
): readonly Member[] {
  const idOf = ({ name, email }: Member): string => `member:${(email ?? name).toLowerCase()}`;
  const known = new Set(people.map(idOf));
  const joined = people.map((person): Member => {
    const member = members.find(({ id }) => id === idOf(person));
    return member === undefined ? person : withMember(person, member);
  });
  const others = members.filter(({ id }) => !known.has(id));
  return [...joined, ...others.map((one) => withMember({ name: one.name }, one))];
}

function withMember(person: Member, { id, accounts, calendar }: TeamMember): Member {
  const named = id.slice('member:'.length);
  return {
    ...person,
    ...(named.includes('@') ? { email: named } : {}),
    // UTC is what a file without a zone gives: what the systems tell of the person is better.
    ...(person.zone === undefined && calendar.tz !== 'UTC' ? { zone: calendar.tz } : {}),
    accounts: { ...accounts, ...person.accounts },
  };
}
