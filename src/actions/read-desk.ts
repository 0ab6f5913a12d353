import type { Operation } from '../domain/connector.ts';
import { asFailure, Failure } from '../domain/failure.ts';
import type { FailureKind } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';

/** A program that asks from outside. */
export interface Asker {
  /** The name of its token. */
  readonly name: string;
  /** Whether its holder may decide: then it may also look across subjects. */
  readonly mayDecide: boolean;
}

/** An operation as it is offered outside. */
interface Offered {
  readonly operation: Operation;
  /** Why it is not run for this asker; null where it is. */
  readonly refusal: string | null;
}

/** One use of an operation from outside. */
export interface Asked {
  /** Fits the input of the operation. */
  readonly input: unknown;
  readonly asker: Asker;
  /** Ends with whoever waits for the answer. */
  readonly signal?: AbortSignal;
}

/** Where other programs read through our operations. Changes are not made here: they are a plan's, or a person's. */
export interface ReadDesk {
  /** The systems that have something to offer. */
  readonly systems: readonly string[];
  /** The operations of a system by name; those made by code alone are not shown. */
  readonly operations: (system: string) => readonly Operation[];
  /** The same, with what is run for this asker. */
  readonly offered: (system: string, asker: Asker) => readonly Offered[];
  /**
   * Resolves with what was read, in the shape of the operation's output. Throws a `Failure` that says whether the asker, the
   * item or the system is the cause; it repeats no words of the system.
   */
  readonly run: (operation: Operation, asked: Asked) => Promise<unknown>;
}

interface DeskParts {
  readonly operations: readonly Operation[];
  readonly clock: Clock;
  readonly log: Logger;
}

// As long as a model's read may take.
const READ_MS = 10_000;

/** What a failure of the outside system is for whoever asked; what is not here is nobody's business but ours. */
const TOLD: Readonly<Partial<Record<FailureKind, FailureKind>>> = {
  'invalid-input': 'invalid-input',
  refused: 'invalid-input',
  'not-found': 'not-found',
  gone: 'gone',
  denied: 'denied',
  forbidden: 'forbidden',
  'too-large': 'too-large',
  // Our own credentials were refused: those of the asker are in order.
  unauthorized: 'unavailable',
  'not-configured': 'unavailable',
  'rate-limited': 'unavailable',
  unavailable: 'unavailable',
  timeout: 'unavailable',
  'broken-line': 'unavailable',
  'bad-answer': 'unavailable',
};

const CHANGES = 'It changes something: that is done by a plan or by a person.';
const CHANGES_FIX = 'Start a cycle on its subject (pm-agent trigger, POST /api/trigger-cycle).';
const ACROSS = 'It reads more than one subject: that needs a token of the role approver.';

const systemOf = ({ name }: Operation) => name.split('.')[0] ?? '';
const isShown = (operation: Operation) =>
  operation.effect === 'read' || operation.internal !== true;

/** What a model may read, a viewer may read: one subject that is named. Who decides may also search and list. */
function refusalOf(operation: Operation, asker: Asker): string | null {
  if (operation.effect !== 'read') return CHANGES;
  return operation.about === undefined && !asker.mayDecide ? ACROSS : null;
}

/** A desk over all operations of this process. */
export function readDesk(parts: DeskParts): ReadDesk {
  const shown = parts.operations
    .filter(isShown)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const bySystem = Map.groupBy(shown, systemOf);
  const operations: ReadDesk['operations'] = (system) => bySystem.get(system) ?? [];
  return {
    systems: [...bySystem.keys()],
    operations,
    offered: (system, asker) =>
      operations(system).map((operation) => ({
        operation,
        refusal: refusalOf(operation, asker),
      })),
    run: (operation, asked) => run(parts, operation, asked),
  };
}

async function run(parts: DeskParts, operation: Operation, asked: Asked): Promise<unknown> {
  const { asker } = asked;
  const startedAt = parts.clock.now();
  const told = { operation: operation.name, by: asker.name };
  try {
    const found = await read(operation, asked);
    parts.log.info({ ...told, ms: parts.clock.now() - startedAt }, 'an operation was read');
    return found;
  } catch (error) {
    const { kind } = asFailure(error);
    parts.log.info({ ...told, kind }, 'an operation was not read');
    throw error;
  }
}

async function read(operation: Operation, { input, asker, signal }: Asked): Promise<unknown> {
  const refusal = refusalOf(operation, asker);
  if (operation.effect !== 'read') throw new Failure('forbidden', CHANGES, { fix: CHANGES_FIX });
  if (refusal !== null) throw new Failure('forbidden', refusal);
  const deadline = AbortSignal.timeout(READ_MS);
  const ending = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  try {
    return operation.output.parse(await operation.run(input, { signal: ending }));
  } catch (error) {
    throw toldOf(operation, error);
  }
}

/** The system's own words could be anybody's: the kind alone is told. */
function toldOf(operation: Operation, error: unknown): Failure {
  const failure = asFailure(error);
  const kind = TOLD[failure.kind];
  if (kind === undefined) return failure;
  const { retryAfterMs } = failure;
  const message = `${operation.name} could not be read: ${failure.kind}.`;
  return new Failure(kind, message, {
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
