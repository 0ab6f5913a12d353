import type { Actor, Change, ProjectEvent } from '../../domain/event.ts';
import { cleanText, titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { sha256 } from '../../lib/digest.ts';
import type { Repo } from './payload.ts';

/** An event, or the reason why there is none. */
export type Found = ProjectEvent | string;

/** What differs from event to event; the rest is filled in by `eventOf`. */
export interface EventDraft {
  readonly key: string;
  readonly kind: string;
  readonly subject: string;
  readonly repo: Repo;
  readonly actor: Actor | null;
  readonly at: number;
  readonly title: string;
  readonly text?: string | null;
  readonly message?: string;
  readonly changes?: readonly Change[];
  readonly clues?: readonly (string | null)[];
}

const MOST_CLUES = 50;
const CLUE_LIMIT = 500;

/** A whole event from its draft. */
export function eventOf(draft: EventDraft): ProjectEvent {
  const clues = (draft.clues ?? []).flatMap((clue) => (clue === null || clue === '' ? [] : [clue]));
  return {
    key: draft.key,
    kind: draft.kind,
    source: 'github',
    subject: draft.subject,
    actor: draft.actor,
    at: iso(draft.at),
    title: titleOf(draft.title),
    text: textOf(draft.text ?? null),
    message: draft.message ?? null,
    changes: [...(draft.changes ?? [])],
    scope: draft.repo.full_name,
    restricted: false,
    ...(clues.length === 0
      ? {}
      : { clues: clues.slice(0, MOST_CLUES).map((clue) => cleanText(clue, CLUE_LIMIT)) }),
  };
}

// The web page of GitHub writes line ends as `\r\n`.
function textOf(text: string | null): string | null {
  return text === null ? null : cleanText(text).replaceAll('\r\n', '\n');
}

/** An issue or a pull request as far as events name it. */
export interface Item {
  readonly repo: Repo;
  readonly kind: 'issue' | 'pull-request';
  readonly number: number;
  readonly title: string | null;
  /** The branch of a pull request, where known. */
  readonly branch: string | null;
}

/** The subject of an issue or a pull request. */
export function itemSubject(item: Pick<Item, 'repo' | 'kind' | 'number'>): string {
  return `github:${item.kind}:${item.repo.full_name}#${item.number}`;
}

/** The item in a title: where it is and, where known, what it is about. */
export function itemLabel({ repo, number, title }: Item): string {
  const name = `${repo.full_name}#${number}`;
  return title === null || title === '' ? name : `${name}: ${cleanText(title, 150)}`;
}

const NAME_LIMIT = 120;

/** The subject of something with a name of its own: a branch, a tag. White space is escaped, a long name is shortened. */
export function namedSubject(kind: 'branch' | 'tag' | 'release', repo: Repo, name: string): string {
  const clean = cleanText(name, 1_000).replace(/\s/g, (sign) => encodeURIComponent(sign));
  const short =
    clean.length <= NAME_LIMIT
      ? clean
      : `${cleanText(clean, NAME_LIMIT - 20)}~${sha256(name).slice(0, 16)}`;
  return `github:${kind}:${repo.full_name}@${short}`;
}
