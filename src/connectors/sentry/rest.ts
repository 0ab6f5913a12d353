import { z } from 'zod';
import { fitting } from '../rest-shape.ts';
import { ProjectSlug } from './issue-id.ts';
import { Id, Issue, OptionalId, Text } from './payload.ts';

/** A user as Sentry shows it beside what they did. */
const User = z
  .object({ id: OptionalId, name: Text, username: Text, email: Text })
  .nullable()
  .catch(null);
export type User = z.infer<typeof User>;

/** One entry of an issue's activity; a comment is one of them, of type `note`. */
export const Activity = z.object({
  id: Id,
  type: z.string(),
  dateCreated: Text,
  user: User,
  data: z
    .object({ text: Text, assignee: OptionalId, assigneeType: Text, assigneeName: Text })
    .nullable()
    .catch(null),
});
export type Activity = z.infer<typeof Activity>;

const Count = z
  .union([z.string(), z.number().transform(String)])
  .nullable()
  .catch(null);
const Release = z.object({ version: Text, shortVersion: Text }).nullable().catch(null);

/** An issue of a list. */
export const ListedIssue = Issue.extend({
  count: Count,
  userCount: Count,
  priority: Text,
  numComments: z.int().nonnegative().catch(0),
  statusDetails: z
    .object({ inNextRelease: z.boolean().catch(false) })
    .nullable()
    .catch(null),
});
export type ListedIssue = z.infer<typeof ListedIssue>;
/** An issue by its number, with the newest hundred entries of its activity. */
export const WholeIssue = ListedIssue.extend({
  activity: fitting(Activity).catch([]),
  firstRelease: Release,
  lastRelease: Release,
});
export type WholeIssue = z.infer<typeof WholeIssue>;

/** A page of issues; `seen` counts all that came, also those that did not fit. */
export const IssueList = z.array(z.unknown()).transform((list) => ({
  issues: fitting(ListedIssue).parse(list),
  seen: list.length,
}));

/** A page of comments, newest first. */
export const Notes = fitting(Activity);

export const Projects = fitting(z.object({ id: Id, slug: ProjectSlug, name: Text }));

/** The values of a tag that occur most. */
export const TagValues = z.object({
  topValues: fitting(z.object({ value: z.string() })).catch([]),
});

const Tag = z.object({ key: z.string(), value: z.string() });

const Frame = z.object({
  function: Text,
  filename: Text,
  module: Text,
  lineNo: z.number().nullable().catch(null),
  inApp: z.boolean().catch(false),
});
export type Frame = z.infer<typeof Frame>;

const Exception = z.object({
  type: Text,
  value: Text,
  stacktrace: z
    .object({ frames: fitting(Frame).catch([]) })
    .nullable()
    .catch(null),
});
export type Exception = z.infer<typeof Exception>;

const Entry = z.object({
  type: z.string(),
  data: z
    .object({ values: fitting(Exception).catch([]), formatted: Text })
    .nullable()
    .catch(null),
});

/** One occurrence, of a list or whole. */
export const ErrorEvent = z.object({
  eventID: z.string().regex(/^[0-9a-fA-F-]{1,40}$/),
  title: Text,
  message: Text,
  culprit: Text,
  dateCreated: Text,
  platform: Text,
  tags: fitting(Tag).catch([]),
  entries: fitting(Entry).catch([]),
  release: Release,
});
export type ErrorEvent = z.infer<typeof ErrorEvent>;
export const ErrorEvents = fitting(ErrorEvent);

export const Releases = fitting(
  z.object({
    version: z.string(),
    shortVersion: Text,
    dateCreated: Text,
    dateReleased: Text,
    commitCount: z.int().nonnegative().nullable().catch(null),
    newGroups: z.int().nonnegative().nullable().catch(null),
  }),
);

/** Who touched the lines of an error, and with which commits. */
export const Committers = z.object({
  committers: fitting(
    z.object({
      author: z.object({ id: OptionalId, name: Text }).nullable().catch(null),
      commits: fitting(
        z.object({ id: z.string(), message: Text, dateCreated: Text, suspectCommitType: Text }),
      ).catch([]),
    }),
  ).catch([]),
});

/** Whose token it is, and what it may do. */
export const Whoami = z.object({
  user: z.object({ id: Id, name: Text, username: Text }).nullable().catch(null),
  auth: z
    .object({ scopes: fitting(z.string()) })
    .nullable()
    .catch(null),
});
export type Whoami = z.infer<typeof Whoami>;

export const Installations = fitting(
  z.object({ app: z.object({ uuid: Id, slug: z.string().min(1) }) }),
);

export const Members = fitting(
  z.object({
    name: Text,
    email: Text,
    user: z.object({ id: Id, name: Text, email: Text }).nullable().catch(null),
  }),
);
/** What a new comment is answered with. */
export const Made = z.object({ id: Id });
