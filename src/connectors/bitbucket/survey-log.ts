import type { AccountRef, PullRequestSituation } from '../../domain/situation.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Activity, Review, Update, User } from './payload.ts';
import { accountIdOf, actorOf } from './person.ts';

/** An account as situations name it; `null` where Bitbucket does not tell who it is. */
export function accountOf(user: User): AccountRef | null {
  if (accountIdOf(user) === null) return null;
  const { id, name, kind } = actorOf(user);
  return { system: 'bitbucket', id, name, bot: kind === 'bot' };
}

/** An update of a pull request with its instant. */
export interface DatedUpdate {
  readonly update: Update;
  readonly at: number;
}

/** The updates in a log that comes newest first, oldest first. */
export function updatesIn(log: readonly Activity[]): readonly DatedUpdate[] {
  const found = log.flatMap(({ update }) => {
    const at = instantOf(update?.date ?? null);
    return update === null || at === null ? [] : [{ update, at }];
  });
  return found.toSorted((a, b) => a.at - b.at);
}

/** Pushes: updates after which the source ends with another commit. */
export function pushesIn(updates: readonly DatedUpdate[]): PullRequestSituation['pushes'] {
  return updates.flatMap(({ update, at }, index) => {
    const before = updates[index - 1]?.update.source?.commit?.hash ?? null;
    const after = update.source?.commit?.hash ?? null;
    const isPush = before !== null && after !== null && before !== after;
    return isPush ? [{ at: iso(at), by: accountOf(update.author) }] : [];
  });
}

/** Changes from draft to ready and back, where the log says what changed. */
export function draftChangesIn(
  updates: readonly DatedUpdate[],
): PullRequestSituation['draftChanges'] {
  return updates.flatMap(({ update, at }) => {
    const { old, new: now } = update.changes?.draft ?? { old: null, new: null };
    if (old === null || now === null || old === now) return [];
    return [{ at: iso(at), by: accountOf(update.author), ready: !now }];
  });
}

/** When a reviewer was added for the last time; `null` where the log does not say it. */
export function addedAt(updates: readonly DatedUpdate[], id: string): number | null {
  const added = updates.findLast(({ update }) =>
    update.changes?.reviewers?.added.some((user) => accountIdOf(user) === id),
  );
  return added?.at ?? null;
}

/** Votes that stand, oldest first: one that was taken back has left the log. */
export function reviewsIn(log: readonly Activity[]): PullRequestSituation['reviews'] {
  const found = log.flatMap(({ approval, changes_requested: changes }) => [
    ...vote(approval, 'approved'),
    ...vote(changes, 'changes_requested'),
  ]);
  return found.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function vote(
  review: Review,
  verdict: 'approved' | 'changes_requested',
): PullRequestSituation['reviews'] {
  const at = instantOf(review?.date ?? null);
  return review === null || at === null
    ? []
    : [{ at: iso(at), by: accountOf(review.user), verdict }];
}
