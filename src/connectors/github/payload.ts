import { z } from 'zod';

/** Ids are strings; a number is taken only while it is exact (the client parses larger ones as bigint). */
export const Id = z
  .union([z.int().nonnegative(), z.bigint().nonnegative(), z.string().regex(/^\d{1,20}$/)])
  .transform(String);

// What does not fit is dropped alone: one odd field must not cost the whole event.
export const Text = z.string().nullable().catch(null);
const Moment = z.union([z.string(), z.number()]).nullable().catch(null);

/** `owner/name`: nothing else may stand in a path or a subject as a repository. */
export const RepoName = z
  .string()
  .max(140)
  .regex(/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/, 'not a repository like owner/name')
  .refine((name) => !/(^|\/)\.{1,2}(\/|$)/.test(name), 'not a repository like owner/name');

/** The number of an issue or a pull request. */
export const ItemNumber = z.int().positive().max(999_999_999);

/** An account; `null` where it was deleted. */
export const User = z
  .object({ id: Id, login: z.string().min(1).max(100), type: Text, name: Text })
  .nullable()
  .catch(null);
export type User = z.infer<typeof User>;

/** A repository. One that does not say whether it is private counts as private: the stricter rules are for public ones. */
export const Repo = z.object({
  id: Id,
  full_name: RepoName,
  private: z.boolean().catch(true),
  default_branch: Text,
  pushed_at: Moment,
});
export type Repo = z.infer<typeof Repo>;

/** An issue; also a pull request where it is shown as an issue (`pull_request` is set then). */
export const Issue = z.object({
  number: ItemNumber,
  title: Text,
  body: Text,
  user: User,
  state: Text,
  created_at: Moment,
  updated_at: Moment,
  closed_at: Moment,
  author_association: Text,
  // Present means a pull request, whatever stands in it.
  pull_request: z.unknown().optional(),
});
export type Issue = z.infer<typeof Issue>;

export const PullRequest = z.object({
  number: ItemNumber,
  title: Text,
  body: Text,
  user: User,
  state: Text,
  draft: z.boolean().nullable().catch(null),
  created_at: Moment,
  updated_at: Moment,
  closed_at: Moment,
  merged_at: Moment,
  merged: z.boolean().nullable().catch(null),
  author_association: Text,
  head: z.object({ ref: Text, sha: Text }).nullable().catch(null),
  base: z.object({ ref: Text }).nullable().catch(null),
});
export type PullRequest = z.infer<typeof PullRequest>;

/** A comment on an issue, a pull request or a line of its diff; the same in webhooks and over REST. */
export const Comment = z.object({
  id: Id,
  user: User,
  body: Text,
  created_at: Moment,
  updated_at: Moment,
  author_association: Text,
  path: Text,
  html_url: Text,
  issue_url: Text,
  pull_request_url: Text,
});
export type Comment = z.infer<typeof Comment>;

/** A review; `state` is lower case in webhooks and time lines, upper case over REST. */
export const Review = z.object({
  id: Id,
  user: User,
  body: Text,
  state: z.string().max(40).toLowerCase(),
  submitted_at: Moment,
  commit_id: Text,
  author_association: Text,
});
export type Review = z.infer<typeof Review>;

const PullRef = z.object({ number: ItemNumber }).nullable().catch(null);
const Pulls = z.array(PullRef).catch([]);

/** A run of a workflow, the same in webhooks and over REST. */
export const WorkflowRun = z.object({
  id: Id,
  name: Text,
  run_attempt: z.int().positive().catch(1),
  event: Text,
  status: Text,
  conclusion: Text,
  head_branch: Text,
  head_sha: Text,
  created_at: Moment,
  updated_at: Moment,
  actor: User,
  triggering_actor: User,
  pull_requests: Pulls,
});
export type WorkflowRun = z.infer<typeof WorkflowRun>;

const Suite = z.object({
  id: Id,
  conclusion: Text,
  head_branch: Text,
  head_sha: Text,
  updated_at: Moment,
  pull_requests: Pulls,
});

const CheckRun = z.object({
  id: Id,
  name: Text,
  status: Text,
  conclusion: Text,
  head_sha: Text,
  started_at: Moment,
  completed_at: Moment,
  app: z.object({ slug: Text, name: Text }).nullable().catch(null),
  check_suite: Suite.pick({ head_branch: true }).nullable().catch(null),
  pull_requests: Pulls,
});

const WorkflowJob = z.object({
  id: Id,
  name: Text,
  run_attempt: z.int().positive().catch(1),
  conclusion: Text,
  head_branch: Text,
  completed_at: Moment,
});

/** A release, the same in webhooks and over REST. */
export const Release = z.object({
  id: Id,
  tag_name: z.string().min(1).max(255),
  name: Text,
  body: Text,
  author: User,
  published_at: Moment,
});
export type Release = z.infer<typeof Release>;

const Label = z.object({ name: z.string() }).nullable().catch(null);
const Team = z.object({ id: Id, name: Text }).nullable().catch(null);
const Milestone = z.object({ title: z.string() }).nullable().catch(null);

/** A body of the REST hooks of GitHub, as far as it is used. Everything may be missing. */
export const Payload = z.object({
  action: Text,
  repository: Repo.nullable().catch(null),
  sender: User,
  issue: Issue.nullable().catch(null),
  pull_request: PullRequest.nullable().catch(null),
  comment: Comment.nullable().catch(null),
  review: Review.nullable().catch(null),
  thread: z
    .object({ node_id: z.string().max(100) })
    .nullable()
    .catch(null),
  label: Label,
  milestone: Milestone,
  assignee: User,
  requested_reviewer: User,
  requested_team: Team,
  before: Text,
  after: Text,
  ref: Text,
  deleted: z.boolean().nullable().catch(null),
  forced: z.boolean().nullable().catch(null),
  commits: z
    .array(z.object({ message: Text }).nullable().catch(null))
    .nullable()
    .catch(null),
  head_commit: z.object({ timestamp: Moment }).nullable().catch(null),
  workflow_run: WorkflowRun.nullable().catch(null),
  workflow_job: WorkflowJob.nullable().catch(null),
  check_run: CheckRun.nullable().catch(null),
  check_suite: Suite.nullable().catch(null),
  release: Release.nullable().catch(null),
  deployment: z.object({ id: Id, ref: Text }).nullable().catch(null),
  deployment_status: z
    .object({ id: Id, state: Text, environment: Text, creator: User, created_at: Moment })
    .nullable()
    .catch(null),
  // A commit status stands in the body itself.
  id: Id.nullable().catch(null),
  sha: Text,
  state: Text,
  context: Text,
  branches: z
    .array(z.object({ name: Text }).nullable().catch(null))
    .nullable()
    .catch(null),
  created_at: Moment,
});
export type Payload = z.infer<typeof Payload>;
