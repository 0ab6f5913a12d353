import { autonomyOf } from '../directives/autonomy-of.ts';
import { isMachinery } from './machinery.ts';
import type { PolicyCase } from './policy-case.ts';
import { ask, changeOf, deny, isChange } from './policy-rule.ts';
import type { Opinion, PolicyRule } from './policy-rule.ts';

function statusOf(given: PolicyCase): string | undefined {
  const to: unknown = given.proposed.input['to'];
  return typeof to === 'string' ? to : undefined;
}

/** What the autonomy lists of the directives say of the operation. */
export const autonomy: PolicyRule = {
  name: 'autonomy',
  summary:
    'The autonomy lists decide: automatic, with confirmation, never. What no directive names is asked.',
  grantable: true,
  judge: (given): Opinion | null => {
    if (!isChange(given.operation) || isMachinery(given)) return null;
    const to = statusOf(given);
    const { level, clause } = autonomyOf(given.constitution, {
      operation: given.proposed.operation,
      purpose: given.purpose,
      channelPurpose: given.recipient?.channelPurpose ?? null,
      askedByRole: given.asker?.role ?? null,
      to: to ?? null,
    });
    if (level === 'automatic') return null;
    const words = clause === null ? 'no directive names it' : `line ${clause.line}: ${clause.text}`;
    const numbers = clause === null ? {} : { line: clause.line };
    return level === 'never' ? deny(words, numbers) : ask(words, numbers);
  },
};

/** What cannot be undone. */
export const destroyAsks: PolicyRule = {
  name: 'destroy-asks',
  summary: 'What cannot be undone is asked, whatever the directives say.',
  judge: ({ operation }) =>
    operation?.effect === 'destroy' ? ask('it cannot be undone, so a person decides') : null,
};

// Sentences of domain.md section 11: a status change into a done status counts as closing.
const DONE_WORDS =
  /^(?:done|closed|resolved|won'?t (?:fix|do)|cancell?ed|rejected|finished|complete[d]?)$/i;

/** Operations that a person decides in every mode, and moves into a done status unless the directives name them. */
export const alwaysAsks: PolicyRule = {
  name: 'always-asks',
  summary: 'Closing a ticket is asked, unless the directives name that very move.',
  judge: (given) => {
    if (isChange(given.operation) && given.operation.asks === true) {
      return ask('a person decides this in every mode');
    }
    const change = changeOf(given);
    const to = statusOf(given);
    if (change === null || to === undefined || !DONE_WORDS.test(to.trim())) return null;
    const isNamed = given.constitution.clauses.some(
      ({ level, when }) =>
        level === 'automatic' &&
        when.to?.some((one) => one.toLowerCase() === to.trim().toLowerCase()) === true,
    );
    return isNamed ? null : ask(`moving to ${to.trim()} closes the ticket`);
  },
};

/** One answer per message, whatever the plan says. */
export const oneAnswerPerMessage: PolicyRule = {
  name: 'one-answer-per-message',
  summary: 'A message is answered once.',
  judge: ({ answers, history, proposed, purpose }) => {
    if (purpose === 'receipt' || purpose === 'approval' || answers.length === 0) return null;
    const earlier = history.find(
      (action) =>
        IN_EFFECT.has(action.state) &&
        action.operation === proposed.operation &&
        answers.every((message) => action.answers.includes(message)),
    );
    if (earlier === undefined) return null;
    return deny(`action ${earlier.id} has answered this already (${earlier.state})`);
  },
};

const IN_EFFECT: ReadonlySet<string> = new Set(['held', 'deferred', 'sending', 'done', 'unknown']);
