import { totalmem } from 'node:os';

/** Bytes that this process may take before the system ends it; null where only the machine is its bound. */
export function memoryLimit(
  told: number = process.constrainedMemory(),
  machine: number = totalmem(),
): number | null {
  // Without a limit the system tells nothing, or a number that no machine has.
  return told > 0 && told < machine ? told : null;
}
