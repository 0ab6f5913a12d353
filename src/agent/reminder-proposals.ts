import type { ProposedAction, Urgency } from '../domain/plan.ts';
import type { LadderStep } from '../domain/rules/ladder.ts';
import { handedFrom } from './handed-reason.ts';
import { buttonValue } from './record-nudges.ts';
import { BUTTONS } from './reminder-answer.ts';
import { handedLine, ownLine, summaryFor, wayOutOf } from './reminder-lines.ts';
import type { Telling } from './reminder-lines.ts';
import { counted, reminderText } from './reminder-text.ts';
import type { ReminderLine } from './reminder-text.ts';

/** A problem that today's message tells of. */
export interface ToTell {
  readonly telling: Telling;
  readonly level: Urgency;
  /** Since when it waits. */
  readonly since: number;
  readonly step: LadderStep;
}

/** The one message of the day to a person. */
export interface Message {
  readonly items: readonly ToTell[];
  /** How many more wait. */
  readonly more: number;
  /** The account that is written to. */
  readonly slack: string;
  readonly person: string;
  /** How many reviews wait for somebody. */
  readonly waiting: (person: string) => number;
}

/** Proposes the message, with the buttons by which it is answered. */
export function reminderProposal({ items, more, slack, person, waiting }: Message): ProposedAction {
  const lines = items.map((one) => lineOf(one, waiting));
  const value = buttonValue({ person, problems: items.map(({ telling }) => telling.problem.id) });
  const names = items.map(({ telling }) => `${telling.problem.reason} on ${telling.problem.item}`);
  return {
    operation: 'slack.send-direct',
    input: {
      user: slack,
      text: reminderText({ lines, more }),
      buttons: [
        { id: BUTTONS.onIt, label: 'On it', style: 'primary', value },
        { id: BUTTONS.snooze, label: 'Snooze to tomorrow', value },
        { id: BUTTONS.notForMe, label: 'Not for me', value },
      ],
    },
    reason: `${counted(items.length, 'thing')} due for this person: ${names.join('; ')}`.slice(
      0,
      1000,
    ),
    purpose: 'reminder',
  };
}

function lineOf({ telling, step }: ToTell, waiting: Message['waiting']): ReminderLine {
  if (handedFrom(telling.problem.reason) !== null) return handedLine(telling);
  return ownLine(telling, step === 2 ? wayOutOf(telling, waiting) : null);
}

/** Proposes the summary for leadership. Policy asks a person before it goes out. */
export function leadershipProposal(telling: Telling, channel: string): ProposedAction {
  const { id, item, person } = telling.problem;
  const value = buttonValue({ person, problems: [id] });
  return {
    operation: 'slack.post-message',
    input: {
      channel,
      text: summaryFor(telling),
      buttons: [{ id: BUTTONS.onIt, label: 'On it', style: 'primary', value }],
    },
    reason: `${item} is blocked; its owner and the tech lead were told, and nothing moved.`,
    purpose: 'escalation',
  };
}
