// What cannot be seen: formatting, bidi and tag characters, selectors, fillers, private use.
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}]/gu;
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g;
const LINE_END = /\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g;
const SPACE = /[\p{Zs}\u2800]/gu;
const DASH = /[\p{Pd}\u2212\u02d7\u2043]/gu;
const SINGLE_QUOTE = /[\u2018-\u201b\u2032\u02bc\u00b4]/g;
const DOUBLE_QUOTE = /[\u201c-\u201f\u2033\u00ab\u00bb\u300c\u300d]/g;
const FOREIGN_DIGIT = /(?![0-9])\p{Nd}/gu;
const DIGIT = /\p{Nd}/u;

// Letters of other scripts that are drawn like Latin ones, upper case first: the cases differ in what they resemble.
const LOOK_ALIKES = new Map(
  [
    'АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS ԚQ ԜW ҺH ӀI ЬB ГR ПN',
    'аa вb еe кk мm нh оo рp сc тt уy хx іi јj ѕs ԛq ԝw һh ԁd ӏl ьb гr пn ѵv ԍg',
    'ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC ϳj',
    'αa βb γy εe ηn ιi κk νv οo ρp σo τt υu χx ωw ϲc',
    'օo սu հh ոn ցg զq ԼL ՏS ՕO ıi łl ŁL øo ØO đd ĐD ħh ɡg ɑa ɩi ʀr ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz',
    'ᎪA ᏴB ᏟC ᎠD ᎬE ᎻH ᎫJ ᏦK ᏞL ᎷM ᏢP ᏒR ᏚS ᎢT ᏙV ᎳW ᏃZ',
  ]
    .join(' ')
    .split(' ')
    .map((pair): [string, string] => [pair.slice(0, 1), pair.slice(1)]),
);
const NOT_ASCII = /[^\u0000-\u007f]/gu;

/** Text as a reader sees it: NFKC, nothing invisible, one kind of space, dash, quote and digit; case and lines stay. */
export function visibleText(text: string): string {
  // Twice, since what was invisible may have kept two characters apart that belong together.
  const composed = text.toWellFormed().replace(UNSEEN, '').normalize('NFKC');
  return composed
    .replace(LINE_END, '\n')
    .replace(UNSEEN, '')
    .replace(CONTROL, '')
    .replace(SPACE, ' ')
    .replace(DASH, '-')
    .replace(SINGLE_QUOTE, "'")
    .replace(DOUBLE_QUOTE, '"')
    .replace(FOREIGN_DIGIT, latinDigit);
}

/** The canonical form in which texts are compared: `visibleText` in small letters. Never throws. */
export function readableText(text: string): string {
  return visibleText(text).toLowerCase();
}

/** Visible text with accents dropped and look-alike letters of other scripts replaced; case stays. */
export function latinText(visible: string): string {
  const bare = visible.normalize('NFD').replace(/\p{M}/gu, '');
  return bare.replace(NOT_ASCII, (sign) => LOOK_ALIKES.get(sign) ?? sign);
}

/** Only the letters a-z and digits, in small letters: what is left when every separator is removed. */
export function lettersAndDigits(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '');
}

/** The words of a readable text: runs of letters, marks and digits, with inner apostrophes kept. */
export function wordsOf(readable: string): readonly string[] {
  return readable.match(/[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}]+)*/gu) ?? [];
}

/** A reason's piece of the text: escaped, at most 40 characters. */
export function excerpt(text: string): string {
  const safe = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?').replace(/[<>&`@\\]/g, '?');
  const short = Array.from(safe.slice(0, 120));
  return short.length > 40 ? `${short.slice(0, 37).join('')}...` : short.join('');
}

// Every block of ten digits begins at a code point that ends in 0 or 6.
function latinDigit(sign: string): string {
  const point = sign.codePointAt(0) ?? 0;
  const base = point - (point % 16);
  const zero = DIGIT.test(String.fromCodePoint(base)) ? base : base + 6;
  return String((point - zero) % 10);
}
