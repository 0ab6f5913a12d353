import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How the program stood while faults were put upon it. */
export const DEPLOYMENTS = {
  single: 'one process, SQLite',
  postgres: 'one process, PostgreSQL',
  redis: 'one process, PostgreSQL and Redis',
  many: 'two gateways, three workers, PostgreSQL and Redis',
  apis: 'two programs that answer /api, PostgreSQL and Redis',
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

/** A figure as a soak leaves it, with where it comes from. */
export interface KeptFigure extends Figure {
  /** The day, in UTC. */
  readonly date: string;
  /** The short hash, and a word where the tree was another one. */
  readonly commit: string;
  readonly cores: number;
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
  const kept: KeptFigure = {
    ...figure,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    cores: availableParallelism(),
  };
  mkdirSync(FIGURES, { recursive: true });
  const file = join(FIGURES, `${promise}-${deployment}.json`);
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
}

const git = (...words: string[]): string =>
  execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

function commit(): string {
  try {
    const hash = git('rev-parse', '--short', 'HEAD');
    // The page that the table is written into is no part of what was run.
    const changed = git('status', '--porcelain', '--', ':/', ':(top,exclude)docs/guarantees.md');
    return changed === '' ? hash : `${hash}, with uncommitted changes`;
  } catch {
    return 'not known';
  }
}
