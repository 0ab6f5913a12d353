import { unsupportedClaimIn, lureIn } from './claims.ts';
import { commandIn } from './commands.ts';
import { conductIn } from './conduct.ts';
import { unknownDateIn } from './dates.ts';
import { dictatedIn } from './dictation.ts';
import { directiveQuoteIn } from './directive-quotes.ts';
import type { ContentFinding, Ground, Look } from './ground.ts';
import { materialOf } from './ground.ts';
import { foreignLinkIn, unsureLinkIn } from './links.ts';
import { hiddenSignIn, likeMarkupIn, liveMarkupIn } from './markup.ts';
import { wrongMentionIn } from './mentions.ts';
import { unknownNumberIn } from './numbers.ts';
import { unknownPersonIn } from './people.ts';
import { visibleText } from './readable-text.ts';
import { repeatIn } from './repeats.ts';
import { secretIn } from './secrets.ts';
import { unknownKeyIn, unknownPlaceIn } from './ticket-names.ts';
import { encodedIn, lookAlikeIn, unknownAddressIn, unknownTokenIn } from './tokens.ts';

/** More than any connected system takes in one message; so the work of the checks is bounded. */
const LONGEST = 20_000;

/** One check as the documentation shows it. */
export interface ContentCheck {
  readonly name: string;
  readonly answer: 'deny' | 'ask';
  readonly sentence: string;
}

interface Rule extends ContentCheck {
  readonly look: Look;
}

const rule = (
  name: string,
  answer: 'deny' | 'ask',
  [sentence, look]: readonly [string, Look],
): Rule => ({ name, answer, sentence, look });

const RULES: readonly Rule[] = [
  rule('secret', 'deny', [
    'No secret of this process, whole, cut, split or encoded, and nothing of the shape of a token.',
    secretIn,
  ]),
  rule('directive-quote', 'deny', ['No eight words in a row of the directives.', directiveQuoteIn]),
  rule('hidden-signs', 'deny', [
    'No signs that nobody sees or that turn the text; emoji are fine.',
    hiddenSignIn,
  ]),
  rule('live-markup', 'deny', [
    'No tags, turns of a chat template, formulas or templates.',
    liveMarkupIn,
  ]),
  rule('foreign-link', 'deny', [
    'Links, pictures and bare hosts only of connected systems and of the directives.',
    foreignLinkIn,
  ]),
  rule('wrong-mention', 'deny', [
    'Mentions only of known people: nobody else, no group, no bot, not ourselves.',
    wrongMentionIn,
  ]),
  rule('command', 'deny', [
    'Nothing that a bot, a chat, a build or a tracker takes for a command.',
    commandIn,
  ]),
  rule('unknown-key', 'ask', [
    'Tickets and projects only as the context names them, letter by letter.',
    unknownKeyIn,
  ]),
  rule('unknown-place', 'ask', [
    'Repositories, branches, paths and channels only as the context names them.',
    unknownPlaceIn,
  ]),
  rule('unknown-number', 'ask', [
    'Numbers, shares, prices and versions only as the context states them; counts up to 3 are free.',
    unknownNumberIn,
  ]),
  rule('unknown-date', 'ask', [
    'Dates and times only as the context states them, in any form and zone.',
    unknownDateIn,
  ]),
  rule('unknown-address', 'ask', [
    'E-mail addresses only as a system states them.',
    unknownAddressIn,
  ]),
  rule('unknown-token', 'ask', [
    'Identifiers and other made-up signs only as they stand in the context.',
    unknownTokenIn,
  ]),
  rule('unsure-link', 'ask', [
    'Names with dots that a client may link only as they stand in the facts.',
    unsureLinkIn,
  ]),
  rule('unknown-person', 'ask', ['People only where the context names them.', unknownPersonIn]),
  rule('look-alike', 'ask', ['No word is drawn with letters of two scripts.', lookAlikeIn]),
  rule('encoded', 'ask', ['No answer or line in an encoding instead of words.', encodedIn]),
  rule('claim', 'ask', [
    'An outcome (done, merged, approved, reviewed, allowed) only where a fact of a system says so.',
    unsupportedClaimIn,
  ]),
  rule('lure', 'ask', [
    'No request for credentials and no advice to fetch, run or buy something.',
    lureIn,
  ]),
  rule('dictation', 'ask', ['Nothing that an outside text tells us to say.', dictatedIn]),
  rule('conduct', 'ask', [
    'Nothing about what a person said, did or failed to do, unless a fact says so.',
    conductIn,
  ]),
  rule('repeat', 'ask', ['No more than 200 characters of an outside text in a row.', repeatIn]),
  rule('like-markup', 'ask', ['Nothing that may be read as markup.', likeMarkupIn]),
];

/** The checks in their order, most careful first, for the documentation. */
export const CONTENT_CHECKS: readonly ContentCheck[] = [
  { name: 'length', answer: 'deny', sentence: 'A text is at most 20,000 characters long.' },
  ...RULES.map(({ name, answer, sentence }) => ({
    name,
    answer,
    sentence,
  })),
];

/** What speaks against sending these words, most careful first; empty means that nothing does. Never throws. */
export function checkContent(words: string, ground: Ground): readonly ContentFinding[] {
  // Some characters are written out as many, so what is read is bounded as well.
  if (words.length > LONGEST || visibleText(words).length > 2 * LONGEST) {
    return [{ check: 'length', answer: 'deny', reason: 'length: the text is too long' }];
  }
  const material = materialOf(words, ground);
  const findings = RULES.flatMap(({ name, answer, look }) => {
    const found = look(material);
    return found === null ? [] : [{ check: name, answer, reason: `${name}: ${found}` }];
  });
  return findings.some(({ check }) => check === 'secret') ? findings.map(withoutExcerpt) : findings;
}

// Where a secret is near, any other excerpt could show a piece of it.
function withoutExcerpt(finding: ContentFinding): ContentFinding {
  return finding.check === 'secret'
    ? finding
    : { ...finding, reason: `${finding.check}: objects too` };
}
