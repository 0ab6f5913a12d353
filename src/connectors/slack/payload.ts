import { z } from 'zod';
import { Timestamp } from './timestamp.ts';

/** The id of anything in Slack: a channel, user, bot, view or team. */
const Id = z.string().regex(/^[A-Z][A-Z0-9]{1,39}$/);
/** A channel, a private channel, or a direct message. */
export const ChannelId = z.string().regex(/^[CDG][A-Z0-9]{1,39}$/, 'not a channel id like C0123');
/** A user; `W` in a grid of workspaces. */
export const UserId = z.string().regex(/^[UW][A-Z0-9]{1,39}$/, 'not a user id like U0123');

// What does not fit is dropped alone: one odd field must not cost the whole event.
const Text = z.string().nullable().catch(null);
const OptionalId = Id.nullable().catch(null);
const OptionalTs = Timestamp.nullable().catch(null);
const Raw = z.unknown().optional();

const Edited = z.object({ user: OptionalId, ts: Timestamp }).nullable().catch(null);

/** A message, the same in events and in history. */
export const Message = z.object({
  ts: Timestamp,
  thread_ts: OptionalTs,
  subtype: Text,
  user: OptionalId,
  bot_id: OptionalId,
  username: Text,
  text: Text,
  blocks: Raw,
  attachments: Raw,
  files: Raw,
  edited: Edited,
  reply_count: z.int().nonnegative().nullable().catch(null),
  latest_reply: OptionalTs,
  metadata: Raw,
});
export type Message = z.infer<typeof Message>;

const Kind = z.enum(['channel', 'group', 'im', 'mpim']);
export type ConversationKind = z.infer<typeof Kind>;

/** The inner part of an event: what `type` says decides which fields are there. */
export const SlackEvent = z.object({
  type: z.string(),
  subtype: Text,
  channel: ChannelId.nullable().catch(null),
  channel_type: Kind.nullable().catch(null),
  ts: OptionalTs,
  event_ts: OptionalTs,
  user: OptionalId,
  reaction: z
    .string()
    .regex(/^[^\s:]{1,100}(::skin-tone-\d)?$/)
    .nullable()
    .catch(null),
  item: z.object({ channel: ChannelId, ts: Timestamp }).nullable().catch(null),
  deleted_ts: OptionalTs,
  message: Message.nullable().catch(null),
  previous_message: Message.nullable().catch(null),
});
export type SlackEvent = z.infer<typeof SlackEvent>;

const Person = z.object({ id: Id, name: Text, username: Text }).nullable().catch(null);

/** One part that was used: a button, or a list. */
export const Act = z.object({
  action_id: z.string().max(255),
  action_ts: Timestamp,
  value: Text,
  selected_option: z.object({ value: z.string() }).nullable().catch(null),
  selected_options: z.array(z.object({ value: z.string() })).catch([]),
});
export type Act = z.infer<typeof Act>;

const View = z.object({
  id: Id,
  hash: z.string().regex(/^[0-9A-Za-z.]{1,80}$/),
  callback_id: Text,
  private_metadata: Text,
  state: z.object({ values: Raw }).nullable().catch(null),
});

/** Anything that Slack sends, as far as it is used. */
export const Envelope = z.object({
  type: z.string(),
  event: Raw,
  user: Person,
  /** Opens a form for three seconds. */
  trigger_id: Text,
  channel: z.object({ id: ChannelId, name: Text }).nullable().catch(null),
  container: z
    .object({ message_ts: OptionalTs, thread_ts: OptionalTs, view_id: OptionalId })
    .nullable()
    .catch(null),
  message: Message.nullable().catch(null),
  actions: z.array(z.unknown()).catch([]),
  view: View.nullable().catch(null),
});
export type Envelope = z.infer<typeof Envelope>;
