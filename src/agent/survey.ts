import type { Connector } from '../domain/connector.ts';
import { asFailure } from '../domain/failure.ts';
import type { Situation } from '../domain/situation.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';

/** What a survey gave: how it stands, that it is gone or not watched, or that it could not be read. */
export type Surveyed =
  | { readonly kind: 'seen'; readonly situation: Situation }
  | { readonly kind: 'none' }
  | { readonly kind: 'unread'; readonly note: string };

export type Survey = (subject: Subject, signal: AbortSignal) => Promise<Surveyed>;

const WATCHED: ReadonlySet<string> = new Set(['issue', 'pull-request', 'error']);

/** Asks the system of a subject how it stands, with a deadline in milliseconds. Never throws. */
export function surveyor(connectors: ReadonlyMap<string, Connector>, deadlineMs: number): Survey {
  return async (subject, signal) => {
    const { system, kind } = subjectParts(subject);
    const ask = connectors.get(system)?.survey;
    if (ask === undefined || !WATCHED.has(kind)) return { kind: 'none' };
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    try {
      const situation = await ask(subject, { signal: deadline });
      return situation === null ? { kind: 'none' } : { kind: 'seen', situation };
    } catch (error) {
      const failure = asFailure(error);
      return { kind: 'unread', note: `${failure.kind}: ${failure.message}` };
    }
  };
}

/** The situation, or `null` when there is none to judge by. */
export function situationIn(surveyed: Surveyed): Situation | null {
  return surveyed.kind === 'seen' ? surveyed.situation : null;
}
