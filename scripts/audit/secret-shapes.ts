/** A word of the shape of a secret, with the name of the shape. */
export interface Shaped {
  readonly shape: string;
  readonly text: string;
}

const SHAPES: Readonly<Record<string, RegExp>> = {
  'slack-token': /\bxox[abeprs](?:\.xox[bp])?-(?=[A-Za-z-]{0,40}\d)[A-Za-z0-9-]{10,}/g,
  'slack-app-token': /\bxapp-\d-[A-Za-z0-9-]{10,}/g,
  'slack-webhook': /hooks\.slack\.com\/services\/T\w{6,}\/B\w{6,}\/\w{16,}/g,
  'github-token': /\bgh[pousr]_[A-Za-z0-9]{30,}/g,
  'github-fine-token': /\bgithub_pat_[A-Za-z0-9_]{30,}/g,
  'gitlab-token': /\bglpat-[A-Za-z0-9_-]{20,}/g,
  'atlassian-token': /\b(?:ATATT3|ATBB|ATCTT3)[A-Za-z0-9_=-]{20,}/g,
  'sentry-token': /\bsntry[a-z]_[A-Za-z0-9_=+/-]{20,}/g,
  'anthropic-key': /\bsk-ant-[A-Za-z0-9_-]{20,}/g,
  'openai-key': /\bsk-(?:proj-)?[A-Za-z0-9]{32,}/g,
  'aws-key-id': /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  'google-key': /\bAIza[A-Za-z0-9_-]{35}/g,
  'stripe-key': /\b[srp]k_live_[A-Za-z0-9]{16,}/g,
  'npm-token': /\bnpm_[A-Za-z0-9]{36}\b/g,
  'private-key': /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/g,
  jwt: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g,
  'password-in-address': /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@'"`${}<>]+:[^\s/@'"`${}<>]{6,}@[\w.-]+/g,
};

const ASSIGNED =
  /(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|private[_-]?key|credential)[\w-]{0,30}["']?\s{0,3}[:=]\s{0,3}["'`]?(?<value>[A-Za-z0-9+/_=-]{20,200})/gi;
const LEAST_BITS = 3.7;
const PRINTED = 4;

// One look at each line, without which the others cost seconds: what none of the shapes can do without.
const HINT =
  /xox|xapp|hooks\.slack|gh[pousr]_|github_pat|glpat|ATATT|ATBB|ATCTT|sntry|sk-|AKIA|ASIA|AIza|k_live|npm_|PRIVATE KEY|eyJ|:\/\/[^/]*@|token|secret|passw|passphrase|api[_-]?key|private[_-]?key|credential/i;

/** Every word of a line that has the shape of a secret: tokens of vendors, and what looks random where a secret is set. */
export function secretsIn(line: string): Shaped[] {
  if (!HINT.test(line)) return [];
  const found = Object.entries(SHAPES).flatMap(([shape, pattern]) =>
    [...line.matchAll(pattern)].map(([text]) => ({ shape, text })),
  );
  const random = [...line.matchAll(ASSIGNED)].flatMap(({ groups }) => {
    const text = groups?.['value'] ?? '';
    return looksRandom(text) ? [{ shape: 'random-value', text }] : [];
  });
  return [...found, ...random.filter(({ text }) => !found.some((one) => one.text.includes(text)))];
}

/** Words with hyphens and names of constants are no secrets; random letters and digits may be. */
function looksRandom(text: string): boolean {
  const isMixed = /\d/.test(text) && /[A-Za-z]/.test(text);
  return isMixed && entropy(text) >= LEAST_BITS;
}

/** Bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const one of text) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => {
    const share = count / text.length;
    return bits - share * Math.log2(share);
  }, 0);
}

/** Enough of a secret to find it, too little to use it. */
export function veiled(text: string): string {
  return `${text.slice(0, PRINTED)}... (${text.length} characters)`;
}
