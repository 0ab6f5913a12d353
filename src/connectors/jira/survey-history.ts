import type { AccountRef, IssueSituation, StepKind } from '../../domain/situation.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import { isAbout, wordsOfItem } from './changes.ts';
import type { Person, Worklog } from './payload.ts';
import { actorOf } from './person.ts';
import type { History, RestComment } from './rest.ts';

type Change = IssueSituation['changes'][number];
type Step = IssueSituation['steps'][number];

/** An account as situations name it; `null` where Jira does not tell who it is. */
export function accountOf(...people: readonly Person[]): AccountRef | null {
  const { id, name, kind } = actorOf(...people);
  return id === 'unknown' ? null : { system: 'jira', id, name, bot: kind === 'bot' };
}

/** What happened to an issue, as Jira keeps it. */
export interface Past {
  readonly histories: readonly History[];
  readonly comments: readonly RestComment[];
  readonly worklogs: readonly Worklog[];
  /** The id of the field that flags an issue, `null` where it is not known. */
  readonly flag: string | null;
}

/** The changes of status and of the flag, oldest first. */
export function changesIn({ histories, flag }: Past): Change[] {
  const found = histories.flatMap((entry) => {
    const at = instantOf(entry.created);
    if (at === null) return [];
    const about = { at: iso(at), by: accountOf(entry.author) };
    return entry.items.flatMap((item): Change[] => {
      const field = fieldOf(item, flag);
      return field === null ? [] : [{ ...about, field, ...wordsOfItem(item) }];
    });
  });
  return oldestFirst(found);
}

function fieldOf(item: unknown, flag: string | null): Change['field'] | null {
  if (isAbout(item, ['status'])) return 'status';
  return isAbout(item, [flag, 'flagged']) ? 'flag' : null;
}

/** Everything that happened, oldest first: changes, comments, logged work. What is not dated is left out. */
export function stepsIn({ histories, comments, worklogs }: Past): Step[] {
  return oldestFirst([
    ...histories.flatMap((entry) =>
      kindsOf(entry).flatMap((kind) => step(kind, entry.created, entry.author)),
    ),
    ...comments.flatMap(({ created, author }) => step('comment', created, author)),
    ...worklogs.flatMap(({ created, author }) => step('worklog', created, author)),
  ]);
}

function step(kind: StepKind, moment: unknown, person: Person): Step[] {
  const at = instantOf(moment);
  return at === null ? [] : [{ at: iso(at), by: accountOf(person), kind }];
}

const KINDS: readonly (readonly [StepKind, readonly string[]])[] = [
  ['status', ['status']],
  ['assignee', ['assignee']],
  ['estimate', ['timeoriginalestimate', 'timeestimate', 'story points', 'story point estimate']],
];

// One entry is one step of each kind that it holds.
function kindsOf({ items }: History): StepKind[] {
  const kinds = items.map(
    (item) => KINDS.find(([, names]) => isAbout(item, names))?.[0] ?? 'other',
  );
  return [...new Set<StepKind>(kinds)];
}

function oldestFirst<Item extends { readonly at: string }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
