/** Raised with every change of what a rule answers, so that an old record tells by which rules it was judged. */
export const RULE_VERSION = 1;
