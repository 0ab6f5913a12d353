import { observedOperation } from './actions/observed-operation.ts';
import { mayWriteTo, modesOf } from './actions/mode-of.ts';
import { connectorsOf } from './app-connectors.ts';
import { diskWatch } from './app-disk.ts';
import type { Core } from './app-inbox.ts';
import type { Outgoing } from './app-outgoing.ts';
import { knownProjects } from './app-watch.ts';
import type { Operation } from './domain/connector.ts';
import { Directory } from './inbox/directory.ts';

/** What everything is wired from: the systems with what may be done in them, and who is known. */
export async function coreOf(
  given: Pick<Core, 'config' | 'log' | 'clock' | 'store' | 'observer'>,
  outgoing: Outgoing,
): Promise<Core> {
  const { config } = given;
  const { systems } = config;
  // A process for some systems alone serves faces that read: it has no way to write either.
  const writes = (system: string) =>
    systems === null && mayWriteTo(system, config.mode, config.operationModes);
  const all = await connectorsOf(config, writes, outgoing);
  const connectors = all
    .filter(({ name }) => systems?.some((one) => one === name) ?? true)
    .map((connector) => ({
      ...connector,
      operations: connector.operations.map((one) => observedOperation(one, given.observer)),
    }));
  const modeOf =
    systems === null ? modesOf(config.mode, config.operationModes) : () => 'simulation';
  // What may not leave has no way to leave: not even one that nobody calls.
  const operations = connectors
    .flatMap((one) => one.operations)
    .map((one) => (modeOf(one.name) === 'simulation' ? withoutWrite(one) : one));
  const byName = new Map(connectors.map((connector) => [connector.name, connector]));
  return {
    ...given,
    connectors,
    byName,
    operations: new Map(operations.map((operation) => [operation.name, operation])),
    accounts: new Map(),
    directory: new Directory({ ...given, connectors: byName, team: config.team }),
    projects: knownProjects(config),
    disk: diskWatch(config),
  };
}

function withoutWrite(operation: Operation): Operation {
  if (operation.effect === 'read' || operation.write === undefined) return operation;
  const declared = { ...operation };
  delete declared.write;
  return declared;
}
