import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sectionOf } from './section.ts';
import type { Section } from './section.ts';

/** One instruction of a Dockerfile, its continued lines joined. */
interface Instruction {
  readonly word: string;
  readonly rest: string;
  readonly line: number;
}

const SECRET_NAME = /(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|PRIVATE_?KEY)/i;

/** Rules of our own for a Dockerfile: where it begins, who it runs as, what it takes in. */
export function dockerfileFindings(text: string): string[] {
  const all = instructionsOf(text);
  const stages = stagesOf(all);
  const last = stages.at(-1) ?? [];
  return [
    ...all.flatMap((one) => instructionFindings(one, stages.length)),
    ...userFindings(last),
    ...(has(last, 'HEALTHCHECK') ? [] : ['no HEALTHCHECK: nobody sees that it hangs']),
    ...last
      .filter(({ word, rest }) => word === 'COPY' && /^(?:--\S+\s+)*\.\/?\s/.test(rest))
      .map(({ line }) => `line ${line}: COPY . takes in more than the last stage needs`),
  ];
}

function instructionFindings({ word, rest, line }: Instruction, stages: number): string[] {
  const at = `line ${line}:`;
  if (word === 'FROM') return baseFindings(rest, line, stages);
  if (word === 'ADD') return [`${at} ADD fetches and unpacks by itself; use COPY`];
  if ((word === 'ENV' || word === 'ARG') && SECRET_NAME.test(rest.replace(/=\S*/g, ''))) {
    return [`${at} ${word} names a secret: it stays in the image for everybody to read`];
  }
  if (word !== 'RUN') return [];
  return [
    ...(/\b(?:curl|wget)\b[^|]*\|\s*(?:ba|z)?sh\b/.test(rest)
      ? [`${at} RUN carries out what it has fetched, unseen`]
      : []),
    ...(/\bsudo\b/.test(rest) ? [`${at} RUN uses sudo`] : []),
    ...(/\bapt-get\s+(?:\S+\s+)*install\b/.test(rest) && !rest.includes('--no-install-recommends')
      ? [`${at} apt-get installs what was not asked for: --no-install-recommends`]
      : []),
    ...(/\bnpm\s+(?:i|install)\b/.test(rest) ? [`${at} npm install may take other versions`] : []),
  ];
}

function baseFindings(rest: string, line: number, stages: number): string[] {
  const image = rest.replace(/^(?:--\S+\s+)*/, '').split(/\s/)[0] ?? '';
  const isStage = stages > 1 && /^[a-z][a-z0-9-]*$/.test(image) && line > 1;
  const isPinned = /@sha256:[0-9a-f]{64}$/.test(image) || /:v?\d+\.\d+\.\d+/.test(image);
  if (isPinned || (isStage && !image.includes(':') && image === 'scratch')) return [];
  return [`line ${line}: the base ${image} has no full version: another build, another image`];
}

function userFindings(stage: readonly Instruction[]): string[] {
  const user = stage.findLast(({ word }) => word === 'USER')?.rest.split(':')[0];
  if (user === undefined) return ['no USER in the last stage: it runs as root'];
  if (user === 'root' || user === '0') return ['USER is root'];
  return /^\d+$/.test(user) ? [] : [`USER ${user} is no number: a cluster cannot see who it is`];
}

const has = (stage: readonly Instruction[], word: string) =>
  stage.some((one) => one.word === word && one.rest.trim() !== 'NONE');

function stagesOf(all: readonly Instruction[]): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const one of all) {
    if (one.word === 'FROM') stages.push([]);
    stages.at(-1)?.push(one);
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const found: Instruction[] = [];
  let open: { text: string; line: number } | null = null;
  for (const [at, line] of text.split('\n').entries()) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const joined: { text: string; line: number } =
      open === null ? { text: line, line: at + 1 } : { ...open, text: open.text + line };
    const isOpen = joined.text.endsWith('\\');
    open = isOpen ? { ...joined, text: joined.text.slice(0, -1) } : null;
    if (isOpen) continue;
    const [word = '', ...rest] = joined.text.trim().split(/\s+/);
    found.push({ word: word.toUpperCase(), rest: rest.join(' '), line: joined.line });
  }
  return found;
}

/** The rules of our own over the repository's Dockerfile. */
export function image(root: string): Section {
  const findings = dockerfileFindings(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  return sectionOf('image', findings, ['pinned base, no root, no secret, nothing fetched unseen']);
}

/** What trivy says of the image's description and packages; not known where it is not on the PATH. */
export function trivy(root: string): Section {
  const name = 'image, by trivy';
  const args = [
    'fs',
    '--scanners',
    'vuln,misconfig',
    '--skip-dirs',
    'test',
    '--exit-code',
    '9',
    '.',
  ];
  const run = spawnSync('trivy', [...args, '--quiet'], { cwd: root, encoding: 'utf8' });
  if (run.error !== undefined) {
    return { name, state: 'not-known', lines: ['trivy is not on the PATH'] };
  }
  if (run.status === 0) return { name, state: 'clean', lines: ['nothing found'] };
  const lines = run.stdout.split('\n').filter((line) => line.trim() !== '');
  if (run.status === 9) return { name, state: 'findings', lines };
  return { name, state: 'not-known', lines: [`trivy ended with ${run.status ?? 'a signal'}`] };
}
