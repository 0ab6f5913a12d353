import type { Connector } from '../domain/connector.ts';
import type { ProjectEvent, Significance, TriageRule } from '../domain/event.ts';
import { ownSubject } from '../domain/own-subjects.ts';
import { sprintReferences } from '../domain/sprint-reference.ts';
import type { Subject } from '../domain/subject.ts';
import { ticketKeys } from '../domain/ticket-keys.ts';
import type { NewEvent } from '../store/events.ts';
import { triage, triageRules } from './triage.ts';
import type { OwnAccounts } from './triage.ts';

/** How and when events reached us. */
type Sighting = Pick<NewEvent, 'way' | 'delivery' | 'keptAt'>;

/** Judges events by the rules of their connector, and adds one for every ticket that they name. */
export type EventJudge = (
  connector: Connector,
  events: readonly ProjectEvent[],
  sighting: Sighting,
) => NewEvent[];

export interface JudgeParts {
  readonly accounts: OwnAccounts;
  /** Accounts of other automations, as `system:account`. */
  readonly bots: ReadonlySet<string>;
  /** Keys of the known projects of the ticket system. */
  readonly projects: () => ReadonlySet<string>;
}

const TICKETS = 'jira';

/** The judge that push and poll share, so that a fact counts the same however it came. */
export function eventJudge(parts: JudgeParts): EventJudge {
  const { accounts, bots } = parts;
  return (connector, events, sighting) => {
    const rules = triageRules(connector, { accounts, bots });
    const projects = parts.projects();
    return events.flatMap((plain) => {
      const own = ownSubject(plain);
      if (own !== null) return [{ ...toOwn(plain, own, rules), ...sighting }];
      const event = connector.openToAnyone === true ? plain : withNames(plain, projects);
      const significance = triage(event, rules);
      return [{ event, significance, ...sighting }, ...linked(event, significance, sighting)];
    });
  };
}

/** A press or a form of ours goes to the mailbox of our own that asked for it; where it was pressed stays known. */
function toOwn(
  event: ProjectEvent,
  subject: Subject,
  rules: readonly TriageRule[],
): Pick<NewEvent, 'event' | 'significance'> {
  const own = { ...event, subject, related: [event.subject] };
  return { event: own, significance: triage(event, rules) };
}

/** The same event with the sprints and tickets that its words name. */
function withNames(event: ProjectEvent, projects: ReadonlySet<string>): ProjectEvent {
  const isChat = event.kind.startsWith('message.');
  const sprints = isChat ? sprintReferences(event.text ?? '') : [];
  const named = withTickets(event, projects);
  return sprints.length === 0 ? named : { ...named, sprints: [...sprints] };
}

/** The same event with the tickets that its words name among its related subjects. */
function withTickets(event: ProjectEvent, projects: ReadonlySet<string>): ProjectEvent {
  const words = [event.title, event.text ?? '', ...(event.clues ?? [])].join('\n');
  const subjects = ticketKeys(words, projects).map((key) => `${TICKETS}:issue:${key}`);
  const others = subjects.filter((subject) => subject !== event.subject);
  if (others.length === 0) return event;
  return { ...event, related: [...new Set([...(event.related ?? []), ...others])].slice(0, 20) };
}

/**
 * What wakes a pull request's mailbox wakes the mailboxes of its tickets as well: each gets a copy under a key of its
 * own. A copy answers no message. What only some may read goes nowhere else, and a comment on one ticket that names
 * another stays where it is.
 */
function linked(event: ProjectEvent, significance: Significance, sighting: Sighting): NewEvent[] {
  // Whom the system does not count among the team may not wake other places by naming them.
  const isStranger = event.actor?.kind === 'unknown';
  const isClosed = event.restricted || event.confined === true || isStranger;
  if (!significance.wakes || isClosed || event.source === TICKETS) return [];
  const tickets = (event.related ?? []).filter((one) => one.startsWith(`${TICKETS}:issue:`));
  return tickets.map((subject) => ({
    event: {
      ...event,
      key: `${event.key}@${subject}`,
      subject,
      message: null,
      related: [event.subject],
    },
    significance: { wakes: true, rule: 'linked', reason: `${event.subject} names this ticket` },
    ...sighting,
    copyOf: event.key,
  }));
}
