import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

/**
 * Gives the memory that loading took back to the system, once. Compiling the modules leaves the heap at twice what
 * lives in it, and V8 keeps that until it is pressed; on a home server an idle process should not.
 */
export function releaseMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (isCollect(collect)) collect({ type: 'major', flavor: 'last-resort' });
}

function isCollect(value: unknown): value is Collect {
  return typeof value === 'function';
}
