import type { ProjectEvent } from '../../src/domain/event.ts';
import type { NewEvent } from '../../src/store/events.ts';

/** A comment of a person, as a connector would make it. */
export function commentEvent(id: string, changes: Partial<ProjectEvent> = {}): ProjectEvent {
  return {
    key: `jira:comment:${id}:created`,
    kind: 'comment.created',
    source: 'jira',
    subject: 'jira:issue:ECD-12',
    actor: { id: 'acc-mia', name: 'Mia Sander', kind: 'person' },
    at: '2026-03-02T09:00:00.000Z',
    title: 'Mia Sander commented on ECD-12',
    text: 'How does it stand, @pm-agent?',
    message: `jira:comment:${id}`,
    changes: [],
    scope: 'ECD',
    restricted: false,
    ...changes,
  };
}

/** The same, judged and on its way into the store. */
export function newEvent(event: ProjectEvent, keptAt: number): NewEvent {
  const significance = { wakes: true, rule: 'test', reason: 'it is a test' };
  return { event, significance, way: 'webhook', delivery: null, keptAt };
}
