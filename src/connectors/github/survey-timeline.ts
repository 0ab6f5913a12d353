import type { AccountRef, PullRequestSituation } from '../../domain/situation.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Comment, User } from './payload.ts';
import { actorOf } from './person.ts';
import type { Entry } from './rest.ts';

type Verdict = PullRequestSituation['reviews'][number]['verdict'];

/** An account as situations name it; `null` for one that was deleted. */
export function accountOf(user: User): AccountRef | null {
  if (user === null) return null;
  const { id, name, kind } = actorOf(user);
  return { system: 'github', id, name, bot: kind === 'bot' };
}

/** An entry of a time line with its instant. */
export interface Dated {
  readonly entry: Entry;
  readonly at: number;
}

/**
 * The entries with their instants, oldest first. A commit has only the time of its making, which may lie long before it
 * was pushed; where it stands in the line says that it was not pushed before what stands above it.
 */
export function datedEntries(entries: readonly Entry[]): readonly Dated[] {
  let latest = 0;
  return entries.flatMap((entry) => {
    const told = instantOf(entry.created_at ?? entry.submitted_at ?? entry.committer?.date ?? null);
    if (told === null) return [];
    const at = entry.event === 'committed' ? Math.max(told, latest) : told;
    latest = Math.max(latest, at);
    return [{ entry, at }];
  });
}

/** Changes from draft to ready and back. */
export function draftChangesIn(line: readonly Dated[]): PullRequestSituation['draftChanges'] {
  return line.flatMap(({ entry, at }) => {
    const ready = READY.get(entry.event);
    return ready === undefined ? [] : [{ at: iso(at), by: accountOf(entry.actor), ready }];
  });
}

const READY: ReadonlyMap<string, boolean> = new Map([
  ['ready_for_review', true],
  ['convert_to_draft', false],
]);

/** When the review of an account was asked for the last time; `null` where the line does not tell. */
export function requestedAt(line: readonly Dated[], account: string): number | null {
  const asked = line.findLast(
    ({ entry }) => entry.event === 'review_requested' && entry.requested_reviewer?.id === account,
  );
  return asked?.at ?? null;
}

const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ['approved', 'approved'],
  ['changes_requested', 'changes_requested'],
  ['commented', 'commented'],
  ['dismissed', 'dismissed'],
]);

/** Reviews that were handed in; one that was dismissed since says so. */
export function reviewsIn(line: readonly Dated[]): PullRequestSituation['reviews'] {
  const dismissed = new Set(line.map(({ entry }) => entry.dismissed_review?.review_id));
  return line.flatMap(({ entry, at }) => {
    if (entry.event !== 'reviewed') return [];
    const isVoid = entry.id !== null && dismissed.has(entry.id);
    const verdict = isVoid ? 'dismissed' : VERDICTS.get(entry.state?.toLowerCase() ?? '');
    return verdict === undefined ? [] : [{ at: iso(at), by: accountOf(entry.user), verdict }];
  });
}

/** What was said, under the pull request and on its lines. */
export function commentsIn(
  line: readonly Dated[],
  onLines: readonly Comment[],
): PullRequestSituation['comments'] {
  const under = line
    .filter(({ entry }) => entry.event === 'commented')
    .map(({ entry, at }) => ({
      at: iso(at),
      by: accountOf(entry.user ?? entry.actor),
      inline: false,
    }));
  const inline = onLines.flatMap(({ created_at, user }) => {
    const at = instantOf(created_at);
    return at === null ? [] : [{ at: iso(at), by: accountOf(user), inline: true }];
  });
  return [...under, ...inline].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Pushes, by the accounts of the commits; git alone does not know them. */
export function pushesIn(
  line: readonly Dated[],
  authors: ReadonlyMap<string, AccountRef | null>,
): PullRequestSituation['pushes'] {
  return line.flatMap(({ entry, at }) => {
    if (entry.event === 'head_ref_force_pushed') {
      return [{ at: iso(at), by: accountOf(entry.actor) }];
    }
    if (entry.event !== 'committed') return [];
    return [{ at: iso(at), by: authors.get(entry.sha ?? '') ?? null }];
  });
}
