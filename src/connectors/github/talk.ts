import type { Talk } from '../../domain/connector.ts';
import { placeOf } from './place.ts';

const NAME = /[A-Za-z0-9-]/;

/** People mention an account as `@login`, and are answered by a comment on the issue or pull request. */
export const githubTalk: Talk = {
  addresses: ({ text }, ours) =>
    ours.some((id) => isNamed((text ?? '').toLowerCase(), `@${id.toLowerCase()}`)),
  reply: (event, text) => {
    const place = placeOf(event.subject);
    return place === null ? null : { operation: 'github.add-comment', input: { ...place, text } };
  },
};

// `@pm-agent-2` and `mail@pm-agent` name somebody else.
function isNamed(text: string, mention: string): boolean {
  for (let at = text.indexOf(mention); at >= 0; at = text.indexOf(mention, at + 1)) {
    const isWhole = !NAME.test(text.charAt(at + mention.length));
    if (isWhole && !/[A-Za-z0-9_]/.test(text.charAt(at - 1))) return true;
  }
  return false;
}
