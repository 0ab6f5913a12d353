import { instantOf } from '../../lib/instant.ts';
import { assigneeId } from './error-event.ts';
import type { Remembered } from './poll-cursor.ts';
import type { ListedIssue } from './rest.ts';

const LETTERS = new Map([
  ['resolved', 'r'],
  ['ignored', 'i'],
]);
const OPEN = new Map([
  ['regressed', 'g'],
  ['escalating', 'e'],
]);

/** The state of an issue in few letters: another mark means that something was done to it. */
function markOf(issue: ListedIssue): string {
  const open = OPEN.get(issue.substatus ?? '') ?? 'u';
  const letter = LETTERS.get(issue.status ?? '') ?? open;
  return `${letter}|${assigneeId(issue.assignedTo) ?? ''}|${issue.numComments}`;
}

/** The mark of an issue to which nobody has done anything. */
export const UNTOUCHED = 'u||0';

/** An issue as it is remembered. */
export function rememberedOf(issue: ListedIssue): Remembered {
  return [issue.id, markOf(issue), lastSeenOf(issue)];
}

/** When the error last occurred, in epoch milliseconds. */
export function lastSeenOf(issue: Pick<ListedIssue, 'lastSeen' | 'firstSeen'>): number {
  return instantOf(issue.lastSeen) ?? instantOf(issue.firstSeen) ?? 0;
}

/**
 * Whether the activity of a known issue must be read. An issue that came back and goes on may have been resolved and
 * have come back once more in between, which its mark would not show.
 */
export function isTouched(issue: ListedIssue, known: Remembered): boolean {
  const [, mark, lastSeen] = rememberedOf(issue);
  if (mark !== known[1]) return true;
  return /^[ge]/.test(mark) && lastSeen !== known[2];
}
