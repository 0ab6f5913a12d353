import type { Approval } from '../../domain/approval.ts';
import { iso } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { addGrant, endGrant } from '../../store/standing-grants.ts';
import type { Work } from '../../store/writer.ts';
import type { Ballot } from './ballot.ts';
import type { Answer } from './decision.ts';

const LEAST_MINUTES = 60;
const MOST_MINUTES = 480;
const MINUTE_MS = 60_000;

/** Why an answer cannot allow its kind for a while; `null` when it can, or does not want to. */
export function grantFault(answer: Answer, approval: Approval): string | null {
  const { allowFor } = answer;
  if (allowFor === undefined) return null;
  if (approval.needed > 1) return 'What two people decide is decided each time.';
  const fits = Number.isInteger(allowFor) && allowFor >= LEAST_MINUTES && allowFor <= MOST_MINUTES;
  return fits ? null : 'A kind is allowed for 1 to 8 hours.';
}

/** The grant that an accepted answer asks for, in the same commit. */
export async function keepGrant(ballot: Ballot): Promise<void> {
  const { work, approval, answer, now } = ballot;
  const grant = {
    id: newId(now),
    operation: approval.operation,
    subject: answer.allowEverywhere === true ? null : approval.subject,
    by: answer.by.name,
    createdAt: iso(now),
    until: iso(now + (answer.allowFor ?? 0) * MINUTE_MS),
    revokedAt: null,
  };
  await addGrant(work.db, grant);
  const { id, operation, until } = grant;
  work.journal({
    kind: 'grant.created',
    subject: grant.subject,
    cycle: null,
    data: { grant: id, operation, until, approval: approval.id, person: answer.by.person },
  });
}

/** Takes a grant back; false when there is none of that id that still holds. */
export async function revokeGrant(
  work: Work,
  id: string,
  given: { readonly by: string; readonly now: number },
): Promise<boolean> {
  if (!(await endGrant(work.db, id, given.now))) return false;
  const data = { grant: id, by: given.by };
  work.journal({ kind: 'grant.revoked', subject: null, cycle: null, data });
  return true;
}
