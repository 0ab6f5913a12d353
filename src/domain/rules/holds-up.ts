import type { IssueSituation } from '../situation.ts';

/** Who blocks whom, as far as it is known. */
export interface HoldsUpInput {
  /** Who may hold somebody up. */
  readonly root: string;
  readonly blocks: readonly { readonly blocker: string; readonly blocked: string }[];
  /** Finished: they hold up nothing and are held up by nothing. */
  readonly done: ReadonlySet<string>;
}

/**
 * Every open item that waits for `root`, directly or through others, with its shortest distance. Ends on circles;
 * `root` itself is never among them.
 */
export function holdsUp({ root, blocks, done }: HoldsUpInput): ReadonlyMap<string, number> {
  const distances = new Map<string, number>([[root, 0]]);
  const waiting = blockedByItem(blocks, done);
  const open = done.has(root) ? [] : [root];
  // The list grows while it is walked: breadth first, so the first way found is the shortest.
  for (const item of open) {
    const next = (waiting.get(item) ?? []).filter((blocked) => !distances.has(blocked));
    const distance = (distances.get(item) ?? 0) + 1;
    for (const blocked of new Set(next)) distances.set(blocked, distance);
    open.push(...new Set(next));
  }
  distances.delete(root);
  return distances;
}

function blockedByItem(
  blocks: HoldsUpInput['blocks'],
  done: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const open = blocks.filter(({ blocked }) => !done.has(blocked));
  const byBlocker = Map.groupBy(open, ({ blocker }) => blocker);
  return new Map([...byBlocker].map(([item, rows]) => [item, rows.map(({ blocked }) => blocked)]));
}

/** What the known tickets say of each other, from both ends of each link. */
export function linksOf(issues: readonly IssueSituation[]): Omit<HoldsUpInput, 'root'> {
  const done = issues.filter(({ category }) => category === 'done').map(({ subject }) => subject);
  const told = issues.flatMap((issue) => [...issue.blockedBy, ...issue.blocks]);
  const blocks = issues.flatMap(({ subject, blockedBy, blocks: held }) => [
    ...blockedBy.map((link) => ({ blocker: link.subject, blocked: subject })),
    ...held.map((link) => ({ blocker: subject, blocked: link.subject })),
  ]);
  const ended = told.filter((link) => link.done).map(({ subject }) => subject);
  return { blocks, done: new Set([...done, ...ended]) };
}
