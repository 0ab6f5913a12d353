import { z } from 'zod';

/** What an event is about, written `system:kind:id`, e.g. `jira:issue:ECD-123`. Each subject has one mailbox. */
export const Subject = z
  .string()
  .max(300)
  .regex(/^[a-z]+:[a-z-]+:[^\s]+$/);
export type Subject = z.infer<typeof Subject>;

export interface SubjectParts {
  readonly system: string;
  readonly kind: string;
  readonly id: string;
}

/** Takes a subject apart; the id may itself contain colons. */
export function subjectParts(subject: Subject): SubjectParts {
  const [system = '', kind = '', ...rest] = subject.split(':');
  return { system, kind, id: rest.join(':') };
}
