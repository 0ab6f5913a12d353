import { z } from 'zod';
import { iso } from '../../lib/clock.ts';
import { bodyText } from './adf.ts';
import { changeLines } from './changes.ts';
import { isRestricted } from './comment-event.ts';
import { instantOf } from '../../lib/instant.ts';
import { actorOf } from './person.ts';
import type { History, RestComment, RestIssue } from './rest.ts';
import { cleanText, titleOf } from '../../lib/clean-text.ts';

const BODY_LIMIT = 4_000;

/** A comment in plain words. The text of a restricted one is left out. */
export const CommentView = z.object({
  id: z.string(),
  author: z.string(),
  authorId: z.string(),
  at: z.string().nullable(),
  restricted: z.boolean(),
  text: z.string().nullable(),
});
export type CommentView = z.infer<typeof CommentView>;

/** One entry of an issue's history, a line per change. */
export const HistoryView = z.object({
  id: z.string(),
  author: z.string(),
  at: z.string().nullable(),
  changes: z.array(z.string()),
});
export type HistoryView = z.infer<typeof HistoryView>;

/** An issue in one line. */
export const IssueLine = z.object({
  key: z.string(),
  summary: z.string(),
  status: z.string().nullable(),
  /** `new`, `indeterminate` or `done`: the same on every site, unlike the name of the status. */
  statusCategory: z.string().nullable(),
  assignee: z.string().nullable(),
  assigneeId: z.string().nullable(),
  priority: z.string().nullable(),
  due: z.string().nullable(),
  updated: z.string().nullable(),
  url: z.string().nullable(),
});
export type IssueLine = z.infer<typeof IssueLine>;

/** An issue with its latest comments and changes, oldest first. */
export const IssueView = IssueLine.extend({
  sprint: z.string().nullable(),
  description: z.string().nullable(),
  comments: z.array(CommentView),
  history: z.array(HistoryView),
});
export type IssueView = z.infer<typeof IssueView>;

/** A comment of REST in plain words. */
export function commentView(comment: RestComment): CommentView {
  const author = actorOf(comment.author);
  const restricted = isRestricted(comment);
  const text = restricted ? null : bodyText(comment.body);
  return {
    id: comment.id,
    author: author.name,
    authorId: author.id,
    at: isoOf(comment.created),
    restricted,
    text: text === null ? null : clipped(text),
  };
}

/** An entry of the history in plain words. */
export function historyView(history: History): HistoryView {
  return {
    id: history.id,
    author: actorOf(history.author).name,
    at: isoOf(history.created),
    changes: changeLines(history.items),
  };
}

/** An issue of REST in one line. */
export function issueLine(issue: RestIssue, url: string | null): IssueLine {
  const { fields } = issue;
  const assignee = fields.assignee === null ? null : actorOf(fields.assignee);
  return {
    key: issue.key,
    summary: titleOf(fields.summary ?? ''),
    status: fields.status?.name ?? null,
    statusCategory: fields.status?.statusCategory?.key ?? null,
    assignee: assignee?.name ?? null,
    assigneeId: assignee?.id ?? null,
    priority: fields.priority?.name ?? null,
    due: fields.duedate,
    updated: isoOf(fields.updated),
    url,
  };
}

/** The description of an issue, clipped. */
export function descriptionOf(issue: RestIssue): string | null {
  const text = bodyText(issue.fields.description);
  return text === null || text === '' ? null : clipped(text);
}

function clipped(text: string): string {
  return text.length > BODY_LIMIT ? `${cleanText(text, BODY_LIMIT)} [cut]` : text;
}

function isoOf(value: unknown): string | null {
  const at = instantOf(value);
  return at === null ? null : iso(at);
}
