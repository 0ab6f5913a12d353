import type { Call } from '../../domain/connector.ts';
import type { Fact } from '../../domain/fact.ts';
import type { Subject } from '../../domain/subject.ts';
import { subjectParts } from '../../domain/subject.ts';
import { browseUrl } from './settings.ts';
import type { CommentView, HistoryView, IssueView } from './issue-view.ts';
import type { JiraSite } from './site.ts';

/** What Jira knows of an issue, as facts; nothing for any other subject. Throws a `Failure`. */
export async function gatherJira(
  site: JiraSite,
  subject: Subject,
  call: Call,
): Promise<readonly Fact[]> {
  const { system, kind, id } = subjectParts(subject);
  if (system !== 'jira' || kind !== 'issue') return [];
  const issue = await site.issue(id, call);
  return [
    ...fieldFacts(issue),
    ...issue.comments.map((comment) => commentFact(comment, linkTo(site, issue, comment.id))),
    ...issue.history
      .filter((entry) => entry.changes.length > 0)
      .map((entry) => historyFact(entry, issue.url)),
  ];
}

function linkTo(site: JiraSite, issue: IssueView, comment: string): string | null {
  return browseUrl(site.settings, issue.key, comment);
}

function fieldFacts(issue: IssueView): Fact[] {
  const assignee =
    issue.assignee === null ? 'nobody' : `${issue.assignee} (${issue.assigneeId ?? ''})`;
  const status = issue.statusCategory === null ? '' : ` (${issue.statusCategory})`;
  const lines: readonly (readonly [string, string | null])[] = [
    ['summary', issue.summary],
    ['status', issue.status === null ? null : `Status: ${issue.status}${status}`],
    ['assignee', `Assignee: ${assignee}`],
    ['priority', issue.priority === null ? null : `Priority: ${issue.priority}`],
    ['due', issue.due === null ? null : `Due: ${issue.due}`],
    ['sprint', issue.sprint === null ? null : `Sprint: ${issue.sprint}`],
    ['description', issue.description],
  ];
  return lines.flatMap(([kind, text]): Fact[] => {
    if (text === null) return [];
    const id = `jira:issue:${issue.key}#${kind}`;
    return [{ id, kind, text, at: null, author: null, url: issue.url }];
  });
}

function commentFact(comment: CommentView, url: string | null): Fact {
  const text = comment.restricted ? '[restricted comment, text left out]' : (comment.text ?? '');
  return {
    id: `jira:comment:${comment.id}`,
    kind: 'comment',
    text,
    at: comment.at,
    author: comment.author,
    url,
  };
}

function historyFact(entry: HistoryView, url: string | null): Fact {
  return {
    id: `jira:changelog:${entry.id}`,
    kind: 'change',
    text: entry.changes.join('; '),
    at: entry.at,
    author: entry.author,
    url,
  };
}
