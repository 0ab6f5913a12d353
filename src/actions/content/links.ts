import { reversed, unescaped } from './decodings.ts';
import type { Material } from './ground.ts';
import { dottedKind, hasHostEnding, isPermitted } from './host-names.ts';
import { excerpt, latinText, readableText, visibleText } from './readable-text.ts';

// Everything up to what cannot be part of an authority; user names and ports are looked at afterwards.
const AUTHORITY =
  /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}):(?:[/\\]{2,4}|(?<=https?:)[/\\])([^\s/\\?#<>"'|)\]}]{0,300})/giu;
const RELATIVE = /(?<![\p{L}\p{N}:/\\])(?:\/\/|\\\\)([\p{L}\p{N}_[][^\s/\\?#<>"'|)}]{2,300})/gu;
const ACTIVE =
  /(?<![\p{L}\p{N}])(?:javascript:|vbscript:|mailto:|tel:\+?\d|sms:\+?\d|data:(?:[a-z]{1,20}\/|[,;])|blob:|file:\/|intent:|ssh:)/iu;
const DOTTED =
  /(?<![\p{L}\p{N}_@-])[\p{L}\p{N}_][\p{L}\p{N}_-]{0,62}(?:\.[\p{L}\p{N}_-]{1,63}){0,10}\.(?:xn--[a-z0-9-]{1,59}|\p{L}{2,63})(?![\p{L}\p{N}_-])/gu;
const ADDRESS_V4 =
  /(?<![\d.])(?:25[0-5]|2[0-4]\d|1?\d{1,2})(?:\.(?:25[0-5]|2[0-4]\d|1?\d{1,2})){3}(?![\d.]*\d)/g;
const ADDRESS_V6 = /\[(?=[0-9a-f.]{0,20}:)[0-9a-f:.]{2,45}\]|(?<![\w:])::[0-9a-f]{1,4}(?![\w:])/gi;
const LOCAL = /(?<![\w.-])localhost(?=[:/]\w)/gi;
const PICTURE = /!\[[^\]\n]{0,200}\]\s?\(\s?([^)\s]{1,300})/gu;

type Judge = (text: string, material: Material) => string | null;

const RULES: readonly Judge[] = [
  activeScheme,
  foreignAuthority,
  pictures,
  foreignAddress,
  foreignName,
];

/** Finds a link, picture, card or bare address of a host that is not permitted, however it is written. */
export function foreignLinkIn(material: Material): string | null {
  for (const text of writings(material.seen)) {
    const found = RULES.map((rule) => rule(text, material)).find((one) => one !== null);
    if (found !== undefined) return found;
  }
  return backwards(material);
}

/** Finds a dotted name that a client may link and that no fact states. */
export function unsureLinkIn(material: Material): string | null {
  const facts = material.facts.join('\n');
  for (const { name, kind, lower } of dottedNames(material.seen)) {
    const stated = kind === 'unsure' && hasHostEnding(lower) ? facts : material.allFolded;
    const fine = kind === 'file' || isPermitted(name, material.ground.linkHosts);
    if (!fine && !stated.includes(lower)) return `the name "${excerpt(name)}" is not in the facts`;
  }
  return null;
}

function writings(seen: string): readonly string[] {
  const dots = seen
    .replace(/[。｡]/g, '.')
    .replace(/\bh(?:xx|tt|\*\*)ps?(?=:|\[:\])/gi, 'http')
    .replace(/\s?[[({]\s?(?:\.|dot|punkt)\s?[\])}]\s?/gi, '.')
    .replace(/\[:\]|\[:\/\/\]/g, ':')
    .replace(/(?<=[\p{L}\p{N}]) (?:dot|punkt|\.) (?=[\p{L}\p{N}])/giu, '.');
  const open = visibleText(unescaped(dots));
  return [...new Set([seen, dots, open, visibleText(unescaped(open))])];
}

function activeScheme(text: string): string | null {
  const match = ACTIVE.exec(text);
  return match === null ? null : `an address of the kind "${excerpt(match[0])}"`;
}

function foreignAuthority(text: string, { ground }: Material): string | null {
  for (const match of [...text.matchAll(AUTHORITY), ...text.matchAll(RELATIVE)]) {
    const scheme = match[2] === undefined ? 'https' : (match[1] ?? '').toLowerCase();
    const authority = match[2] ?? match[1] ?? '';
    if (scheme.length < 2) continue;
    if (!/^https?$/.test(scheme)) return `an address of the kind "${excerpt(scheme)}"`;
    const host = authority.replace(/[.,;:!*_~`]{1,9}$/, '');
    if (!isPermitted(host, ground.linkHosts)) return `a link to "${excerpt(authority)}"`;
  }
  return null;
}

// A picture is fetched without a click, so its address has to be one that a system stated.
function pictures(text: string, { facts }: Material): string | null {
  for (const [, address = ''] of text.matchAll(PICTURE)) {
    const lower = readableText(address);
    if (!facts.some((fact) => fact.includes(lower))) return `a picture from "${excerpt(address)}"`;
  }
  return null;
}

function foreignAddress(text: string, { ground, facts }: Material): string | null {
  const found = [
    ...text.matchAll(ADDRESS_V4),
    ...text.matchAll(ADDRESS_V6),
    ...text.matchAll(LOCAL),
  ];
  for (const match of found) {
    const [address] = match;
    const rest = text.slice(match.index + address.length, match.index + address.length + 7);
    const port = /^:\d{1,5}/.exec(rest)?.[0] ?? '';
    const stated = /^[\d.]+$/.test(address) && facts.some((fact) => fact.includes(address));
    if (!stated && !isPermitted(address + port, ground.linkHosts)) {
      return `the address "${excerpt(address)}"`;
    }
  }
  return null;
}

function foreignName(text: string, { ground, facts }: Material): string | null {
  for (const { name, kind, lower } of dottedNames(text)) {
    if (kind !== 'host' || isPermitted(name, ground.linkHosts)) continue;
    // Without a scheme a name that a system states (a server, a release) is left to the milder check.
    if (!facts.some((fact) => fact.includes(lower))) return `the host "${excerpt(name)}"`;
  }
  return null;
}

interface DottedName {
  readonly name: string;
  readonly lower: string;
  readonly kind: 'host' | 'unsure' | 'file';
}

function dottedNames(text: string): readonly DottedName[] {
  return [...text.matchAll(DOTTED)].map((match): DottedName => {
    const [name] = match;
    const before = text.charAt(match.index - 1);
    const after = text.slice(match.index + name.length, match.index + name.length + 2);
    const hasPath = /^(?:\/|:\d|\?)/.test(after);
    const kind = dottedKind(latinText(name).toLowerCase(), hasPath);
    // `src/a.dev` and `.env.example` are files more often than hosts, so they need a fact only.
    const isPart = before === '.' || (before === '/' && !hasPath && name.split('.').length === 2);
    return { name, lower: name.toLowerCase(), kind: isPart && kind === 'host' ? 'unsure' : kind };
  });
}

function backwards({ seen, ground }: Material): string | null {
  if (!/ptth|www|\./i.test(seen)) return null;
  const text = reversed(latinText(seen));
  const named =
    /https?:\/\/|(?<![\p{L}\p{N}_-])[\p{L}\p{N}-]{2,63}\.(?:com|net|org|info|dev|example|invalid)(?![\p{L}\p{N}_-])/iu;
  const match = named.exec(text);
  if (match === null || isPermitted(match[0], ground.linkHosts)) return null;
  return 'an address written backwards';
}
