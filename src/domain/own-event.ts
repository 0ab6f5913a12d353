import type { ProjectEvent } from './event.ts';
import { subjectParts } from './subject.ts';
import type { Subject } from './subject.ts';

/** What is particular about mail that the program writes to a mailbox. `at` is ISO 8601 UTC. */
export type OwnEvent = Pick<ProjectEvent, 'key' | 'kind' | 'at' | 'title'> & {
  readonly subject: Subject;
} & Partial<Pick<ProjectEvent, 'actor' | 'confined' | 'related'>>;

const LONGEST_TITLE = 500;

/** An event of our own: a time has come, a person has decided or asked. It has no words and no changes. */
export function ownEvent({ title, ...given }: OwnEvent): ProjectEvent {
  return {
    source: subjectParts(given.subject).system,
    actor: null,
    text: null,
    message: null,
    changes: [],
    scope: null,
    restricted: false,
    title: title.slice(0, LONGEST_TITLE),
    ...given,
  };
}
