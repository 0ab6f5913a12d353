import type { Action } from '../domain/action.ts';
import type { Connector } from '../domain/connector.ts';
import type { Context, SourceReport } from '../domain/context.ts';
import type { ProjectEvent } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import { asFailure } from '../domain/failure.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import { iso } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';

interface GatherRequest {
  readonly subject: Subject;
  readonly events: readonly ProjectEvent[];
  readonly history: readonly Action[];
  readonly signal: AbortSignal;
}

export type GatherContext = (request: GatherRequest) => Promise<Context>;

export interface GatherParts {
  readonly connectors: readonly Connector[];
  readonly clock: Clock;
  readonly directivesVersion: () => string;
  /** How long one source may take, in milliseconds. */
  readonly deadlineMs: number;
  /** Whether the people of a conversation may hear of the tickets that it names. */
  readonly mayTell: (subject: Subject, events: readonly ProjectEvent[]) => boolean;
  /** What people decided against on this subject, with their reasons. */
  readonly declined: (subject: Subject) => Promise<readonly string[]>;
}

interface Gathered {
  readonly facts: readonly Fact[];
  readonly report: SourceReport;
}

interface Question {
  readonly connector: Connector;
  readonly subject: Subject;
  readonly signal: AbortSignal;
}

async function ask(question: Question, parts: GatherParts): Promise<Gathered> {
  const { connector, subject } = question;
  const startedAt = parts.clock.now();
  const report = { source: connector.name, readAt: iso(startedAt) };
  const took = () => Math.max(0, parts.clock.now() - startedAt);
  if (connector.gather === undefined) {
    const note = 'not-configured: there are no credentials to read with';
    return { facts: [], report: { ...report, ok: false, facts: 0, durationMs: 0, note } };
  }
  try {
    const signal = AbortSignal.any([question.signal, AbortSignal.timeout(parts.deadlineMs)]);
    const facts = await connector.gather(subject, { signal });
    const counted = { ok: true, facts: facts.length, durationMs: took(), note: null };
    return { facts, report: { ...report, ...counted } };
  } catch (error) {
    const failure = asFailure(error);
    const note = `${failure.kind}: ${failure.message}`;
    return { facts: [], report: { ...report, ok: false, facts: 0, durationMs: took(), note } };
  }
}

const DONE_STATES: ReadonlySet<Action['state']> = new Set(['done', 'held', 'sending', 'unknown']);

const TICKETS = 'jira';
const MOST_RELATED = 3;

/**
 * The subject itself, and for a ticket the pull requests and errors that its mail came from. Never the other way round:
 * those who read a pull request may not be allowed to read the ticket. A conversation gets the tickets that it names only
 * where its people may hear of them.
 */
function subjectsOf({ subject, events }: GatherRequest, parts: GatherParts): readonly Subject[] {
  const { system, kind } = subjectParts(subject);
  const related = [...new Set(events.flatMap((event) => event.related ?? []))];
  if (system === TICKETS) {
    const elsewhere = related.filter((one) => subjectParts(one).system !== TICKETS);
    return [subject, ...elsewhere.slice(0, MOST_RELATED)];
  }
  if (kind !== 'thread' || !parts.mayTell(subject, events)) return [subject];
  const tickets = related.filter((one) => subjectParts(one).system === TICKETS);
  return [subject, ...tickets.slice(0, MOST_RELATED)];
}

/** Asks all sources at once, each with a deadline. A source that fails is noted and the cycle goes on. */
export function createGatherer(parts: GatherParts): GatherContext {
  return async (request) => {
    const { signal } = request;
    const questions = subjectsOf(request, parts).flatMap((subject) =>
      parts.connectors
        .filter((connector) => connector.name === subjectParts(subject).system)
        .map((connector) => ({ connector, subject, signal })),
    );
    const gathered = await Promise.all(questions.map((question) => ask(question, parts)));
    const answered = request.history
      .filter((action) => DONE_STATES.has(action.state))
      .flatMap((action) => action.answers);
    return {
      subject: request.subject,
      events: [...request.events],
      facts: gathered.flatMap((one) => one.facts),
      sources: gathered.map((one) => one.report),
      history: [
        ...(await parts.declined(request.subject)),
        ...request.history.map(
          (action) => `${action.createdAt} ${action.state}: ${action.preview}`,
        ),
      ],
      answered: [...new Set(answered)],
      directivesVersion: parts.directivesVersion(),
    };
  };
}
