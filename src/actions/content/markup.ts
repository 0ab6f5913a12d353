import type { Material } from './ground.ts';
import { excerpt } from './readable-text.ts';

// Emoji are made of joiners, selectors and tag characters, and some scripts are written with joiners.
const EMOJI = /\p{RGI_Emoji}|\p{Extended_Pictographic}\uFE0F?|[0-9#*]\uFE0F?\u20E3/gv;
const JOINED =
  /(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}\p{M}])[\u200c\u200d]/gu;
const HIDDEN =
  /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/u;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const TAGS =
  /<(?:[/!?]|\s?(?:a|abbr|audio|b|base|body|br|button|code|details|div|em|embed|font|form|frame|h[1-6]|head|hr|html|i|iframe|img|input|li|link|marquee|math|meta|object|ol|option|p|picture|pre|s|script|select|source|span|strong|style|sub|summary|sup|svg|table|td|template|textarea|title|tr|u|ul|video|xml)(?=[\s/>]|$)|[a-z][\w:-]{0,40}[\s/][^<>\n]{0,200}=)/i;
const TURNS =
  /<\|[^|\n]{0,60}\|?>|\[\/?INST\]|<<\/?SYS>>|\[(?:end of )?(?:tool|system|assistant|function)[ _](?:result|prompt|message|call|note)|^\s{0,5}(?:#{1,6}\s?(?:user|developer|instructions?)|#{0,6}\s?(?:system|assistant|human))\s{0,3}:/im;
const TEMPLATES = /\{\{|\{%|\$\{|\$\(|<%|^\s{0,5}(?:=[^=\s>]|[+@-][A-Z]{2,20}\()/m;
const OTHER_TAG = /<[a-z][^<>\n]{0,80}>/i;
const FENCED = /<https?:[^<>\s]{1,500}>|<@[^<>\s]{1,100}>/gi;
const ENTITY = /&(?:#x?[0-9a-f]{1,6}|lt|gt|quot|amp|colon|sol);/i;

/** Finds signs that nobody sees or that steer a screen. Emoji and flags are fine. */
export function hiddenSignIn({ words }: Material): string | null {
  if (BIDI.test(words)) return 'signs that turn the direction of the text';
  const rest = words.replace(EMOJI, '').replace(JOINED, '').replaceAll('\r\n', '\n');
  if (!rest.isWellFormed()) return 'half a character';
  return HIDDEN.test(rest) ? 'signs that cannot be seen' : null;
}

/** Finds markup, turns of a chat template and formulas: what could run where it is shown. */
export function liveMarkupIn({ seen }: Material): string | null {
  const text = seen.replace(FENCED, ' ');
  for (const [what, pattern] of [
    ['a tag', TAGS],
    ['the mark of a turn', TURNS],
    ['a formula or template', TEMPLATES],
  ] as const) {
    const match = pattern.exec(text);
    if (match !== null) return `${what}, "${excerpt(match[0].trim())}"`;
  }
  return null;
}

/** Finds what looks like markup but may be a placeholder. */
export function likeMarkupIn({ seen }: Material): string | null {
  const text = seen.replace(FENCED, ' ');
  const match = OTHER_TAG.exec(text) ?? ENTITY.exec(text);
  return match === null ? null : `"${excerpt(match[0])}" may be read as markup`;
}
