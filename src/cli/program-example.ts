import type { Given } from './given.ts';

/** Turns a command's work into what commander runs; the number is the exit code. */
export type Run = (work: (given: Given) => Promise<number>) => () => Promise<void>;

/** Examples stand before the usage: they are what people look for. */
export function example(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ pm-agent ${line}`).join('\n')}\n`;
}
