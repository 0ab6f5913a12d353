import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { z } from 'zod';
import { secretsIn, veiled } from './secret-shapes.ts';
import { sectionOf } from './section.ts';
import type { Section } from './section.ts';

const ALLOWED = 'scripts/audit/allowed-secrets.yaml';
// Longer lines are data that machines wrote; so much of each is looked at.
const LONGEST_LINE = 20_000;
const DIGITS = 12;

/** What looks like a secret and is none: groups of digests of the exact words, each with its reason. */
const Allowed = z.array(
  z.strictObject({
    reason: z.string().min(10),
    digests: z.array(z.string().regex(/^[0-9a-f]{12}$/)).min(1),
  }),
);

/** The digest by which a word is allowed. */
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, DIGITS);

type Report = (place: string, line: string) => void;

/** Looks for secrets in the files of the tree: those of git, and those that could be added to it. */
export function treeSecrets(root: string): Section {
  const name = 'secrets in the tree';
  const files = git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  if (files === null) return { name, state: 'not-known', lines: ['git cannot list the files'] };
  const paths = [...new Set(files.split('\0'))].filter((path) => isFile(join(root, path), path));
  const { report, findings } = collector(root);
  for (const path of paths) {
    const bytes = readFileSync(join(root, path));
    if (bytes.includes(0)) continue;
    const lines = bytes.toString('utf8').split('\n');
    for (const [at, line] of lines.entries()) report(`${path}:${at + 1}`, line);
  }
  return sectionOf(name, findings(), [`${paths.length} files, nothing found`]);
}

/** Looks for secrets in every line that was ever added, up to the commit that is checked out. */
export async function historySecrets(root: string): Promise<Section> {
  const name = 'secrets in the history';
  const count = git(root, ['rev-list', '--count', 'HEAD']);
  if (count === null) return { name, state: 'not-known', lines: ['there is no history of git'] };
  if (git(root, ['rev-parse', '--is-shallow-repository'])?.trim() === 'true') {
    return { name, state: 'not-known', lines: ['the history is cut off (shallow clone)'] };
  }
  const { report, findings } = collector(root);
  const format = '--format=commit %H';
  const args = ['log', '-p', '-U0', '--no-color', '--no-ext-diff', '--no-textconv', format, 'HEAD'];
  const isWhole = await eachAdded(root, args, report);
  if (!isWhole) return { name, state: 'not-known', lines: ['git could not tell the history'] };
  return sectionOf(name, findings(), [`${count.trim()} commits, nothing found`]);
}

function isFile(path: string, given: string): boolean {
  return given !== '' && existsSync(path);
}

function git(root: string, args: readonly string[]): string | null {
  try {
    const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
    return execFileSync('git', args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
}

async function eachAdded(root: string, args: readonly string[], report: Report): Promise<boolean> {
  const child = spawn('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  let commit = '';
  let file = '';
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    if (line.startsWith('commit ')) commit = line.slice(7, 19);
    else if (line.startsWith('+++ ')) file = line.slice(4).replace(/^b\//, '');
    else if (line.startsWith('+')) report(`${commit} ${file}`, line.slice(1));
  }
  return (await ended) === 0;
}

/** Collects each secret once, with the first place in which it was seen. */
function collector(root: string): { report: Report; findings: () => string[] } {
  const allowed = allowedIn(root);
  const found = new Map<string, string>();
  return {
    report: (place, line) => {
      for (const { shape, text } of secretsIn(line.slice(0, LONGEST_LINE))) {
        const digest = digestOf(text);
        if (allowed.has(digest) || found.has(digest)) continue;
        found.set(digest, `${place}: ${shape} ${veiled(text)}, digest ${digest}`);
      }
    },
    findings: () => [...found.values()],
  };
}

function allowedIn(root: string): ReadonlySet<string> {
  const path = join(root, ALLOWED);
  if (!existsSync(path)) return new Set();
  const groups = Allowed.parse(parse(readFileSync(path, 'utf8')));
  return new Set(groups.flatMap(({ digests }) => digests));
}
