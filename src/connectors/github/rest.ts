import { z } from 'zod';
import { fitting } from '../rest-shape.ts';
import {
  Comment,
  Id,
  Issue,
  PullRequest,
  Release,
  Repo,
  Review,
  Text,
  User,
  WorkflowRun,
} from './payload.ts';

const Moment = z.union([z.string(), z.number()]).nullable().catch(null);
const Labels = fitting(
  z.union([z.string(), z.object({ name: z.string() }).transform((one) => one.name)]),
);
const People = fitting(z.object({ id: Id, login: z.string() }));

/** A repository as the REST API gives it, with what the token may do there. */
export const RestRepo = Repo.extend({
  permissions: z
    .object({ push: z.boolean().catch(false), triage: z.boolean().catch(false) })
    .nullable()
    .catch(null),
});

/** An issue or, with `pull_request`, a pull request shown as one. */
export const RestIssue = Issue.extend({
  labels: Labels.catch([]),
  assignees: People.catch([]),
  milestone: z.object({ title: Text, due_on: Text }).nullable().catch(null),
  state_reason: Text,
  html_url: Text,
  comments: z.int().catch(0),
  draft: z.boolean().nullable().catch(null),
  pull_request: z.object({ merged_at: Moment }).nullable().optional().catch({ merged_at: null }),
  repository_url: Text,
});
export type RestIssue = z.infer<typeof RestIssue>;

export const RestPull = PullRequest.extend({
  labels: Labels.catch([]),
  assignees: People.catch([]),
  requested_reviewers: People.catch([]),
  additions: z.int().nonnegative().nullable().catch(null),
  deletions: z.int().nonnegative().nullable().catch(null),
  requested_teams: fitting(z.object({ name: Text, slug: Text })).catch([]),
  html_url: Text,
  mergeable: z.boolean().nullable().catch(null),
  mergeable_state: Text,
  head: z.object({ ref: Text, sha: Text }),
  base: z.object({ ref: Text }),
});
export type RestPull = z.infer<typeof RestPull>;

export const Issues = fitting(RestIssue);
export const Comments = fitting(Comment);
export const RestReview = Review.extend({ html_url: Text });
export const Releases = fitting(Release);
export const Runs = z.object({ total_count: z.int(), workflow_runs: fitting(WorkflowRun) });

/** A page of a list as it came: to count what was given, whether it fits or not. */
export const Page = z.array(z.unknown());

/** An entry of a time line. Reviews stand in it as they are; the rest bears a time and an actor. */
export const Entry = z.object({
  event: z.string(),
  created_at: Moment,
  submitted_at: Moment,
  actor: User,
  /** Of comments and reviews. */
  user: User,
  id: Id.nullable().catch(null),
  state: Text,
  /** Of commits, which have no time of their own beside the one that git knows. */
  sha: Text,
  committer: z.object({ date: Text }).nullable().catch(null),
  label: z.object({ name: z.string() }).nullable().catch(null),
  assignee: User,
  requested_reviewer: User,
  requested_team: z.object({ id: Id, name: Text }).nullable().catch(null),
  dismissed_review: z.object({ review_id: Id }).nullable().catch(null),
});
export type Entry = z.infer<typeof Entry>;

export const Files = fitting(
  z.object({
    filename: z.string(),
    status: Text,
    additions: z.int().catch(0),
    deletions: z.int().catch(0),
  }),
);

export const Commits = fitting(
  z.object({
    sha: z.string(),
    commit: z.object({
      message: z.string(),
      author: z.object({ name: Text, date: Text }).nullable().catch(null),
    }),
    author: User,
  }),
);

export const CheckRuns = z.object({
  total_count: z.int().catch(0),
  check_runs: fitting(
    z.object({
      name: z.string(),
      status: Text,
      conclusion: Text,
      completed_at: Text,
      html_url: Text,
    }),
  ),
});

export const CombinedStatus = z.object({
  total_count: z.int().catch(0),
  statuses: fitting(
    z.object({ context: z.string(), state: z.string(), updated_at: Text, target_url: Text }),
  ),
});

export const SearchPage = z.object({
  total_count: z.int(),
  incomplete_results: z.boolean().catch(false),
  items: fitting(RestIssue),
});

export const Account = z.object({
  id: Id,
  login: z.string().min(1),
  name: Text,
  email: Text,
  type: Text,
});

export const Made = z.object({ id: Id, html_url: Text });

export const Assigned = z.object({ assignees: People, html_url: Text });
export const Labelled = Labels;
export const Requested = z.object({ requested_reviewers: People, html_url: Text });

export const Hook = z.object({
  id: Id,
  active: z.boolean(),
  events: z.array(z.string()),
  config: z.object({ url: Text, content_type: Text }),
});
export type Hook = z.infer<typeof Hook>;
export const Hooks = fitting(Hook);

/** A delivery as the list of a hook shows it. */
const Delivery = z.object({
  id: Id,
  guid: z.string().min(1).max(200),
  delivered_at: Text,
  event: Text,
});
export const Deliveries = fitting(Delivery);

/** A delivery in full. */
export const FullDelivery = z.object({
  guid: z.string().min(1).max(200),
  event: Text,
  request: z.object({
    headers: z.record(z.string(), z.unknown()).nullable().catch(null),
    payload: z.record(z.string(), z.unknown()),
  }),
});
