import { z } from 'zod';
import { IssueId, ProjectSlug } from './issue-id.ts';

/** Ids are strings; a number is taken only while it is exact. */
export const Id = z.union([
  z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  z.int().nonnegative().transform(String),
]);

// What does not fit is dropped alone: one odd field must not cost the whole event.
export const Text = z.string().nullable().catch(null);
export const OptionalId = Id.nullable().catch(null);
const NumberId = z
  .union([IssueId, z.int().nonnegative().transform(String)])
  .nullable()
  .catch(null);

/** Who acted. `type` is `user` or `application`; Sentry itself has the id `sentry`. */
export const PushedActor = z
  .object({ type: Text, id: OptionalId, name: Text })
  .nullable()
  .catch(null);
export type PushedActor = z.infer<typeof PushedActor>;

/** To whom an issue is assigned: a `user` or a `team`. */
export const Assignee = z.object({ type: Text, id: OptionalId, name: Text }).nullable().catch(null);
export type Assignee = z.infer<typeof Assignee>;

const Metadata = z.object({ type: Text, value: Text, title: Text }).nullable().catch(null);

/** The part of an issue that is read, the same in webhooks and over REST. All texts come from whoever sent the error. */
export const Issue = z.object({
  id: z.union([IssueId, z.int().nonnegative().transform(String)]),
  shortId: Text,
  title: Text,
  culprit: Text,
  level: Text,
  status: Text,
  substatus: Text,
  metadata: Metadata,
  project: z.object({ slug: ProjectSlug }).nullable().catch(null),
  assignedTo: Assignee,
  firstSeen: Text,
  lastSeen: Text,
  permalink: Text,
});
export type Issue = z.infer<typeof Issue>;

/** The error event of an issue alert. */
export const AlertEvent = z.object({
  event_id: Id,
  issue_id: NumberId,
  issue_url: Text,
  url: Text,
  title: Text,
  message: Text,
  metadata: Metadata,
  datetime: Text,
});
export type AlertEvent = z.infer<typeof AlertEvent>;

/** A metric alert, that is one incident of an alert rule. */
export const MetricAlert = z.object({
  id: Id,
  title: Text,
  date_started: Text,
  date_detected: Text,
  date_closed: Text,
  projects: z.array(ProjectSlug).catch([]),
  alert_rule: z.object({ name: Text }).nullable().catch(null),
});
export type MetricAlert = z.infer<typeof MetricAlert>;

const Data = z.object({
  issue: Issue.nullable().catch(null),
  resolution_type: Text,
  assignee: Assignee,
  event: AlertEvent.nullable().catch(null),
  triggered_rule: Text,
  metric_alert: MetricAlert.nullable().catch(null),
  description_title: Text,
  description_text: Text,
  comment: Text,
  comment_id: OptionalId,
  issue_id: NumberId,
  project_slug: ProjectSlug.nullable().catch(null),
  timestamp: Text,
});
export type Data = z.infer<typeof Data>;

/** A webhook body of Sentry, as far as it is used. Everything but the action and the data may be missing. */
export const Payload = z.object({ action: z.string(), actor: PushedActor, data: Data });
export type Payload = z.infer<typeof Payload>;
