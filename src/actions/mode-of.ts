import type { Mode } from '../domain/mode.ts';
import { matchesOperation } from './directives/operation-pattern.ts';

/** The mode of an operation or of many, e.g. `jira.add-comment` or `slack.*`. */
export interface OperationMode {
  readonly operations: string;
  readonly mode: Mode;
}

/** The mode of each operation: its own name first, then a pattern, then that of the whole program. */
export function modesOf(
  usual: Mode,
  particular: readonly OperationMode[],
): (operation: string) => Mode {
  return (operation) => {
    const exact = particular.find(({ operations }) => operations === operation);
    const fitting = exact ?? particular.find((one) => matchesOperation(one.operations, operation));
    return fitting?.mode ?? usual;
  };
}

/** Whether anything in a system may leave: without that it is not even given its credentials to write. */
export function mayWriteTo(
  system: string,
  usual: Mode,
  particular: readonly OperationMode[],
): boolean {
  if (usual !== 'simulation') return true;
  return particular.some(({ operations, mode }) => {
    const [named = ''] = operations.split('.');
    return mode !== 'simulation' && (named === system || named === '*');
  });
}
