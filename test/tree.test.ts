import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
// What is made here and belongs to nobody's commit. Walked rather than asked of git, so that it holds in a tarball too.
const MADE: ReadonlySet<string> = new Set([
  '.git',
  '.cache',
  'node_modules',
  'dist',
  'data',
  'coverage',
]);
const MARKER = /^(?:<{7}|\|{7}|>{7})(?: |$)/m;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !MADE.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      return entry.isFile() ? [path] : [];
    });
}

test('no file of the repository holds a merge that was not finished', () => {
  const files = filesIn(ROOT);
  const unfinished = files.filter((path) => MARKER.test(readFileSync(path, 'utf8')));

  expect(files).toContain(join(ROOT, 'docs/deploy.md'));
  expect(unfinished).toEqual([]);
});
