import type { TeamMember } from '../../domain/constitution.ts';
import { asFailure } from '../../domain/failure.ts';
import type { Calendar } from '../../domain/working-time.ts';
import { WEEKDAYS } from '../../domain/working-time.ts';
import type { Complain, Path } from './fault.ts';
import { hint } from './nearest.ts';
import { isInstant } from './team-schema.ts';
import type { MemberEntry, TeamSection } from './team-schema.ts';

/** Dates of public holidays by region. */
export type Regions = ReadonlyMap<string, readonly string[]>;

/** The regions, or how to read them: asked for only when the directives name one. */
export type Holidays = Regions | (() => Regions);

type Week = Calendar['week'];
type HolidayEntry = TeamSection['holidays'];

const WORKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;
const USUAL_HOURS = ['09:00-18:00'];
const MOST_LEAVE_DAYS = 400;
const DAY_MS = 86_400_000;

interface Given {
  readonly holidays: Holidays;
  readonly complain: Complain;
}

function intervals(hours: readonly string[]): [string, string][] {
  return hours.map((span) => {
    const [from = '', to = ''] = span.split('-');
    return [from, to];
  });
}

/** The week of `base` with other hours on its working days, and then single days replaced. */
function weekOf(base: Week, changed: Pick<TeamSection, 'hours' | 'week'>): Week {
  const { hours, week } = changed;
  const days = WEEKDAYS.map((day) => {
    const own = week?.[day];
    const usual = base[day] ?? [];
    if (own !== undefined) return [day, intervals(own)] as const;
    return [day, hours === undefined || usual.length === 0 ? usual : intervals(hours)] as const;
  });
  return Object.fromEntries(days.filter(([, spans]) => spans.length > 0));
}

function holidaysOf(entry: HolidayEntry, path: Path, given: Given): string[] {
  const regions = entry?.regions ?? [];
  const known = regions.length === 0 ? null : regionsOf(path, given);
  const dates = (known === null ? [] : regions).flatMap((region, at) => {
    const found = known?.get(region);
    if (found !== undefined) return found;
    const told = {
      problem: `no region ${region} is known`,
      fix: hint(region, [...(known?.keys() ?? [])]),
    };
    given.complain([...path, 'regions', at], told);
    return [];
  });
  return [...new Set([...dates, ...(entry?.dates ?? [])])].sort();
}

function regionsOf(path: Path, { holidays, complain }: Given): Regions | null {
  try {
    return typeof holidays === 'function' ? holidays() : holidays;
  } catch (error) {
    const problem = `the public holidays cannot be read (${asFailure(error).message})`;
    complain([...path, 'regions'], { problem, fix: 'Mend config/holidays.yaml, or name `dates:`' });
    return null;
  }
}

/** The calendar of the team: Monday to Friday, 09:00 to 18:00 UTC, as far as it says nothing else. */
export function teamCalendar(team: TeamSection | undefined, given: Given): Calendar {
  const usual: Week = Object.fromEntries(WORKDAYS.map((day) => [day, intervals(USUAL_HOURS)]));
  return {
    id: 'team',
    tz: team?.zone ?? 'UTC',
    week: weekOf(usual, team ?? {}),
    holidays: holidaysOf(team?.holidays, ['team', 'holidays'], given),
  };
}

/** The id of a member: the same that the directory of people uses. */
function memberId(member: Pick<MemberEntry, 'name' | 'email'>): string {
  return `member:${(member.email ?? member.name).toLowerCase()}`;
}

/** The members, each with a calendar of their own. */
export function membersOf(
  team: TeamSection | undefined,
  given: Given & { readonly calendar: Calendar },
): TeamMember[] {
  return (team?.members ?? []).map((entry, at): TeamMember => {
    const path: Path = ['team', 'members', at];
    return {
      id: memberId(entry),
      name: entry.name,
      role: entry.role ?? 'member',
      approves: entry.approves ?? false,
      accounts: entry.accounts ?? {},
      calendar: calendarOf(entry, path, given),
      channel: entry.channel ?? null,
      notes: notesOf(entry),
    };
  });
}

function notesOf({ preferences, notes }: MemberEntry): string | null {
  const all = [...(preferences ?? []), ...(notes === undefined ? [] : [notes])];
  return all.length === 0 ? null : all.join(' ');
}

function calendarOf(
  entry: MemberEntry,
  path: Path,
  given: Given & { readonly calendar: Calendar },
): Calendar {
  const { calendar } = given;
  const own = entry.holidays;
  return {
    id: memberId(entry),
    tz: entry.zone ?? calendar.tz,
    week: weekOf(calendar.week, entry),
    holidays:
      own === undefined ? (calendar.holidays ?? []) : holidaysOf(own, [...path, 'holidays'], given),
    ...leaveOf(entry, path, given),
  };
}

function leaveOf(
  entry: MemberEntry,
  path: Path,
  { complain }: Given,
): Pick<Calendar, 'special' | 'leave'> {
  // A day of leave is a date without hours: so it needs no zone, and no clock change can move it.
  const special: Record<string, [string, string][]> = {};
  const leave: [string, string][] = [];
  (entry.leave ?? []).forEach(({ from, to }, at) => {
    const fix = 'Give two dates or two instants, the earlier one first';
    const days = !isInstant(from) && !isInstant(to);
    const length = Date.parse(to) - Date.parse(from);
    const fits = days ? length >= 0 && length < MOST_LEAVE_DAYS * DAY_MS : length > 0;
    if (!fits || (!days && !(isInstant(from) && isInstant(to)))) {
      complain([...path, 'leave', at], { problem: `${from} to ${to} is no span of leave`, fix });
      return;
    }
    if (days) for (const date of datesFrom(from, to)) special[date] = [];
    else leave.push([new Date(from).toISOString(), new Date(to).toISOString()]);
  });
  return {
    ...(Object.keys(special).length === 0 ? {} : { special }),
    ...(leave.length === 0 ? {} : { leave }),
  };
}

function datesFrom(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) {
    dates.push(new Date(at).toISOString().slice(0, 10));
  }
  return dates;
}

/** Two members with one id, or one account that two members claim. */
export function complainOfTwins(members: readonly TeamMember[], complain: Complain): void {
  const seen = new Map<string, string>();
  const claim = (what: string, name: string, path: Path): void => {
    const other = seen.get(what);
    seen.set(what, other ?? name);
    if (other === undefined) return;
    const problem = `${what} belongs to ${other} already`;
    complain(path, { problem, fix: 'Name each person and each account once' });
  };
  members.forEach((member, at) => {
    claim(member.id, member.name, ['team', 'members', at]);
    for (const [system, account] of Object.entries(member.accounts)) {
      claim(`${system}:${account}`, member.name, ['team', 'members', at, 'accounts', system]);
    }
  });
}

/** The ids of people named by their name or address. Complains of whoever is not a member. */
export function idsOf(
  named: readonly string[],
  members: readonly TeamMember[],
  complain: Complain,
): string[] {
  return named.flatMap((one, at) => {
    const asked = one.trim().toLowerCase();
    const found = members.find(
      ({ id, name }) => name.toLowerCase() === asked || id === `member:${asked}`,
    );
    if (found !== undefined) return [found.id];
    const names = members.map(({ name }) => name);
    complain(['on_call', at], { problem: `no member is called ${one}`, fix: hint(one, names) });
    return [];
  });
}
