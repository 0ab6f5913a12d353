import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DEPLOYMENTS, FIGURES } from './figures.ts';
import type { DeploymentKind, KeptFigure } from './figures.ts';
import { withTable } from './table.ts';

// Run by `make soak` after the scenarios, also when one has failed: writes what they counted into docs/guarantees.md.

const PAGE = fileURLToPath(new URL('../../docs/guarantees.md', import.meta.url));
const RUN = 'run.json';

const isKind = (name: string): name is DeploymentKind => Object.hasOwn(DEPLOYMENTS, name);
const Kept = z.object({
  promise: z.string(),
  deployment: z.string().transform((name, check): DeploymentKind => {
    if (isKind(name)) return name;
    check.addIssue(`there is no deployment ${name}`);
    return z.NEVER;
  }),
  run: z.string(),
  counted: z.string(),
  holds: z.boolean(),
  seed: z.number(),
  date: z.string(),
  commit: z.string(),
  cores: z.number(),
});

/** The report of vitest, as far as it is read. */
const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

function figures(): KeptFigure[] {
  const files = readdirSync(FIGURES).filter((name) => name.endsWith('.json') && name !== RUN);
  return files.map((name) => Kept.parse(JSON.parse(readFileSync(join(FIGURES, name), 'utf8'))));
}

function failures(): string[] {
  const report = Report.parse(JSON.parse(readFileSync(join(FIGURES, RUN), 'utf8')));
  return report.testResults.flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed');
    // A file that cannot even be loaded has no tests to name.
    if (failed.length === 0 && status === 'failed') return [name.split('/').slice(-1).join('')];
    return failed.map(({ fullName }) => fullName);
  });
}

const isPartial = (process.argv[2] ?? '') !== '';
const soak = { figures: figures(), failed: failures(), isPartial };
writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), soak));
console.log(`${soak.figures.length} figures written to docs/guarantees.md`);
