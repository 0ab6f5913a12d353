import { z } from 'zod';
import { fitting } from '../rest-shape.ts';
import { IssueKey } from './issue-key.ts';
import { Comment, Id, Person, Worklog } from './payload.ts';

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

const Count = z.int().nonnegative().nullable().catch(null);

/** A status; the key of its category is the same on every site. */
const Status = z
  .object({
    id: Text,
    name: Text,
    statusCategory: z.object({ key: Text }).nullable().catch(null),
  })
  .nullable()
  .catch(null);

const LinkEnd = z
  .object({
    id: Id,
    key: IssueKey,
    fields: z.object({ status: Status }).nullable().catch(null),
  })
  .nullable()
  .catch(null);

/** A link as one of its issues shows it: with the other end, on the side that the link has it. */
const Link = z.object({
  id: Id,
  type: z.object({ name: Text, inward: Text, outward: Text }).nullable().catch(null),
  inwardIssue: LinkEnd,
  outwardIssue: LinkEnd,
});
export type RestLink = z.infer<typeof Link>;

/** An issue as REST gives it. The sprint field is read by the id that the site gives it. */
export const RestIssue = z.object({
  id: Id,
  key: IssueKey,
  fields: z.looseObject({
    summary: Text,
    description: z.unknown().optional(),
    status: Status,
    assignee: Person,
    priority: Named,
    duedate: Text,
    created: Text,
    updated: Text,
    creator: Person,
    reporter: Person,
    labels: z.array(z.string()).catch([]),
    issuelinks: fitting(Link).catch([]),
    /** The oldest few, where they were asked for. */
    worklog: z
      .object({ worklogs: fitting(Worklog).catch([]), total: z.int().nonnegative().catch(0) })
      .nullable()
      .catch(null),
  }),
  changelog: z
    .object({ histories: fitting(History).catch([]), total: Count })
    .nullable()
    .catch(null),
});
export type RestIssue = z.infer<typeof RestIssue>;

/** A page of an issue's history, oldest first. */
export const ChangelogPage = z
  .object({ values: z.array(z.unknown()), total: Count })
  .transform((page) => ({
    histories: fitting(History).parse(page.values),
    seen: page.values.length,
    total: page.total,
  }));

/** A page of an issue's worklogs. */
export const WorklogPage = z
  .object({ worklogs: z.array(z.unknown()), total: Count })
  .transform((page) => ({
    worklogs: fitting(Worklog).parse(page.worklogs),
    seen: page.worklogs.length,
    total: page.total,
  }));

/** What may be done with an issue now. */
export const Transitions = z.object({
  transitions: fitting(
    z.object({ id: Id, name: z.string(), isAvailable: z.boolean().catch(true), to: Status }),
  ),
});
export type Transition = z.infer<typeof Transitions>['transitions'][number];

/** The kinds of links of the site. */
export const LinkTypes = z.object({
  issueLinkTypes: fitting(z.object({ id: Id, name: z.string(), inward: Text, outward: Text })),
});

const Board = z.object({ id: z.int().positive(), name: z.string(), type: Text });
export type RestBoard = z.infer<typeof Board>;

/** A sprint of the agile API. */
export const RestSprint = z.object({
  id: z.int().positive(),
  name: z.string(),
  state: z.string().transform((state) => state.toLowerCase()),
  goal: Text,
  createdDate: Text,
  startDate: Text,
  endDate: Text,
  completeDate: Text,
  originBoardId: z.int().positive().nullable().catch(null),
});
export type RestSprint = z.infer<typeof RestSprint>;

const Last = z.boolean().nullable().catch(null);

/** Pages of the agile API: the end is `isLast`, `total` may be missing. */
export const BoardPage = z
  .object({ values: z.array(z.unknown()), isLast: Last })
  .transform(({ values, isLast }) => ({
    values: fitting(Board).parse(values),
    seen: values.length,
    isLast,
  }));
export const SprintPage = z
  .object({ values: z.array(z.unknown()), isLast: Last })
  .transform(({ values, isLast }) => ({
    values: fitting(RestSprint).parse(values),
    seen: values.length,
    isLast,
  }));

/** A page of the issues of a sprint. */
export const SprintIssues = z.object({ issues: fitting(RestIssue), total: Count });

/** An account. Most addresses are hidden. */
export const User = z.object({
  accountId: z.string().min(1),
  accountType: Text,
  displayName: Text,
  emailAddress: Text,
  timeZone: Text,
  active: z.boolean().nullable().catch(null),
});
export const Users = fitting(User);

/** What the account may do, by the name of the permission. */
export const Permissions = z.object({
  permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })),
});

/** A page of `/search/jql`: no total, and the end is where no token comes. */
export const SearchPage = z.object({
  issues: fitting(RestIssue),
  nextPageToken: Text,
});

/** The fields of the site, as far as they name the application they belong to. */
export const Fields = fitting(
  z.object({ id: z.string(), name: Text, schema: z.object({ custom: z.string() }) }),
);

/** The fields of the site for people. */
export const FieldList = fitting(
  z.object({
    id: z.string(),
    name: z.string(),
    custom: z.boolean().catch(false),
    schema: z.object({ type: Text, custom: Text }).nullable().catch(null),
  }),
);

/** Who we are. */
export const Myself = z.object({ accountId: z.string().min(1), displayName: Text });

/** What a new comment is answered with. */
export const Made = z.object({ id: Id });
