import type { Operation } from '../domain/connector.ts';
import { asFailure } from '../domain/failure.ts';
import type { Observer } from '../domain/observer.ts';

type Work<Given extends unknown[], Result> = (...given: Given) => Promise<Result>;

/** The same operation, of which every read and every send is told: which way served it, and how it ended. */
export function observedOperation(operation: Operation, observer: Observer): Operation {
  const tell = (outcome: string): void => {
    // Each connector asks its system's own API so far.
    observer.call({ operation: operation.name, way: 'api', outcome });
  };
  const told =
    <Given extends unknown[], Result>(work: Work<Given, Result>): Work<Given, Result> =>
    async (...given) => {
      try {
        const result = await work(...given);
        tell('ok');
        return result;
      } catch (error) {
        tell(asFailure(error).kind);
        throw error;
      }
    };
  if (operation.effect === 'read') return { ...operation, run: told(operation.run) };
  const { write } = operation;
  return write === undefined
    ? operation
    : { ...operation, write: { ...write, run: told(write.run) } };
}
