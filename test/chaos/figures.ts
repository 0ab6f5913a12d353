import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How the program stood while faults were put upon it. */
export const DEPLOYMENTS = {
  single: 'one process, SQLite',
  postgres: 'one process, PostgreSQL',
  many: 'two gateways, three workers, PostgreSQL and Redis',
} as const;
export type DeploymentKind = keyof typeof DEPLOYMENTS;

/** One promise of docs/guarantees.md, counted in one run over one deployment. */
export interface Figure {
  /** As in docs/guarantees.md, e.g. `R1`. */
  readonly promise: string;
  readonly deployment: DeploymentKind;
  /** What was done, with its counts: "10,000 deliveries of five systems, 52 SIGKILLs". */
  readonly run: string;
  /** What was counted at the emulators or read from the outside: "lost 0". */
  readonly counted: string;
  readonly holds: boolean;
  readonly seed: number;
}

/** `make soak` runs the full figures; the gate runs the same scenarios at a small scale. */
export const IS_SOAK = process.env['PM_AGENT_SOAK'] === '1';

/** Picks the scale of the run. */
export const scaled = (fast: number, soak: number): number => (IS_SOAK ? soak : fast);

/** The seed of this run: given by `PM_AGENT_CHAOS_SEED`, or new with each run. Whoever uses it prints it. */
export const SEED = Number(process.env['PM_AGENT_CHAOS_SEED'] ?? Date.now() % 1_000_000);

/** Where a soak leaves its figures for the table. */
export const FIGURES = fileURLToPath(new URL('../../.cache/chaos/', import.meta.url));

/** Prints a figure, and in a soak keeps it for the table; the caller asserts `holds` itself. */
export function record(figure: Figure): void {
  const { promise, deployment, run, counted, seed } = figure;
  console.log(`${promise}, ${DEPLOYMENTS[deployment]}: ${run}: ${counted} (seed ${seed})`);
  if (!IS_SOAK) return;
  mkdirSync(FIGURES, { recursive: true });
  const file = join(FIGURES, `${promise}-${deployment}.json`);
  writeFileSync(file, `${JSON.stringify(figure, null, 2)}\n`);
}
