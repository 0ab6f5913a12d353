import type { TriageRule } from '../../domain/event.ts';
import { noted, rule, sleeps, wakesOn } from '../triage-rule.ts';
import { isWatched } from './issue-id.ts';

/**
 * The rules of Sentry in order. Echo and bots are judged before these, elsewhere. A new issue often arrives as
 * `error.created` and `alert.triggered`: a rule sees one event at a time, so both wake; they are about the same subject,
 * and what comes within the window of its mailbox is one cycle.
 */
export function sentryTriage(projects: readonly string[]): readonly TriageRule[] {
  return [
    rule('project-not-watched', (event) => {
      if (event.scope === null || isWatched(event.scope, projects)) return null;
      return sleeps(`project ${event.scope} is not watched`);
    }),
    rule('deleted', (event) => {
      return event.kind.endsWith('.deleted') ? sleeps('what is gone needs no answer') : null;
    }),
    wakesOn('error-created', { kind: 'error.created', reason: 'a new error' }),
    wakesOn('error-unresolved', { kind: 'error.unresolved', reason: 'an error came back' }),
    wakesOn('alert-triggered', { kind: 'alert.triggered', reason: 'an alert rule fired' }),
    wakesOn('metric-alert-critical', { kind: 'metric-alert.critical', reason: 'a critical alert' }),
    wakesOn('comment-created', { kind: 'comment.created', reason: 'somebody commented' }),
    wakesOn('comment-edited', { kind: 'comment.updated', reason: 'a comment was edited' }),
    noted('error', 'the state of an error changed; noted'),
    noted('metric-alert', 'a metric alert below critical is noted'),
  ];
}
