import type { Subject } from './subject.ts';

/**
 * Says that a mailbox may have mail. Carries no data: if every call is lost, the worker's sweep of the store
 * still finds the mail.
 */
export interface Queue {
  /** Mail for the subject is due at `dueAt` (epoch milliseconds). Never throws. */
  announce(subject: Subject, dueAt: number): void;
  /** Called when something may be due; called once per announcement at the most. */
  onDue(listener: () => void): void;
  close(): Promise<void>;
}
