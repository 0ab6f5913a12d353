import { unescaped } from './decodings.ts';
import type { Material } from './ground.ts';
import { likeness } from './ground.ts';
import { excerpt, visibleText } from './readable-text.ts';

const EVERYBODY =
  /^(?:channel|here|everyone|everybody|all|team|group|room|online|world|alle|jeder|todos|tous|tutti|канал|все)(?![\p{L}\p{N}_-])/u;
const BOT =
  /bot$|bot[\]_-]|-ci$|\[bot\]|^(?:github-actions|codecov|mergify|homu|jenkins|renovate|snyk)/;
const SPECIAL = /<!/;
const MARKED =
  /<@([^>|\s]{1,80})|\[~(?:accountid:)?([^\]\n]{1,120})\]|@\{([^}\n]{1,120})\}|@\[([^\]\n]{1,120})\]/gu;
const AT = /(?<![\p{L}\p{N}._%+-])@ ?([\p{L}\p{N}_][^@\n]{0,80})/gu;
const HANDLE = /^[\p{L}\p{N}_./-]{1,80}(?:\[bot\])?/u;

/** Finds a mention of everybody, of ourselves, of a bot or of somebody who is not known. */
export function wrongMentionIn(material: Material): string | null {
  const texts = new Set([material.seen, visibleText(unescaped(material.seen))]);
  for (const text of texts) {
    const found = special(text) ?? marked(text, material) ?? plain(text, material);
    if (found !== null) return found;
  }
  return null;
}

function special(text: string): string | null {
  return SPECIAL.test(text) ? 'a mention that a chat turns into a call to everybody' : null;
}

function marked(text: string, material: Material): string | null {
  for (const match of text.matchAll(MARKED)) {
    const name = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
    const found = judged(name, material);
    if (found !== null) return found;
  }
  return null;
}

function plain(text: string, material: Material): string | null {
  for (const match of text.matchAll(AT)) {
    const rest = match[1] ?? '';
    const isSpaced = match[0].startsWith('@ ');
    // "meet @ noon" calls nobody; only everybody is called with a space between.
    if (isSpaced && !EVERYBODY.test(likeness(rest))) continue;
    const found = judged(rest, material);
    if (found !== null) return found;
  }
  return null;
}

function judged(rest: string, { ground }: Material): string | null {
  const like = likeness(rest);
  const handle = HANDLE.exec(like)?.[0].replace(/[./-]{1,9}$/, '') ?? like;
  if (EVERYBODY.test(like)) return 'a mention of everybody';
  if (ground.ownNames.some((name) => beginsWith(like, likeness(name))))
    return 'a mention of ourselves';
  // Exactly as it is written: a look-alike of a known name is a stranger.
  const written = visibleText(rest).toLowerCase();
  const isKnown = ground.names.some((name) => beginsWith(written, visibleText(name).toLowerCase()));
  if (BOT.test(handle)) return `a mention of another bot, "${excerpt(handle)}"`;
  return isKnown ? null : `a mention of "${excerpt(handle)}", who is not known`;
}

function beginsWith(text: string, name: string): boolean {
  if (name === '' || !text.startsWith(name)) return false;
  return !/^[\p{L}\p{N}_-]|^[./][\p{L}\p{N}_]/u.test(text.slice(name.length, name.length + 2));
}
