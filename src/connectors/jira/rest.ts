import { z } from 'zod';
import { fitting } from '../rest-shape.ts';
import { IssueKey } from './issue-key.ts';
import { Comment, Id, Person } from './payload.ts';

const Text = z.string().nullable().catch(null);
const Named = z.object({ name: Text }).nullable().catch(null);

const CommentProperty = z.object({ key: z.string(), value: z.unknown().optional() });

/** A comment with the properties that were asked for. */
export const RestComment = Comment.extend({
  properties: fitting(CommentProperty).catch([]),
});
export type RestComment = z.infer<typeof RestComment>;

/** A page of comments. `seen` counts all that came, also those that did not fit. */
export const CommentPage = z
  .object({ comments: z.array(z.unknown()), total: z.int().nonnegative().nullable().catch(null) })
  .transform((page) => ({
    comments: fitting(RestComment).parse(page.comments),
    seen: page.comments.length,
    total: page.total,
  }));
export type CommentPage = z.infer<typeof CommentPage>;

/** One entry of an issue's history. */
export const History = z.object({
  id: Id,
  author: Person,
  created: Text,
  items: z.array(z.unknown()).catch([]),
});
export type History = z.infer<typeof History>;

/** An issue as REST gives it. The sprint field is read by the id that the site gives it. */
export const RestIssue = z.object({
  id: Id,
  key: IssueKey,
  fields: z.looseObject({
    summary: Text,
    description: z.unknown().optional(),
    status: z
      .object({ name: Text, statusCategory: z.object({ key: Text }).nullable().catch(null) })
      .nullable()
      .catch(null),
    assignee: Person,
    priority: Named,
    duedate: Text,
    updated: Text,
  }),
  changelog: z
    .object({ histories: fitting(History).catch([]) })
    .nullable()
    .catch(null),
});
export type RestIssue = z.infer<typeof RestIssue>;

/** A page of `/search/jql`: no total, and the end is where no token comes. */
export const SearchPage = z.object({
  issues: fitting(RestIssue),
  nextPageToken: Text,
});

/** The fields of the site, as far as they name the application they belong to. */
export const Fields = fitting(
  z.object({ id: z.string(), schema: z.object({ custom: z.string() }) }),
);

/** The sprints of an issue. */
export const Sprints = fitting(z.object({ name: z.string(), state: z.string(), startDate: Text }));

/** Who we are. */
export const Myself = z.object({ accountId: z.string().min(1), displayName: Text });

/** What a new comment is answered with. */
export const Made = z.object({ id: Id });
