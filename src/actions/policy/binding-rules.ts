import { subjectParts } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';
import { isPersonOfTheTeam } from './roles.ts';
import type { PolicyCase } from './policy-case.ts';
import { ask, changeOf, deny, speaks } from './policy-rule.ts';
import type { Opinion, PolicyRule } from './policy-rule.ts';

/** Purposes of the screens that code shows people: cards, reminders, receipts. */
const SCREENS: ReadonlySet<string> = new Set(['approval', 'receipt', 'reminder', 'escalation']);

/** Whether the directives name the channel or person that is reached. */
function isNamed({ recipient }: PolicyCase): boolean {
  if (recipient === null) return false;
  if (typeof recipient.channelPurpose === 'string') return true;
  return recipient.people.length > 0 && recipient.people.every(({ member }) => member !== null);
}

/** A change that a person of the team asked for by name, elsewhere than on the item itself. */
function isAskedFor(given: PolicyCase, target: Subject): boolean {
  const { purpose, asker, related } = given;
  return purpose === 'request' && isPersonOfTheTeam(asker) && related.includes(target);
}

function elsewhere(given: PolicyCase, target: Subject): Opinion | null {
  const isOwn = subjectParts(given.subject).system === 'pm';
  const isScreen = speaks(given.operation) && SCREENS.has(given.purpose);
  if (given.author === 'rules' && isOwn && isScreen) return null;
  const isKnown = given.related.includes(target) || isNamed(given);
  if (given.author === 'rules' && (isKnown || isAskedFor(given, target))) return null;
  const words = `it would touch ${target}, the cycle is about ${given.subject}`;
  return isKnown ? ask(`${words}: a person decides`) : deny(words);
}

/**
 * The event decides where, the model decides what: text can never widen it. Rules may also write to linked items and to
 * the channels and people that the directives name; a model has to ask for these.
 */
export const targetBinding: PolicyRule = {
  name: 'target-binding',
  summary:
    'An action touches the subject of its cycle; linked items, and channels and people that the directives name, only by rule or with a person’s word; all else is denied.',
  judge: (given) => {
    const change = changeOf(given);
    if (change === null) return null;
    const target = change.operation.target(change.input);
    return target === given.subject ? null : elsewhere(given, target);
  },
};

/** Nothing that only some may read goes where others read. */
export const needToKnow: PolicyRule = {
  name: 'need-to-know',
  summary: 'What was said where only some people read goes nowhere else.',
  judge: (given) => {
    const change = changeOf(given);
    if (change === null || !given.confined || given.author === 'rules') return null;
    const target = change.operation.target(change.input);
    if (target === given.subject) return null;
    return deny(`${given.subject} is read by some people only, ${target} by others`);
  },
};
