import type { Material } from './ground.ts';
import { excerpt, latinText, visibleText } from './readable-text.ts';

const KEY = /(?<![A-Za-z0-9_])[A-Za-z][A-Za-z0-9_]{1,19}-[1-9][0-9]{0,8}(?![A-Za-z0-9_]|\.[0-9])/g;
const PROJECT = /(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]{1,19}(?![A-Za-z0-9_])/g;
const SLASHED =
  /(?<![\p{L}\p{N}_./@:-])[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,60}(?:\/[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,60}){1,12}/gu;
const ADDRESS = /https?:\/\/[^\s<>"|)\]]{1,500}/giu;
const CHANNEL = /(?<![\p{L}\p{N}_&/#])#[\p{L}][\p{L}\p{N}_-]{1,79}/gu;

// Names of standards that have the shape of a key.
const STANDARDS =
  /^(?:UTF|UCS|SHA|MD|ISO|RFC|TLS|SSL|HTTP|AES|RSA|CVE|CWE|IPV|ES|EN|DIN|GPT|COVID|UTC|GMT|P|Q|H)-\d/;
const PAIRS = new Set(
  `and/or either/or n/a w/o he/she she/he him/her his/her s/he yes/no on/off in/out true/false read/write input/output
  client/server ci/cd i/o tcp/ip up/down pass/fail before/after start/end und/oder er/sie et/ou y/o qa/qc ui/ux a/b
  open/closed done/open approve/decline`
    .trim()
    .split(/\s+/),
);

/** Finds a ticket or project that the ground does not name in exactly these letters. */
export function unknownKeyIn({ seen, words, ground, known }: Material): string | null {
  // Letter by letter as it was written: a look-alike in the ground is no ground for the real one, nor the reverse.
  const raw = [...ground.texts, ...ground.facts, ...(ground.subject ?? [])].join('\n');
  const named = new Set((raw.match(KEY) ?? []).map((key) => key.toUpperCase()));
  const projects = new Set(ground.projects.map((key) => key.toUpperCase()));
  const latin = latinText(seen);
  const wrongKey = (latin.match(KEY) ?? []).find((key) =>
    isUnknown(key, { named, projects, words }),
  );
  if (wrongKey !== undefined) return `the key "${excerpt(wrongKey)}" is not in the facts`;
  const mentioned = new Set([...named].map((key) => key.slice(0, key.lastIndexOf('-'))));
  const wrongProject = (latin.match(PROJECT) ?? []).find(
    (key) => projects.has(key) && !mentioned.has(key) && !known.has(key.toLowerCase()),
  );
  return wrongProject === undefined
    ? null
    : `the project "${excerpt(wrongProject)}" is not in the facts`;
}

interface Naming {
  readonly named: ReadonlySet<string>;
  readonly projects: ReadonlySet<string>;
  readonly words: string;
}

function isUnknown(key: string, { named, projects, words }: Naming): boolean {
  const upper = key.toUpperCase();
  const project = upper.slice(0, upper.lastIndexOf('-'));
  if (named.has(upper)) return !words.includes(key);
  if (projects.has(project)) return true;
  // Small letters of no known project are prose: "top-10" is a number, not a ticket.
  if (key !== upper) return false;
  return !STANDARDS.test(upper);
}

/** Finds a repository, branch, path or channel that the ground does not name. */
export function unknownPlaceIn({ seen, all, allFolded, known }: Material): string | null {
  const owners = new Set(pathsOf(all).map((path) => path.replace(/\/.*/su, '').toLowerCase()));
  const text = seen.replace(ADDRESS, (address) =>
    all.includes(bare(address)) ? ' ' : pathOf(address),
  );
  for (const path of pathsOf(text)) {
    const lower = path.toLowerCase();
    if (!isStated(lower, allFolded) && !isPlainPair(lower, owners, known)) {
      return `"${excerpt(path)}" is not in the facts`;
    }
  }
  const channel = (text.match(CHANNEL) ?? []).find(
    (name) => !allFolded.includes(name.toLowerCase()),
  );
  return channel === undefined ? null : `the channel "${excerpt(channel)}" is not in the facts`;
}

function pathsOf(text: string): readonly string[] {
  const found = text.match(SLASHED) ?? [];
  return found.map((path) => path.replace(/[.-]{1,9}$/, '')).filter((path) => /\p{L}/u.test(path));
}

function bare(address: string): string {
  return address.replace(/[.,;:!?*_~`']{1,9}$/, '');
}

// The host is judged elsewhere; here the first two names of the path count, as they name a repository.
function pathOf(address: string): string {
  const parts = visibleText(bare(address)).split('/').slice(3, 5);
  return parts.length === 2 && !/^(?:browse|issues|archives|client)$/.test(parts[0] ?? '')
    ? ` ${parts.join('/')} `
    : ' ';
}

function isStated(path: string, all: string): boolean {
  const at = all.indexOf(path);
  return at >= 0 && !/[\p{L}\p{N}_]/u.test(all.charAt(at + path.length));
}

function isPlainPair(
  path: string,
  owners: ReadonlySet<string>,
  known: ReadonlySet<string>,
): boolean {
  if (PAIRS.has(path)) return true;
  const parts = path.split('/');
  if (owners.has(parts[0] ?? '')) return false;
  return parts.length <= 3 && parts.every((part) => known.has(part));
}
