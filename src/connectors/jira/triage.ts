import type { ProjectEvent, TriageRule } from '../../domain/event.ts';
import { noted, rule, sleeps, wakes, wakesOn } from '../triage-rule.ts';
import { isWatched } from './issue-key.ts';

const SIGNIFICANT = new Set([
  'status',
  'assignee',
  'priority',
  'resolution',
  'sprint',
  'flagged',
  'impediment',
]);

/** The rules of Jira in order. Echo and bots are judged before these, elsewhere. */
export function jiraTriage(projects: readonly string[]): readonly TriageRule[] {
  return [
    rule('project-not-watched', (event) => {
      if (event.scope === null || isWatched(event.scope, projects)) return null;
      return sleeps(`project ${event.scope} is not watched`);
    }),
    rule('deleted', (event) => {
      return event.kind.endsWith('.deleted') ? sleeps('what is gone needs no answer') : null;
    }),
    noted('worklog', 'logged work is noted'),
    noted('sprint', 'a sprint changed; noted for the reports'),
    noted('link', 'a link changed; noted for the reports'),
    wakesOn('comment-created', { kind: 'comment.created', reason: 'somebody commented' }),
    wakesOn('comment-edited', { kind: 'comment.updated', reason: 'a comment was edited' }),
    wakesOn('issue-created', { kind: 'issue.created', reason: 'a new issue' }),
    rule('significant-change', (event) => {
      const fields = significantFields(event);
      return fields.length === 0 ? null : wakes(`changed: ${fields.join(', ')}`);
    }),
    rule('insignificant-change', (event) => {
      if (event.kind !== 'issue.updated') return null;
      const fields = event.changes.map((change) => change.field).join(', ');
      return sleeps(fields === '' ? 'no changed field is named' : `only changed: ${fields}`);
    }),
  ];
}

function significantFields(event: ProjectEvent): readonly string[] {
  if (event.kind !== 'issue.updated') return [];
  const fields = event.changes.map((change) => change.field);
  return fields.filter((field) => SIGNIFICANT.has(field.toLowerCase()));
}
