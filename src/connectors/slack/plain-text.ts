import { cleanText } from '../../lib/clean-text.ts';

const RANGES = new Set(['here', 'channel', 'everyone']);

/**
 * Slack's text as plain text: entities are read, links show their words and address, `<@U1>` stays as it is because
 * it names an account. At most 20,000 characters; linear in the length.
 */
export function plainText(escaped: string): string {
  const text = cleanText(escaped).replace(/<([^<>]*)>/g, (_whole, inner: string) => token(inner));
  return cleanText(text.replace(/&(amp|lt|gt);/g, (_whole, name: string) => entity(name)));
}

function entity(name: string): string {
  if (name === 'amp') return '&';
  return name === 'lt' ? '<' : '>';
}

function token(inner: string): string {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? '' : inner.slice(bar + 1);
  const rest = target.slice(1);
  switch (target.charAt(0)) {
    case '@':
      return `<@${rest}>`;
    case '#':
      return `#${label === '' ? rest : label}`;
    case '!':
      return command(rest, label);
    default:
      return link(target, label);
  }
}

function command(name: string, label: string): string {
  if (RANGES.has(name)) return `@${name}`;
  const word = label === '' ? name.split('^').slice(0, 2).join(' ') : label;
  return name.startsWith('subteam^') && !word.startsWith('@') ? `@${word}` : word;
}

function link(target: string, label: string): string {
  const address = target.startsWith('mailto:') ? target.slice('mailto:'.length) : target;
  const isSame = label === '' || label === address || address.endsWith(`//${label}`);
  return isSame ? address : `${label} (${address})`;
}
