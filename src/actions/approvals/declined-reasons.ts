import type { Kysely } from 'kysely';
import type { Subject } from '../../domain/subject.ts';
import { declinedApprovals } from '../../store/approvals.ts';
import type { Tables } from '../../store/tables.ts';
import { visible } from './exact-preview.ts';

const LONGEST = 300;

/** What people declined on a subject and why, one line each, newest first: for the context of its later cycles. */
export async function declinedReasons(
  db: Kysely<Tables>,
  subject: Subject,
  limit: number,
): Promise<string[]> {
  const declined = await declinedApprovals(db, subject, limit);
  return declined.map((one) => {
    const reason = visible((one.note ?? '').replace(/\s+/g, ' ')).slice(0, LONGEST);
    const day = one.decidedAt?.slice(0, 10) ?? '';
    return `${day}: ${one.decidedBy ?? 'somebody'} declined ${one.operation}: ${reason}`;
  });
}
