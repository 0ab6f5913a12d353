import type { Kysely } from 'kysely';
import type { Connector } from '../domain/connector.ts';
import { countGaps, countSeen, pushDelays } from '../store/completeness.ts';
import type { GapCount, PushDelay, SeenCount } from '../store/completeness.ts';
import type { Tables } from '../store/tables.ts';

/** What of a source's ways is needed to judge its days. */
interface WatchedSource {
  readonly name: string;
  /** Whether anything can be pushed at all. */
  readonly pushed: boolean;
  /** The kinds of events that polling finds; empty when it is not polled. */
  readonly sees: readonly string[];
}

/** How one source's facts of one UTC day reached us. */
export interface SourceDay {
  readonly source: string;
  readonly day: string;
  /** Seen by push, not yet or never found by polling, although polling sees such facts. */
  readonly pushOnly: number;
  readonly pollOnly: number;
  readonly both: number;
  /** Facts of kinds that only push can see; they say nothing about what push has missed. */
  readonly unseenByPoll: number;
  /** Facts that only polling found, among all that polling sees; `null` when there were none. */
  readonly missedShare: number | null;
  readonly medianDelayMs: number | null;
  readonly worstDelayMs: number | null;
  /** Deliveries that the sender lists and that never came, and how many of them were fetched. */
  readonly missing: number;
  readonly repaired: number;
  readonly warning: boolean;
}

/** The sources of the ledger, as their connectors describe themselves. */
export function watchedSources(connectors: readonly Connector[]): WatchedSource[] {
  return connectors.map(({ name, webhook, socket, poll }) => ({
    name,
    pushed: webhook !== undefined || socket !== undefined,
    sees: poll?.sees ?? [],
  }));
}

export interface LedgerAsk {
  readonly now: number;
  /** How many days, today among them. */
  readonly days: number;
  readonly sources: readonly WatchedSource[];
  /** The missed share from which on there is a warning. */
  readonly warnAt: number;
}

const DAY_MS = 86_400_000;
/** Fewer facts than this are no share of anything. */
const FEW = 5;

/** The ledger of completeness, newest day first (design.md section 3). */
export async function completeness(db: Kysely<Tables>, ask: LedgerAsk): Promise<SourceDay[]> {
  const to = ask.now - (ask.now % DAY_MS) + DAY_MS;
  const from = to - ask.days * DAY_MS;
  const sources = ask.sources.map(({ name }) => name);
  if (sources.length === 0) return [];
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), sources };
  const counts = await countSeen(db, span);
  const delays = await pushDelays(db, span);
  const gaps = await countGaps(db, { from, to });
  const days = new Set([...counts, ...gaps].map((one) => `${one.day} ${one.source}`));
  return [...days].sort(newestDayFirst).flatMap((place) => {
    const [day = '', name = ''] = place.split(' ');
    const source = ask.sources.find((one) => one.name === name);
    if (source === undefined) return [];
    const here = <Item extends { day: string; source: string }>(items: readonly Item[]): Item[] =>
      items.filter((one) => one.day === day && one.source === name);
    return [
      dayOf(source, {
        day,
        warnAt: ask.warnAt,
        counts: here(counts),
        delay: here(delays)[0],
        gap: here(gaps)[0],
      }),
    ];
  });
}

// Places are `2026-03-02 jira`; within a day the sources stand in their alphabet.
function newestDayFirst(left: string, right: string): number {
  const [day, other] = [left.slice(0, 10), right.slice(0, 10)];
  return day === other ? left.localeCompare(right) : other.localeCompare(day);
}

interface DayParts {
  readonly day: string;
  readonly warnAt: number;
  readonly counts: readonly SeenCount[];
  readonly delay: PushDelay | undefined;
  readonly gap: GapCount | undefined;
}

function dayOf(source: WatchedSource, parts: DayParts): SourceDay {
  const sees = new Set(source.sees);
  const sum = (of: 'pushOnly' | 'pollOnly' | 'both', wanted: boolean): number =>
    parts.counts
      .filter((count) => sees.has(count.kind) === wanted)
      .reduce((total, count) => total + count[of], 0);
  // What polling found is seen by polling, whatever the connector says of its kind.
  const pollOnly = sum('pollOnly', true) + sum('pollOnly', false);
  const both = sum('both', true) + sum('both', false);
  const pushOnly = sum('pushOnly', true);
  const seen = pollOnly + both + pushOnly;
  const missedShare = seen === 0 ? null : pollOnly / seen;
  const isShare = seen >= FEW && source.pushed && missedShare !== null;
  return {
    source: source.name,
    day: parts.day,
    pushOnly,
    pollOnly,
    both,
    unseenByPoll: sum('pushOnly', false),
    missedShare,
    medianDelayMs: parts.delay?.median ?? null,
    worstDelayMs: parts.delay?.worst ?? null,
    missing: parts.gap?.missing ?? 0,
    repaired: parts.gap?.repaired ?? 0,
    warning: isShare && missedShare > parts.warnAt,
  };
}
