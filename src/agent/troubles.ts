import type { Constitution } from '../domain/constitution.ts';
import type { Trouble } from '../domain/trouble.ts';
import type { Clock } from '../lib/clock.ts';
import { incidentsSince, pollsFailing } from '../store/incidents.ts';
import type { Incidents } from '../store/incidents.ts';
import type { Store } from '../store/open.ts';
import { spendFigures } from '../store/spendings.ts';

/** Where the troubles of the program show. */
export interface TroubleParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly constitution: () => Constitution;
  /** Whether the file of the directives is not in force. */
  readonly directivesBroken: () => boolean;
  readonly disk: () => Promise<
    readonly { readonly place: string; readonly state: 'ok' | 'low' | 'full' }[]
  >;
  /** The first entry of the journal that does not fit; null when all that were looked at do. */
  readonly journalBrokenAt: () => Promise<number | null>;
  /** Whether the last backup failed; absent where none are made. */
  readonly backupFailed?: () => Promise<boolean>;
}

const DAY_MS = 86_400_000;
const LOOK_BACK_MS = 2 * DAY_MS;
// One failure is a hiccup of the other side; the poller tries again by itself.
const LEAST_FAILURES = 3;

/** Everything that is wrong with the program now. Throws a `Failure` when the store is away. */
export async function troublesNow(parts: TroubleParts): Promise<Trouble[]> {
  const found = await Promise.all([
    unknownOutcomes(parts),
    failedCycles(parts),
    polls(parts),
    directives(parts),
    disks(parts),
    journal(parts),
    backups(parts),
    budget(parts),
  ]);
  return found.flat();
}

async function unknownOutcomes({ store, clock }: TroubleParts): Promise<Trouble[]> {
  const since = clock.now() - LOOK_BACK_MS;
  const found = await incidentsSince(store.db, { table: 'actions', state: 'unknown', since });
  return happened(found, {
    id: 'actions-unknown',
    level: 'high',
    what: (many) =>
      `${many} of the last two days may have been done, and it cannot be looked up. A person looks at the target; it is never sent again by itself.`,
    noun: 'action',
    command: 'pm-agent cycles why <item>',
  });
}

async function failedCycles({ store, clock }: TroubleParts): Promise<Trouble[]> {
  const since = clock.now() - LOOK_BACK_MS;
  const found = await incidentsSince(store.db, { table: 'cycles', state: 'failed', since });
  return happened(found, {
    id: 'cycles-failed',
    level: 'high',
    what: (many) => `${many} of the last two days failed in every attempt; the mail is set aside.`,
    noun: 'cycle',
    command: 'pm-agent cycles list --status failed',
  });
}

interface Happened extends Pick<Trouble, 'id' | 'level' | 'command'> {
  readonly noun: string;
  readonly what: (many: string) => string;
}

function happened({ count, ids }: Incidents, given: Happened): Trouble[] {
  const [newest] = ids;
  if (newest === undefined) return [];
  const { id, level, command, noun, what } = given;
  const sentence = what(`${count} ${noun}${count === 1 ? '' : 's'}`);
  const named = `${sentence} Newest: ${ids.join(', ')}.`;
  return [{ id, level, mark: newest, what: named, command, ends: false }];
}

async function polls({ store }: TroubleParts): Promise<Trouble[]> {
  const failing = await pollsFailing(store.db, LEAST_FAILURES);
  return failing.map(({ source, scopes }) => ({
    ...lasting(`polls-failing-${source}`, 'high'),
    what: `Polls of ${source} have failed several times in a row in ${scopes} ${scopes === 1 ? 'scope' : 'scopes'}; what push misses there is not found.`,
    command: 'pm-agent polls',
  }));
}

function directives({ directivesBroken, constitution }: TroubleParts): Promise<Trouble[]> {
  if (!directivesBroken()) return Promise.resolve([]);
  const trouble = {
    ...lasting('directives-broken', 'high'),
    what: `The file of the directives has a fault; version ${constitution().version} stays in force.`,
    command: 'pm-agent directives check',
  };
  return Promise.resolve([trouble]);
}

const COST_OF: Readonly<Record<string, string>> = {
  store: 'deliveries are refused; some senders send again, polling finds the rest',
  backups: 'no backup can be taken',
};

async function disks({ disk }: TroubleParts): Promise<Trouble[]> {
  const places = await disk();
  return places.flatMap(({ place, state }): Trouble[] => {
    if (state === 'ok') return [];
    const low = {
      ...lasting(`disk-low-${place}`, 'high'),
      what: `The disk of the ${place} is nearly full.`,
      command: 'pm-agent status',
    };
    const full = {
      ...lasting(`disk-full-${place}`, 'critical'),
      what: `The disk of the ${place} is full: ${COST_OF[place] ?? 'nothing can be written there'}.`,
      command: 'pm-agent status',
    };
    return state === 'full' ? [low, full] : [low];
  });
}

async function journal({ journalBrokenAt }: TroubleParts): Promise<Trouble[]> {
  const brokenAt = await journalBrokenAt();
  if (brokenAt === null) return [];
  const trouble: Trouble = {
    id: 'journal-broken',
    level: 'critical',
    mark: String(brokenAt),
    // Only the whole walk could say that it holds again.
    ends: false,
    what: `The journal does not fit its hashes from entry ${brokenAt} on: it was changed, or the disk is failing.`,
    command: 'pm-agent journal verify',
  };
  return [trouble];
}

async function backups({ backupFailed }: TroubleParts): Promise<Trouble[]> {
  if ((await backupFailed?.()) !== true) return [];
  const trouble = {
    ...lasting('backup-failed', 'high'),
    what: 'The last backup failed; the ones before it are still there.',
    command: 'pm-agent backup list',
  };
  return [trouble];
}

async function budget({ store, clock, constitution }: TroubleParts): Promise<Trouble[]> {
  const figures = await spendFigures(store.db, {
    now: clock.now(),
    budget: constitution().budget,
  });
  const periods = [
    ['day', figures.day],
    ['month', figures.month],
  ] as const;
  return periods.flatMap(([period, { spentUsd, limitUsd }]): Trouble[] => {
    if (limitUsd === null || spentUsd < limitUsd) return [];
    const what = `The model's budget of the ${period} is used up; the rules answer until it begins anew.`;
    return [{ ...lasting(`budget-${period}`, 'medium'), what, command: 'pm-agent status' }];
  });
}

function lasting(id: string, level: Trouble['level']) {
  return { id, level, mark: id, ends: true };
}
