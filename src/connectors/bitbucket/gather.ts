import type { Call } from '../../domain/connector.ts';
import type { Fact } from '../../domain/fact.ts';
import type { Subject } from '../../domain/subject.ts';
import { subjectParts } from '../../domain/subject.ts';
import { commentName } from './keys.ts';
import type { PullRequestId } from './keys.ts';
import { idOf, repositoryOf } from './pull-request-event.ts';
import type { PullRequestName } from './repository.ts';
import { pullRequestSubject } from './repository.ts';
import type { PullRequestView, StatusView } from './views.ts';
import { activityView, commentView, pullRequestView, statusView } from './views.ts';
import type { Workspace } from './workspace.ts';

const LATEST = 20;

/** What Bitbucket knows of a pull request, as facts; nothing for any other subject. Throws a `Failure`. */
export async function gatherBitbucket(
  workspace: Workspace,
  subject: Subject,
  call: Call,
): Promise<readonly Fact[]> {
  const name = nameOf(subject);
  if (name === null) return [];
  const pullRequest = await workspace.pullRequest(name, call);
  const view = pullRequestView(name.repository, pullRequest);
  const id = idOf({ repository: repositoryOf(pullRequest, name.repository), pullRequest });
  const [comments, activity, statuses] = await Promise.all([
    workspace.comments(name, call, 1),
    workspace.activity(name, call),
    workspace.statuses(name, call),
  ]);
  return [
    ...fieldFacts(name, view),
    ...statuses.items.slice(0, LATEST).map((status) => statusFact(name, statusView(status))),
    ...activityFacts(name, activity.items.map(activityView)),
    ...comments.items
      .filter((comment) => comment.deleted !== true && comment.pending !== true)
      .slice(0, LATEST)
      .reverse()
      .map((comment) => commentFact(id, commentView(comment))),
  ];
}

/** The pull request that a subject is, `null` for any other. */
export function nameOf(subject: Subject): PullRequestName | null {
  const { system, kind, id } = subjectParts(subject);
  const match = /^([^/\s]+\/[^/\s]+)\/(\d{1,15})$/.exec(id);
  if (system !== 'bitbucket' || kind !== 'pull-request' || match === null) return null;
  return { repository: match[1] ?? '', pullRequest: Number(match[2]) };
}

function fieldFacts(name: PullRequestName, view: PullRequestView): Fact[] {
  const reviewers = view.reviewers.map((one) => `${one.name} (${one.state.replace('_', ' ')})`);
  const lines: readonly (readonly [string, string | null])[] = [
    ['title', view.title],
    ['state', `State: ${view.state ?? 'unknown'}${view.draft ? ' (draft)' : ''}`],
    ['author', `Author: ${view.author.name} (${view.author.id ?? 'unknown'})`],
    ['branches', `From ${view.source ?? 'unknown'} to ${view.destination ?? 'unknown'}`],
    ['reviewers', `Reviewers: ${reviewers.length === 0 ? 'nobody' : reviewers.join(', ')}`],
    ['description', view.description],
    ['reason', view.reason === null ? null : `Reason: ${view.reason}`],
  ];
  const subject = pullRequestSubject(name.repository, name.pullRequest);
  return lines.flatMap(([kind, text]): Fact[] => {
    if (text === null) return [];
    return [{ id: `${subject}#${kind}`, kind, text, at: null, author: null, url: view.url }];
  });
}

function statusFact(name: PullRequestName, status: StatusView): Fact {
  return {
    id: `bitbucket:build:${name.repository}/${status.commit}/${status.name}`,
    kind: 'build',
    text: `Build ${status.name} at ${status.commit}: ${status.state}`,
    at: status.at,
    author: null,
    url: status.url,
  };
}

type Line = ReturnType<typeof activityView>;

function activityFacts(name: PullRequestName, lines: readonly Line[]): Fact[] {
  const shown = lines.filter((line) => line !== null).slice(0, LATEST);
  return shown.reverse().map((line) => ({
    id: `bitbucket:activity:${name.repository}/${name.pullRequest}/${line.what}/${line.by.id ?? 'unknown'}/${line.at ?? ''}`,
    kind: 'change',
    text: line.what === 'update' ? `${line.by.name} updated it: ${line.text}` : line.text,
    at: line.at,
    author: line.by.name,
    url: null,
  }));
}

function commentFact(of: PullRequestId, comment: ReturnType<typeof commentView>): Fact {
  const place = comment.path === null ? '' : `[on ${comment.path}] `;
  return {
    // The same name as the message of its event: what was answered is seen to be the same.
    id: commentName(of, comment.id),
    kind: 'comment',
    text: `${place}${comment.text ?? ''}`,
    at: comment.at,
    author: comment.author.name,
    url: comment.url,
  };
}
