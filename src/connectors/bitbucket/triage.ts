import type { TriageRule } from '../../domain/event.ts';
import { noted, rule, sleeps, wakesOn } from '../triage-rule.ts';
import type { Watched } from './repository.ts';
import { isWatched } from './repository.ts';

const NOTED = new Map<string, string>([
  ['pull-request.updated', 'Bitbucket does not say what changed; read when it matters'],
  ['pull-request.unapproved', 'an approval was taken back'],
  ['pull-request.changes-request-removed', 'a request for changes was taken back'],
  ['comment.resolved', 'a comment was resolved'],
  ['comment.reopened', 'a comment was reopened'],
  ['build.started', 'a build has started'],
  ['build.succeeded', 'a build is in order'],
  ['build.stopped', 'a build was stopped'],
]);

/** The rules of Bitbucket in order. Echo and bots are judged before these, elsewhere. */
export function bitbucketTriage(watched: Watched): readonly TriageRule[] {
  return [
    rule('repository-not-watched', (event) => {
      if (event.scope === null || isWatched(event.scope, watched)) return null;
      return sleeps(`repository ${event.scope} is not watched`);
    }),
    rule('deleted', (event) => {
      return event.kind.endsWith('.deleted') ? sleeps('what is gone needs no answer') : null;
    }),
    noted('push', 'a push is noted'),
    rule('noted', (event) => {
      const reason = NOTED.get(event.kind);
      return reason === undefined ? null : sleeps(reason);
    }),
    wakesOn('comment-created', { kind: 'comment.created', reason: 'somebody commented' }),
    wakesOn('comment-edited', { kind: 'comment.updated', reason: 'a comment was edited' }),
    wakesOn('pull-request-created', {
      kind: 'pull-request.created',
      reason: 'a new pull request',
    }),
    wakesOn('changes-requested', {
      kind: 'pull-request.changes-requested',
      reason: 'a reviewer wants changes',
    }),
    wakesOn('approved', { kind: 'pull-request.approved', reason: 'a reviewer approved' }),
    wakesOn('merged', { kind: 'pull-request.merged', reason: 'a pull request was merged' }),
    wakesOn('declined', { kind: 'pull-request.declined', reason: 'a pull request was declined' }),
    wakesOn('build-failed', { kind: 'build.failed', reason: 'a build failed' }),
  ];
}
