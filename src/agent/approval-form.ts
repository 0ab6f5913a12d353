import type { Approval } from '../domain/approval.ts';
import type { ProjectEvent } from '../domain/event.ts';
import { APPROVAL_FORM } from '../domain/own-subjects.ts';
import type { ProposedAction } from '../domain/plan.ts';

const MOST_FIELDS = 10;
const LONGEST_FIELD = 3_000;

type Input = Readonly<Record<string, unknown>>;

/** The texts of an input that a form can show whole, by name; empty when one of them is too long for a form. */
export function editableFields(input: Input): readonly (readonly [string, string])[] {
  const texts = Object.entries(input).filter((one): one is [string, string] => {
    return typeof one[1] === 'string';
  });
  const fits = texts.every(([, text]) => text.length <= LONGEST_FIELD);
  return fits && texts.length <= MOST_FIELDS ? texts : [];
}

/** What a press of a button tells. */
export interface Press {
  readonly approval: Approval;
  readonly channel: string;
  readonly trigger: string;
}

/** The form that asks why. */
export function declineForm(press: Press): ProposedAction {
  const fields = [{ id: 'reason', label: 'Why should it not be done?', multiline: true }];
  return form(press, { word: 'decline', title: 'Decline', fields });
}

/** The form with the texts of an action. */
export function editForm(press: Press, input: Input): ProposedAction {
  const fields = editableFields(input).map(([name, value], at) => ({
    id: fieldId(at),
    label: name,
    value,
    multiline: value.includes('\n') || value.length > 80,
  }));
  return form(press, { word: 'edit', title: 'Edit and approve', fields });
}

function form(
  { approval, channel, trigger }: Press,
  given: { readonly word: string; readonly title: string; readonly fields: readonly object[] },
): ProposedAction {
  const { word, title, fields } = given;
  const meta = `${approval.id}|${word}|${channel}`;
  return {
    operation: 'slack.open-form',
    input: { trigger, callback: APPROVAL_FORM, title, fields, meta },
    reason: `somebody pressed ${word} on a card`,
    purpose: 'approval',
  };
}

// A name of an input need not be a name of a field.
function fieldId(at: number): string {
  return `text-${at}`;
}

/** A form of ours that was sent. */
export interface Sent {
  readonly answer: 'decline' | 'edit';
  readonly channel: string | null;
  readonly reason: string;
  /** The whole input with what was edited in it. */
  readonly input: Input;
}

/** What a form says; `null` when it is none of ours. */
export function readForm(event: ProjectEvent, input: Input): Sent | null {
  const told = (name: string) => event.changes.find(({ field }) => field === name)?.to ?? null;
  if (told('callback') !== APPROVAL_FORM) return null;
  const [, word, channel] = told('meta')?.split('|') ?? [];
  if (word !== 'decline' && word !== 'edit') return null;
  const texts = editableFields(input).map(([name, before], at) => {
    return [name, told(fieldId(at)) ?? before] as const;
  });
  return {
    answer: word,
    channel: channel === undefined || channel === '' ? null : channel,
    reason: told('reason') ?? '',
    input: { ...input, ...Object.fromEntries(texts) },
  };
}
