import { join } from 'node:path';
import { image, trivy } from './audit/image.ts';
import { billAndLicences, dependencies } from './audit/packages.ts';
import { historySecrets, treeSecrets } from './audit/secrets.ts';
import type { Section } from './audit/section.ts';

/*
 * Looks for known faults of dependencies, faults of the image, secrets, and licences, and writes the bill of materials.
 * Ends with 0 when all of it is clean, 1 with findings, 2 when nothing was found and something could not be known.
 */

const WIDTH = 80;
const INDENT = '  ';
const MARKS: Readonly<Record<Section['state'], string>> = {
  clean: 'clean',
  findings: 'FINDINGS',
  'not-known': 'NOT KNOWN',
};

const root = process.argv[2] ?? join(import.meta.dirname, '..');
const sections = [
  treeSecrets(root),
  await historySecrets(root),
  image(root),
  trivy(root),
  dependencies(root),
  ...billAndLicences(root),
];
for (const { name, state, lines } of sections) {
  console.log(`${name.padEnd(24)} ${MARKS[state]}`);
  for (const line of lines.flatMap(wrapped)) console.log(line);
}
const states = new Set(sections.map(({ state }) => state));
const unknown = states.has('not-known') ? 2 : 0;
process.exitCode = states.has('findings') ? 1 : unknown;

/** A line as lines that fit, each behind a margin. */
function wrapped(line: string): string[] {
  const room = WIDTH - INDENT.length;
  const rows: string[] = [];
  let rest = line;
  while (rest.length > room) {
    const at = rest.lastIndexOf(' ', room);
    const cut = at > 0 ? at : room;
    rows.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return [...rows, rest].map((row) => INDENT + row);
}
