import type { ProjectEvent, TriageRule } from '../../domain/event.ts';
import { noted, rule, sleeps, wakes, wakesOn } from '../triage-rule.ts';
import { isWatched } from './settings.ts';

const SPOKEN: ReadonlySet<string> = new Set(['comment', 'review-comment', 'review']);

// What people wait for.
const WAKING: readonly TriageRule[] = [
  wakesOn('issue-opened', { kind: 'issue.opened', reason: 'a new issue' }),
  wakesOn('issue-closed', { kind: 'issue.closed', reason: 'an issue was closed' }),
  wakesOn('issue-reopened', { kind: 'issue.reopened', reason: 'an issue was opened again' }),
  wakesOn('comment-created', { kind: 'comment.created', reason: 'somebody commented' }),
  wakesOn('comment-edited', { kind: 'comment.edited', reason: 'a comment was edited' }),
  wakesOn('opened', { kind: 'pull-request.opened', reason: 'a new pull request' }),
  wakesOn('ready', { kind: 'pull-request.ready', reason: 'a draft is ready for review' }),
  wakesOn('merged', { kind: 'pull-request.merged', reason: 'a pull request was merged' }),
  wakesOn('declined', { kind: 'pull-request.declined', reason: 'closed without a merge' }),
  wakesOn('reopened', { kind: 'pull-request.reopened', reason: 'opened again' }),
  wakesOn('review-requested', {
    kind: 'pull-request.review-requested',
    reason: 'a review is asked for',
  }),
  wakesOn('approved', { kind: 'review.approved', reason: 'a review approves' }),
  wakesOn('changes-requested', {
    kind: 'review.changes-requested',
    reason: 'a review asks for changes',
  }),
  wakesOn('line-comment', { kind: 'review-comment.created', reason: 'a comment on a line' }),
  wakesOn('line-comment-edited', {
    kind: 'review-comment.edited',
    reason: 'a comment on a line was edited',
  }),
];

/** The rules of GitHub in order. Echo and bots are judged before these, elsewhere. */
export function githubTriage(repos: readonly string[]): readonly TriageRule[] {
  return [
    rule('repository-not-watched', (event) => {
      if (event.scope === null || isWatched(event.scope, repos)) return null;
      return sleeps(`repository ${event.scope} is not watched`);
    }),
    rule('deleted', (event) => {
      const isGone = event.kind.endsWith('.deleted') || event.kind.endsWith('.transferred');
      return isGone ? sleeps('what is gone needs no answer') : null;
    }),
    // In a public repository anybody may write. Whoever has no part in it comes with an actor of kind `unknown`
    // (person.ts); what they say is kept for people and starts nothing.
    rule('outsider', (event) => {
      if (!SPOKEN.has(nounOf(event)) || event.actor?.kind !== 'unknown') return null;
      return sleeps('somebody outside of a public repository, or no longer there');
    }),
    noted('push', 'commits were pushed; noted'),
    noted('release', 'a release; noted'),
    noted('review-thread', 'a thread of a review; noted'),
    noted('job', 'the run of the workflow tells of it as well'),
    noted('check-suite', 'the checks in it tell of it as well'),
    ...WAKING,
    rule('review-remark', judgeRemark),
    rule('failed-build', judgeBuild),
    noted('deployment', 'a deployment; noted'),
    rule('insignificant-change', (event) => {
      const isItem = ['issue', 'pull-request', 'review'].includes(nounOf(event));
      return isItem ? sleeps('a change that asks for nothing') : null;
    }),
  ];
}

function nounOf(event: ProjectEvent): string {
  return event.kind.slice(0, event.kind.indexOf('.'));
}

// A reply to a line also makes a review without a word: the comment itself wakes already.
function judgeRemark(event: ProjectEvent): ReturnType<typeof wakes> | null {
  if (event.kind !== 'review.commented') return null;
  if (event.text === null) return sleeps('a review without a word; its comments wake');
  return wakes('a review with a remark');
}

const BUILDS: ReadonlySet<string> = new Set(['build', 'check', 'status']);

function judgeBuild(event: ProjectEvent): ReturnType<typeof wakes> | null {
  if (!BUILDS.has(nounOf(event))) return null;
  if (!event.kind.endsWith('.failed')) return sleeps('it did not fail');
  const change = (field: string): string | null =>
    event.changes.find((one) => one.field === field)?.to ?? null;
  const trigger = change('trigger');
  if (trigger === 'github-actions') return sleeps('the run of the workflow tells of it as well');
  const isPull =
    event.subject.startsWith('github:pull-request:') ||
    trigger?.startsWith('pull_request') === true;
  if (isPull) return wakes('a failure on a pull request');
  return change('default-branch') === null
    ? sleeps('a failure on a branch that nobody waits for')
    : wakes('a failure on the default branch');
}
