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
  readonly directivesVersion: string;
  /** How long one source may take, in milliseconds. */
  readonly deadlineMs: number;
}

interface Gathered {
  readonly facts: readonly Fact[];
  readonly report: SourceReport;
}

async function ask(
  connector: Connector,
  request: GatherRequest,
  parts: GatherParts,
): Promise<Gathered> {
  const startedAt = parts.clock.now();
  const report = { source: connector.name, readAt: iso(startedAt) };
  const took = () => Math.max(0, parts.clock.now() - startedAt);
  if (connector.gather === undefined) {
    const note = 'not-configured: there are no credentials to read with';
    return { facts: [], report: { ...report, ok: false, facts: 0, durationMs: 0, note } };
  }
  try {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(parts.deadlineMs)]);
    const facts = await connector.gather(request.subject, { signal });
    const counted = { ok: true, facts: facts.length, durationMs: took(), note: null };
    return { facts, report: { ...report, ...counted } };
  } catch (error) {
    const failure = asFailure(error);
    const note = `${failure.kind}: ${failure.message}`;
    return { facts: [], report: { ...report, ok: false, facts: 0, durationMs: took(), note } };
  }
}

const DONE_STATES: ReadonlySet<Action['state']> = new Set(['done', 'held', 'sending', 'unknown']);

/** Asks all sources at once, each with a deadline. A source that fails is noted and the cycle goes on. */
export function createGatherer(parts: GatherParts): GatherContext {
  return async (request) => {
    const system = subjectParts(request.subject).system;
    const sources = parts.connectors.filter((connector) => connector.name === system);
    const gathered = await Promise.all(sources.map((source) => ask(source, request, parts)));
    const answered = request.history
      .filter((action) => DONE_STATES.has(action.state))
      .flatMap((action) => action.answers);
    return {
      subject: request.subject,
      events: [...request.events],
      facts: gathered.flatMap((one) => one.facts),
      sources: gathered.map((one) => one.report),
      history: request.history.map(
        (action) => `${action.createdAt} ${action.state}: ${action.preview}`,
      ),
      answered: [...new Set(answered)],
      directivesVersion: parts.directivesVersion,
    };
  };
}
