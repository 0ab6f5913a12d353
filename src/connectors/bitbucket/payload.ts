import { z } from 'zod';
import { fitting } from '../rest-shape.ts';

// What does not fit is dropped alone: one odd field must not cost the whole event.
const Text = z.string().nullable().catch(null);
const Flag = z.boolean().nullable().catch(null);
const Count = z.int().nonnegative().nullable().catch(null);

/** Numbers that stand for something become text; one that is not exact is none. */
const Id = z.int().positive().transform(String);

const Uuid = z
  .string()
  .regex(/^\{[0-9A-Za-z-]{1,60}\}$/)
  .nullable()
  .catch(null);

/** A user, a workspace or an app. Neither e-mail nor a stable user name. */
export const User = z
  .object({ display_name: Text, nickname: Text, account_id: Text, uuid: Uuid, type: Text })
  .nullable()
  .catch(null);
export type User = z.infer<typeof User>;

/** A repository; `null` where a fork was deleted. */
const Repository = z
  .object({
    full_name: z.string().regex(/^[^\s/]{1,100}\/[^\s/]{1,100}$/),
    uuid: Uuid,
  })
  .nullable()
  .catch(null);
export type Repository = z.infer<typeof Repository>;

const Commit = z.object({ hash: Text }).nullable().catch(null);

const Endpoint = z
  .object({
    branch: z.object({ name: Text }).nullable().catch(null),
    commit: Commit,
    repository: Repository,
  })
  .nullable()
  .catch(null);

const Html = z.object({ href: Text }).nullable().catch(null);
const Links = z.object({ html: Html }).nullable().catch(null);

const Participant = z.object({
  user: User,
  role: Text,
  approved: Flag,
  state: Text,
  participated_on: Text,
});

/** What a pull request said at one time: the same in webhooks, over REST and in the log of its updates. */
const Version = z.object({
  title: Text,
  description: Text,
  source: Endpoint,
  destination: Endpoint,
  state: Text,
  reason: Text,
  author: User,
});
export type Version = z.infer<typeof Version>;

/** A pull request, the same in webhooks and over REST. */
export const PullRequest = Version.extend({
  id: Id,
  draft: Flag,
  closed_by: User,
  reviewers: fitting(User).catch([]),
  participants: fitting(Participant).catch([]),
  comment_count: Count,
  task_count: Count,
  created_on: Text,
  updated_on: Text,
  links: Links,
});
export type PullRequest = z.infer<typeof PullRequest>;

/** A comment on a pull request, the same in webhooks and over REST. */
export const Comment = z.object({
  id: Id,
  content: z.object({ raw: Text }).nullable().catch(null),
  user: User,
  created_on: Text,
  updated_on: Text,
  deleted: Flag,
  pending: Flag,
  parent: z.object({ id: Id }).nullable().catch(null),
  inline: z.object({ path: Text, from: Count, to: Count }).nullable().catch(null),
  resolution: z.object({ created_on: Text, user: User }).nullable().catch(null),
  links: Links,
});
export type Comment = z.infer<typeof Comment>;

/** An approval or a request for changes. */
const Review = z.object({ date: Text, user: User }).nullable().catch(null);
export type Review = z.infer<typeof Review>;

/** A status of a commit, the same in webhooks and over REST. */
export const CommitStatus = z.object({
  key: z.string().min(1),
  state: z.string(),
  name: Text,
  description: Text,
  url: Text,
  refname: Text,
  commit: z.object({ hash: z.string().regex(/^[0-9a-f]{7,64}$/), message: Text }),
  created_on: Text,
  updated_on: Text,
});
export type CommitStatus = z.infer<typeof CommitStatus>;

const Ref = z
  .object({
    type: z.string(),
    name: z.string().min(1),
    target: z.object({ hash: Text, date: Text, message: Text }).nullable().catch(null),
  })
  .nullable()
  .catch(null);

/** One branch or tag that a push moved. */
export const PushChange = z.object({
  old: Ref,
  new: Ref,
  forced: Flag,
  truncated: Flag,
  commits: fitting(z.object({ message: Text })).catch([]),
});
export type PushChange = z.infer<typeof PushChange>;

/** What an update changed. Older lines of the log do not say it. */
const Changed = z
  .object({
    draft: z.object({ old: Flag, new: Flag }).nullable().catch(null),
    reviewers: z
      .object({ added: fitting(User).catch([]) })
      .nullable()
      .catch(null),
  })
  .nullable()
  .catch(null);

const Update = Version.extend({ date: Text, changes: Changed });
export type Update = z.infer<typeof Update>;

/** One line of the log of a pull request. */
export const Activity = z.object({
  update: Update.nullable().catch(null),
  approval: Review,
  changes_requested: Review,
});
export type Activity = z.infer<typeof Activity>;

/** A webhook body, as far as it is used. Everything may be missing; the event is named by a header only. */
export const Payload = z.object({
  actor: User,
  repository: Repository,
  pullrequest: PullRequest.nullable().catch(null),
  comment: Comment.nullable().catch(null),
  approval: Review,
  changes_request: Review,
  commit_status: CommitStatus.nullable().catch(null),
  push: z
    .object({ changes: z.array(z.unknown()) })
    .nullable()
    .catch(null),
});
export type Payload = z.infer<typeof Payload>;
