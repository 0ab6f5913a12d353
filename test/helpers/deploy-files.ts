import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const ROOT = new URL('../../', import.meta.url);

/** A file of the repository as text. */
export const textOf = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

export const namesIn = (folder: string): string[] =>
  readdirSync(fileURLToPath(new URL(folder, ROOT)));

/** Every document of a YAML file, with its merge keys carried out. Throws where the text is not YAML. */
export function yamlOf(path: string): unknown[] {
  return parseAllDocuments(textOf(path), { merge: true }).map((document) => {
    const [fault] = document.errors;
    if (fault !== undefined) throw new Error(`${path}: ${fault.message}`);
    return document.toJS() as unknown;
  });
}

const Composed = z.looseObject({
  image: z.string(),
  restart: z.string(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  networks: z.array(z.string()),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  healthcheck: z.looseObject({ test: z.array(z.string()) }),
  depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).default({}),
  mem_limit: z.string(),
  logging: z.looseObject({ options: z.looseObject({ 'max-size': z.string() }) }),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  stop_grace_period: z.string().optional(),
  deploy: z.looseObject({ replicas: z.number() }).default({ replicas: 1 }),
});
const Compose = z.looseObject({
  services: z.record(z.string(), Composed),
  networks: z.record(z.string(), z.looseObject({ internal: z.boolean().optional() })).default({}),
  volumes: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.unknown()).default({}),
});

// What stands for one thing, so that a later file replaces it.
const WHOLE: ReadonlySet<string> = new Set(['command', 'entrypoint', 'test']);

function merged(first: unknown, second: unknown, name: string): unknown {
  if (isList(first) && isList(second) && !WHOLE.has(name)) {
    return [...new Set([...first, ...second])];
  }
  if (!isMap(first) || !isMap(second)) return second;
  const both = new Set([...Object.keys(first), ...Object.keys(second)]);
  return Object.fromEntries(
    [...both].map((key) => {
      const found = key in second ? merged(first[key], second[key], key) : first[key];
      return [key, found];
    }),
  );
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Compose files over each other, as `docker compose -f … -f …` merges them, and as our rules for them need them. */
export function composeOf(...paths: readonly string[]): z.infer<typeof Compose> {
  const files = paths.map((path) => yamlOf(path)[0]);
  return Compose.parse(files.reduce((first, second) => merged(first, second, '')));
}

/** Connections to the database of one process at the most: eight to read, one to write (src/store/postgres.ts), one to keep. */
export function connectionsOf(roles: readonly string[]): number {
  return roles.some((role) => role === 'gateway' || role === 'poller') ? 10 : 9;
}

/** Puts values where a compose file names variables, as the command would; a default may name variables too. */
export function interpolated(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$\{(?<name>\w+)(?:(?::-(?<usual>(?:\$\{[^}]*\}|[^}])*))|(?::\?[^}]*))?\}/g,
    (_all, name: string, usual = '') => values[name] ?? interpolated(String(usual), values),
  );
}

/** One instruction of a Dockerfile with its whole line. */
export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** The instructions of a Dockerfile; continued lines are one. */
export function instructionsOf(text: string): Instruction[] {
  const lines = text.replace(/\\\n\s*/g, '').split('\n');
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => ({ word: line.split(/\s/)[0] ?? '', rest: line.replace(/^\S+\s+/, '') }));
}

/** A directive of a proxy with what stands in its braces. */
export interface Directive {
  readonly words: readonly string[];
  readonly inner: readonly Directive[];
}

/** Takes a configuration of nginx apart. Throws where braces or semicolons are missing. */
export function nginxOf(text: string): Directive[] {
  const tokens = text
    .replace(/^\s*#.*$/gm, '')
    .match(/"[^"]*"|[{};]|[^\s{};]+/g)
    ?.values();
  if (tokens === undefined) throw new Error('nothing is there');
  const block = (isInner: boolean): Directive[] => {
    const found: Directive[] = [];
    let words: string[] = [];
    for (;;) {
      const { value, done } = tokens.next();
      if (done === true) break;
      if (value === ';') found.push({ words, inner: [] });
      else if (value === '{') found.push({ words, inner: block(true) });
      else if (value === '}' && isInner && words.length === 0) return found;
      else words.push(value);
      if (value === ';' || value === '{') words = [];
    }
    if (isInner || words.length > 0) throw new Error(`not closed: ${words.join(' ')}`);
    return found;
  };
  return block(false);
}

/** Takes a Caddyfile apart, whose directives end with their line; snippets stand where they are imported. */
export function caddyOf(text: string): Directive[] {
  const lines = text.split('\n').map((line) => line.trim());
  const closed = lines.map((line) => {
    if (line.startsWith('#') || line === '' || line === '}' || line.endsWith('{')) return line;
    return `${line};`;
  });
  const found = nginxOf(closed.join('\n'));
  const snippet = (name: string) =>
    found.find(({ words }) => words[0] === `(${name})`)?.inner ?? [];
  return found
    .filter(({ words }) => words[0]?.startsWith('(') !== true)
    .map(({ words, inner }) => ({
      words,
      inner: inner.flatMap((one) =>
        one.words[0] === 'import' ? snippet(one.words[1] ?? '') : [one],
      ),
    }));
}

/** A systemd unit: sections, and in each its keys with every value that was given. */
export type Unit = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Takes a unit apart. Throws at a line that is none. */
export function unitOf(text: string): Unit {
  const unit = new Map<string, Map<string, string[]>>();
  let section = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const head = /^\[(?<name>\w+)\]$/.exec(line)?.groups?.['name'];
    const pair = /^(?<key>\w+)=(?<value>.*)$/.exec(line)?.groups;
    if (head !== undefined) {
      section = new Map();
      unit.set(head, section);
    } else if (pair !== undefined) {
      const { key = '', value = '' } = pair;
      section.set(key, [...(section.get(key) ?? []), value]);
    } else throw new Error(`not a line of a unit: ${line}`);
  }
  return unit;
}
