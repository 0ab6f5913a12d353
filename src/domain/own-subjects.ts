import type { ProjectEvent } from './event.ts';
import { Subject } from './subject.ts';

/** What the ids of our buttons begin with; their value says which approval or person they are about. */
export const APPROVAL_BUTTON = 'pm.approval.';
export const REMINDER_BUTTON = 'pm.reminder.';
/** The callback of our forms about approvals. */
export const APPROVAL_FORM = 'pm.approval';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LONGEST_PERSON = 250;

/** The mailbox in which an approval is asked for and answered. */
export function approvalSubject(id: string): Subject {
  return `pm:approval:${id}`;
}

/** The approval that a subject stands for, or `null`. */
export function approvalOf(subject: Subject): string | null {
  const [system, kind, id = ''] = subject.split(':');
  return system === 'pm' && kind === 'approval' && UUID.test(id) ? id : null;
}

/** The mailbox of a person, whose id may hold any character. */
export function personSubject(person: string): Subject | null {
  const id = encodeURIComponent(person.toWellFormed());
  if (id === '' || id.length > LONGEST_PERSON) return null;
  const subject = Subject.safeParse(`pm:person:${id}`);
  return subject.success ? subject.data : null;
}

/** The mailbox from which a trouble of the program itself is told. */
export function troubleSubject(id: string): Subject {
  return `pm:operations:${id}`;
}

/** The mailbox of our own that a press of our buttons or one of our forms belongs to; `null` for everything else. */
export function ownSubject(event: ProjectEvent): Subject | null {
  if (event.kind === 'button.pressed') return ofButton(event);
  if (event.kind === 'view.submitted') return ofForm(event);
  return null;
}

function ofButton({ changes }: ProjectEvent): Subject | null {
  const [pressed] = changes;
  const value = firstPart(pressed?.to);
  if (pressed === undefined || value === '') return null;
  if (pressed.field.startsWith(APPROVAL_BUTTON)) {
    return UUID.test(value) ? approvalSubject(value) : null;
  }
  return pressed.field.startsWith(REMINDER_BUTTON) ? personSubject(value) : null;
}

function ofForm({ changes }: ProjectEvent): Subject | null {
  const told = (name: string) => changes.find(({ field }) => field === name)?.to;
  const id = firstPart(told('meta'));
  return told('callback') === APPROVAL_FORM && UUID.test(id) ? approvalSubject(id) : null;
}

/** What stands before the first `|`: after it, buttons and forms may carry more. */
function firstPart(value: string | null | undefined): string {
  return value?.split('|', 1)[0] ?? '';
}
