import { workingTime } from '../../lib/business-time.ts';
import type { Recipient, PolicyCase } from './policy-case.ts';
import { ask, deny, later } from './policy-rule.ts';
import type { Opinion, PolicyRule } from './policy-rule.ts';

const HOUR_MS = 3_600_000;

/** Words that a person waits for: an answer where they asked, a receipt of their own press. */
const EXPECTED: ReadonlySet<string> = new Set(['answer', 'receipt']);

function personIn(recipient: Recipient | null) {
  return recipient?.reach.audience === 'person' ? recipient.people : null;
}

/** True where production burns and the directives name somebody for it. */
function isOnCall(given: PolicyCase, person: string): boolean {
  return given.productionP0 && given.constitution.onCall.includes(person);
}

/** Whom nobody knows is not written to: their hours and their wish are unknown. */
export const knownPerson: PolicyRule = {
  name: 'known-person',
  summary: 'Only people whom the directives name are written to on our own account.',
  judge: (given) => {
    const people = personIn(given.recipient);
    if (people === null || EXPECTED.has(given.purpose)) return null;
    if (people.length === 0) return deny('nobody knows who this is');
    return people.every(({ member }) => member !== null)
      ? null
      : ask('the directives do not name this person');
  },
};

/** One message a day to a person over all channels. */
export const reminders: PolicyRule = {
  name: 'reminders',
  summary:
    'At most so many messages of our own account to a person and local day, over all channels.',
  judge: (given) => {
    const people = personIn(given.recipient);
    if (people === null || EXPECTED.has(given.purpose) || given.purpose === 'approval') return null;
    const most = given.constitution.limits.remindersPerPersonAndDay;
    const numbers = { today: given.counts.remindersToday, most };
    if (given.level === 'critical' || given.counts.remindersToday < most) return null;
    if (most === 0) return deny('the directives allow no reminders', numbers);
    const until = Math.max(...people.map(({ hours }) => hours.nextDayOpening(given.now)));
    return later(`${numbers.today} of ${most} messages went to this person today`, until, numbers);
  },
};

/** Nobody is written to outside their hours, in their own zone. */
export const workingHours: PolicyRule = {
  name: 'working-hours',
  summary:
    'A person is written to in their own working hours; only production trouble reaches whoever is on call, and only critical trouble of the program is told at night.',
  judge: (given) => {
    if (!given.constitution.limits.quietHours) return null;
    if (given.purpose === 'operations') return operationsHours(given);
    const people = personIn(given.recipient);
    if (people === null || EXPECTED.has(given.purpose)) return null;
    const asleep = people.filter(
      ({ person, hours }) => !hours.isWorking(given.now) && !isOnCall(given, person),
    );
    if (asleep.length === 0) return null;
    const until = Math.max(...asleep.map(({ hours }) => hours.nextWorking(given.now)));
    return later('it is outside the working hours of this person', until);
  },
};

/** The channel of those who run the program has the hours of the team. */
function operationsHours({ constitution, level, now }: PolicyCase): Opinion | null {
  const hours = workingTime(constitution.calendar);
  if (level === 'critical' || hours.isWorking(now)) return null;
  return later('it is outside the working hours of the team', hours.nextWorking(now));
}

/** A channel hears from us only so often. */
export const channelLimit: PolicyRule = {
  name: 'channel-limit',
  summary: 'At most so many messages of ours to a channel and hour.',
  judge: ({ recipient, counts, constitution, now, purpose }) => {
    if (recipient?.reach.audience !== 'channel' || purpose === 'receipt') return null;
    const most = constitution.limits.messagesPerChannelAndHour;
    if (counts.channelLastHour < most) return null;
    const numbers = { lastHour: counts.channelLastHour, most };
    return later(`${most} messages went to this channel within an hour`, now + HOUR_MS, numbers);
  },
};

/** Leadership hears of a problem only after those who can solve it, and only with a person's word. */
export const ladder: PolicyRule = {
  name: 'ladder',
  summary: 'Leadership is told last, by the rules of the ladder, and with a person’s word.',
  judge: ({ recipient, purpose, author }) => {
    if (recipient?.channelPurpose !== 'leadership') return null;
    if (purpose === 'escalation' && author === 'rules')
      return ask('leadership is told with a person’s word');
    if (purpose === 'summary' && author === 'rules') return null;
    return deny('leadership is told by the ladder alone, after the owner and the tech lead');
  },
};
