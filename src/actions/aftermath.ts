import type { Action } from '../domain/action.ts';
import type { Effect, OwnEffect } from '../domain/connector.ts';
import { knownAmong } from '../store/actions.ts';
import { causesOf } from '../store/events.ts';
import type { Store } from '../store/open.ts';
import type { Restored } from '../store/restored.ts';

/*
 * After a restore the store has forgotten what was done since the backup. Before anything is sent that may have been done
 * already, the target is asked: for the marker of the action itself, when the backup knew the action, and otherwise for
 * what stands there of ours that the store does not know.
 */

/** What the target can be asked about one action. */
interface Looking {
  /** Absent where nothing can be read back. */
  readonly find: (() => Promise<Effect | null>) | null;
  /** Absent where a run sets a state instead of adding something. */
  readonly ours: ((since: number) => Promise<readonly OwnEffect[]>) | null;
}

/** `free`: it was not done before. `unclear`: the target cannot tell. */
export type LookedBack =
  | { readonly kind: 'free' }
  | { readonly kind: 'done'; readonly effect: Effect }
  | { readonly kind: 'unclear' };

type Asked = Pick<Action, 'createdAt' | 'purpose' | 'answers' | 'cycle'>;

interface LookBack {
  readonly store: Store;
  readonly restored: Restored;
  readonly looking: Looking;
  readonly now: number;
}

/** How long after a restore what nobody asked for is looked up: what is due by the clock has no event of its own. */
const UNASKED_MS = 24 * 3_600_000;
// The clock of the backup and that of the target may differ.
const CLOCKS_MS = 10 * 60_000;

/** Whether an action may have been done before the restore. Throws what the target throws. */
export async function lookBack(action: Asked, given: LookBack): Promise<LookedBack> {
  const { restored, looking } = given;
  if (Date.parse(action.createdAt) <= restored.at) return await byMarker(looking);
  // A card asks anew: the one before leads to a question that is gone.
  if (action.purpose === 'approval' || action.purpose === 'receipt') return { kind: 'free' };
  const cause = await causeOf(given.store, action);
  if (cause !== null && cause > restored.at) return { kind: 'free' };
  if (cause === null && given.now > restored.at + UNASKED_MS) return { kind: 'free' };
  const since = cause ?? restored.backupAt - CLOCKS_MS;
  if (looking.ours === null) return await byState(looking);
  return await unknownTo(given, looking.ours, since);
}

/** The backup knew the action: what was sent since bears its marker. */
async function byMarker({ find }: Looking): Promise<LookedBack> {
  if (find === null) return { kind: 'unclear' };
  const effect = await find();
  return effect === null ? { kind: 'free' } : { kind: 'done', effect };
}

/** As wanted already is done. Otherwise it may have been done and undone since, and nobody undoes a person's change. */
async function byState({ find }: Looking): Promise<LookedBack> {
  const effect = find === null ? null : await find();
  return effect === null ? { kind: 'unclear' } : { kind: 'done', effect };
}

async function unknownTo(
  { store }: LookBack,
  ours: NonNullable<Looking['ours']>,
  since: number,
): Promise<LookedBack> {
  const found = (await ours(since)).filter(({ at }) => at === null || at >= since);
  const markers = found.map(({ marker }) => marker);
  const known = await knownAmong(store.db, markers);
  const forgotten = found.find(({ marker }) => !known.has(marker));
  if (forgotten === undefined) return { kind: 'free' };
  return { kind: 'done', effect: { id: forgotten.id, url: forgotten.url } };
}

/**
 * Since when it could have been done: the last of the messages that it answers, otherwise the first of the events that led to
 * it. Null when only the clock did. Epoch milliseconds.
 */
async function causeOf({ db }: Store, action: Asked): Promise<number | null> {
  const events = await causesOf(db, action.cycle);
  if (events.length === 0) return null;
  const isAnswered = (key: string) => action.answers.some((one) => key.startsWith(`${one}:`));
  const answered = events.filter(({ key }) => isAnswered(key)).map(({ at }) => Date.parse(at));
  if (answered.length > 0) return Math.max(...answered);
  return Math.min(...events.map(({ at }) => Date.parse(at)));
}
