import type { Action } from '../../domain/action.ts';
import type { Approval } from '../../domain/approval.ts';
import type { Operation } from '../../domain/connector.ts';
import type { Constitution } from '../../domain/constitution.ts';
import type { Queue } from '../../domain/queue.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../../store/open.ts';
import type { Work } from '../../store/writer.ts';
import type { Answer } from './decision.ts';

/** What deciding needs. */
export interface DecideParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly queue: Queue;
  readonly constitution: () => Constitution;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Who may not answer for an action, as person ids: asked anew when somebody edits it. */
  readonly excludedFrom: (action: Action) => readonly string[];
}

/** One answer with all that it is judged by, inside its transaction. */
export interface Ballot {
  readonly work: Work;
  readonly parts: Pick<DecideParts, 'operations' | 'excludedFrom'>;
  readonly constitution: Constitution;
  readonly answer: Answer;
  readonly approval: Approval;
  readonly action: Action;
  readonly now: number;
}
