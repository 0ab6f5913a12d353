import { isQuoted } from './claims.ts';
import { clausesOf } from './clauses.ts';
import type { Material } from './ground.ts';
import { excerpt, wordsOf } from './readable-text.ts';

// About whoever it is.
const BLAME =
  /(?<!\p{L})(?:refus(?:es|ed|ing)|lazy|incompetent|careless|negligent|useless|unreliable|unprofessional|dishonest|a liar|lied|lies to|to blame|blames?|(?:is|was|are) (?:his|her|their|your) fault|sabotag\p{L}{1,4}|stole|stolen|(?:was|were|been|got|is|be) fired|resigned|harass\p{L}{0,4}|drunk|underperform\p{L}{0,4}|word for word|has no clue|doesn't care|does not care|weigert sich|faul|unfähig|schuld|gekündigt|gelogen|refuse de|paresseu\p{L}{1,2}|viré|se niega|perezos[oa]|despedid[oa]|culpa)(?!\p{L})/u;
// About a person who is named or pointed at.
const OF_PERSON =
  /(?<!\p{L})(?:said|says|told|tells|claims?|claimed|admit(?:s|ted)|complain(?:s|ed)|promised|threatened|argued|demands?|demanded|insists?|hates?|ignor(?:es|ed|ing)|forgot|forgets|fail(?:s|ed) to|never (?:answers?|responds?|replies|reviews?|does|did)|is (?:late|slow|sick|ill|leaving|gone|on leave|on vacation|off today|responsible for|the reason)|(?:has|have|had)(?: not)? (?:left|quit|ignored|forgotten|stopped|given up|broken|caused)|left (?:the|us|for)|broke|caused|stands in for|takes over|sagt|sagte|behauptet|ignoriert|vergessen|hat .{0,30}verlassen|krank|dit|a dit|ignore|a quitté|dijo|dice|ignora)(?!\p{L})/u;
const POINTED = /(?<!\p{L})(?:he|she|they|somebody|someone|er|sie|il|elle|él|ella)(?!\p{L})/u;

/** Finds a statement about a person's behaviour, words or whereabouts that no fact holds. */
export function conductIn({ folded, facts, ground }: Material): string | null {
  const names = new Set(ground.names.flatMap((name) => wordsOf(name.toLowerCase())));
  for (const { text, isQuestion } of clausesOf(folded)) {
    if (isQuestion || isQuoted(text, facts)) continue;
    const blame = BLAME.exec(text);
    if (blame !== null) return `what somebody did, "${excerpt(blame[0])}"`;
    const isOfPerson = POINTED.test(text) || wordsOf(text).some((word) => names.has(word));
    const told = isOfPerson ? OF_PERSON.exec(text) : null;
    if (told !== null) return `what somebody said or did, "${excerpt(told[0])}"`;
  }
  return null;
}
