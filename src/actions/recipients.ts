import type { Reach } from '../domain/action.ts';
import type { Constitution } from '../domain/constitution.ts';
import { workingTime } from '../lib/business-time.ts';
import type { Recipient } from './policy/policy-case.ts';

export interface RecipientParts {
  readonly constitution: () => Constitution;
  /** The person of an account; an account that nobody joined is a person of its own. */
  readonly personOf: (system: string, account: string) => string;
  /** The zone that a system tells of a person, where it is known. */
  readonly zoneOf: (person: string) => string | null;
  /** The id of a channel by the name in the directives; `null` while it is not known. */
  readonly channelId: (name: string) => string | null;
}

/** Looks up whom an action reaches, under the directives in force now. */
export function recipients(parts: RecipientParts): (reach: Reach) => Recipient {
  return (reach) => {
    if (reach.audience === 'channel') {
      return { reach, people: [], channelPurpose: purposeOf(parts, reach.id) };
    }
    if (reach.audience !== 'person' || reach.id === null) return { reach, people: [] };
    const constitution = parts.constitution();
    const person = parts.personOf(reach.system, reach.id);
    const member = constitution.members.find(({ id }) => id === person) ?? null;
    const zone = parts.zoneOf(person);
    const { calendar } = constitution;
    const own = member?.calendar ?? (zone === null ? calendar : { ...calendar, tz: zone });
    return { reach, people: [{ person, member, hours: workingTime(own) }] };
  };
}

// A channel that serves two purposes is judged by the more careful one.
const CAREFUL = ['leadership'];

function purposeOf(parts: RecipientParts, id: string | null): string | null {
  const { channels } = parts.constitution();
  const fitting = Object.entries(channels)
    .filter(([, name]) => id !== null && (name === id || parts.channelId(name) === id))
    .map(([purpose]) => purpose);
  return fitting.find((purpose) => CAREFUL.includes(purpose)) ?? fitting[0] ?? null;
}
