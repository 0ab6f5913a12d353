import { z } from 'zod';
import { IssueKey } from './issue-key.ts';

/** Ids are strings; a number is taken only while it is exact. */
export const Id = z.union([
  z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  z.int().nonnegative().transform(String),
]);

// What does not fit is dropped alone: one odd field must not cost the whole event.
const Text = z.string().nullable().catch(null);
const Moment = z.union([z.string(), z.number()]).nullable().catch(null);
const OptionalId = Id.nullable().catch(null);

/** A user of Cloud (`accountId`) or of Data Center (`key`, `name`). */
export const Person = z
  .object({ accountId: Text, accountType: Text, key: Text, name: Text, displayName: Text })
  .nullable()
  .catch(null);
export type Person = z.infer<typeof Person>;

/** Wiki text, ADF or nothing: read with `bodyText`. */
const Body = z.unknown().optional();

/** A comment, the same in webhooks and over REST. */
export const Comment = z.object({
  id: Id,
  author: Person,
  updateAuthor: Person,
  body: Body,
  created: Moment,
  updated: Moment,
  // Present means restricted, whatever stands in it.
  visibility: z.unknown().optional(),
  jsdPublic: z.unknown().optional(),
});
export type Comment = z.infer<typeof Comment>;

const Named = z.object({ name: Text }).nullable().catch(null);

/** The part of an issue that webhooks are read for; comment events carry even less. */
export const Issue = z.object({
  id: Id,
  key: IssueKey,
  fields: z
    .object({
      summary: Text,
      description: Body,
      status: Named,
      creator: Person,
      created: Moment,
      updated: Moment,
    })
    .nullable()
    .catch(null),
});
export type Issue = z.infer<typeof Issue>;

const Changelog = z
  .object({ id: OptionalId, items: z.array(z.unknown()).catch([]) })
  .nullable()
  .catch(null);

/** Logged work, the same in webhooks and over REST. */
export const Worklog = z.object({
  id: Id,
  issueId: OptionalId,
  author: Person,
  updateAuthor: Person,
  timeSpent: Text,
  created: Moment,
  updated: Moment,
});
export type Worklog = z.infer<typeof Worklog>;

const Sprint = z.object({
  id: Id,
  name: Text,
  createdDate: Moment,
  startDate: Moment,
  completeDate: Moment,
});
export type Sprint = z.infer<typeof Sprint>;

const Link = z.object({
  id: Id,
  sourceIssueId: Id,
  destinationIssueId: Id,
  issueLinkType: Named,
});
export type Link = z.infer<typeof Link>;

/** A webhook body of Jira, as far as it is used. Everything may be missing. */
export const Payload = z.object({
  webhookEvent: z.string(),
  issue_event_type_name: Text,
  timestamp: Moment,
  user: Person,
  issue: Issue.nullable().catch(null),
  comment: Comment.nullable().catch(null),
  changelog: Changelog,
  worklog: Worklog.nullable().catch(null),
  sprint: Sprint.nullable().catch(null),
  issueLink: Link.nullable().catch(null),
});
export type Payload = z.infer<typeof Payload>;
