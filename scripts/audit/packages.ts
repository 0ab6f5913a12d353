import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { sectionOf } from './section.ts';
import type { Section } from './section.ts';

const Report = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({ severity: z.string(), range: z.string().default('') }),
  ),
  metadata: z.object({ vulnerabilities: z.object({ total: z.number() }) }),
});

/**
 * Reads what `npm audit --json` has said. An error of the registry, or anything that is no report, is not known: only a whole
 * report can say that there is nothing.
 */
export function auditReport(stdout: string): Section {
  const name = 'dependencies';
  const parsed = Report.safeParse(jsonOrNull(stdout));
  if (!parsed.success) {
    const said = z.object({ message: z.string() }).safeParse(jsonOrNull(stdout));
    const why = said.success ? said.data.message : 'it gave no report';
    return { name, state: 'not-known', lines: [`npm audit: ${why}`] };
  }
  const { vulnerabilities, metadata } = parsed.data;
  const findings = Object.entries(vulnerabilities).map(
    ([packaged, { severity, range }]) => `${severity}: ${packaged} ${range}`,
  );
  if (findings.length === 0 && metadata.vulnerabilities.total > 0) {
    return { name, state: 'findings', lines: [`${metadata.vulnerabilities.total} unnamed`] };
  }
  return sectionOf(name, findings, ['npm audit knows of nothing']);
}

/** Asks the registry for known faults of what runs in production. */
export function dependencies(root: string): Section {
  return auditReport(npm(root, ['audit', '--omit=dev', '--json']));
}

const Licence = z.object({
  license: z.object({ id: z.string().optional(), name: z.string().optional() }).optional(),
  expression: z.string().optional(),
});
const Component = z.looseObject({
  'bom-ref': z.string(),
  type: z.string(),
  name: z.string().min(1),
  version: z.string().min(1),
  purl: z.string().startsWith('pkg:npm/'),
  licenses: z.array(Licence).default([]),
  properties: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});
/** A bill of materials in CycloneDX, as far as we rest on it. */
const Bill = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string().regex(/^1\.\d$/),
  components: z.array(Component).min(1),
  dependencies: z.array(
    z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).default([]) }),
  ),
});
type Bill = z.infer<typeof Bill>;

const Manifest = z.object({ dependencies: z.record(z.string(), z.string()) });

/** Where the bill of materials is written to, below the root. */
const BILL_FILE = '.cache/sbom.cdx.json';

const DEVELOPMENT = 'cdx:npm:package:development';

/**
 * The bill without what only development needs. npm's own `--omit=dev` leaves out packages that both need, so it is done
 * here, by how npm marks each.
 */
function inProduction(bill: Bill): Bill {
  const components = bill.components.filter(
    ({ properties }) => !properties.some(({ name }) => name === DEVELOPMENT),
  );
  const gone = new Set(bill.components.map((one) => one['bom-ref']));
  for (const one of components) gone.delete(one['bom-ref']);
  const dependencies = bill.dependencies
    .filter(({ ref }) => !gone.has(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => !gone.has(ref)) }));
  return { ...bill, components, dependencies };
}

/** Writes the bill of materials of what runs in production, checks its shape, and judges the licences in it. */
export function billAndLicences(root: string): Section[] {
  const text = npm(root, ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']);
  const whole = Bill.safeParse(jsonOrNull(text));
  if (!whole.success) {
    const lines = ['npm sbom gave no bill'];
    return ['bill of materials', 'licences'].map((name) => ({ name, state: 'not-known', lines }));
  }
  const file = join(root, BILL_FILE);
  mkdirSync(dirname(file), { recursive: true });
  const bill = inProduction(whole.data);
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
  return [billSection(root, bill), licenceSection(bill)];
}

function billSection(root: string, bill: Bill): Section {
  const manifest = Manifest.parse(jsonOrNull(readFileSync(join(root, 'package.json'), 'utf8')));
  const held = new Set(bill.components.map(({ purl }) => decodeURIComponent(purl)));
  const missing = Object.entries(manifest.dependencies)
    .filter(([name, version]) => !held.has(`pkg:npm/${name}@${version}`))
    .map(([name, version]) => `${name}@${version} is not in the bill`);
  const clean = [`${bill.components.length} packages, CycloneDX ${bill.specVersion}, ${BILL_FILE}`];
  return sectionOf('bill of materials', missing, clean);
}

// Those that ask for no more than to be named.
const ALLOWED: ReadonlySet<string> = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'Python-2.0',
]);

/** Whether an SPDX expression can be met with licences of the list. One of alternatives is enough. */
export function isAllowed(expression: string): boolean {
  const bare = expression.replaceAll(/[()]/g, ' ').trim();
  return bare
    .split(/\s+OR\s+/)
    .some((one) => one.split(/\s+AND\s+/).every((id) => ALLOWED.has(id.trim())));
}

/** The licences of a bill of materials: how many of each, and every package whose licence is not on the list. */
function licenceSection({ components }: Bill): Section {
  const counts = new Map<string, number>();
  const findings: string[] = [];
  for (const { name, version, licenses } of components) {
    const told = licenses.map(
      ({ license, expression }) => expression ?? license?.id ?? license?.name ?? 'unnamed',
    );
    const all = told.length === 0 ? ['none'] : told;
    for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
    if (!all.every(isAllowed)) findings.push(`${name}@${version}: ${all.join(', ')}`);
  }
  const sorted = [...counts].toSorted(([, left], [, right]) => right - left);
  return sectionOf('licences', findings, [
    sorted.map(([licence, count]) => `${count} ${licence}`).join(', '),
  ]);
}

function npm(root: string, args: readonly string[]): string {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const { stdout, error } = spawnSync('npm', args, { ...options, timeout: 120_000 });
  return error === undefined ? stdout : '';
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
