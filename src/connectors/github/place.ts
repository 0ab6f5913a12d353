import type { Subject } from '../../domain/subject.ts';
import { subjectParts } from '../../domain/subject.ts';

/** An issue or a pull request, as its subject names it. */
export interface Place {
  readonly repo: string;
  readonly number: number;
  readonly kind: 'issue' | 'pull-request';
}

const PLACE = /^([A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+)#(\d{1,9})$/;

/** The issue or pull request that a subject is, `null` for any other. */
export function placeOf(subject: Subject): Place | null {
  const { system, kind, id } = subjectParts(subject);
  const [, repo, number] = PLACE.exec(id) ?? [];
  if (system !== 'github' || repo === undefined || number === undefined) return null;
  if (kind !== 'issue' && kind !== 'pull-request') return null;
  return { repo, number: Number(number), kind };
}
