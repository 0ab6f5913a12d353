import { z } from 'zod';
import { fitting } from '../rest-shape.ts';
import { ChannelId, Message, UserId } from './payload.ts';

const Text = z.string().nullable().catch(null);
const Flag = z.boolean().catch(false);
const NextCursor = z.object({ next_cursor: Text }).nullable().catch(null);

/** The token of the next page, `null` at the end: an empty text or none at all. */
export function nextOf(page: {
  response_metadata: { next_cursor: string | null } | null;
}): string | null {
  const next = page.response_metadata?.next_cursor ?? null;
  return next === '' ? null : next;
}

/** A page of a conversation's history, or of a thread. */
export const MessagePage = z.object({ messages: fitting(Message), response_metadata: NextCursor });

/** A conversation, as far as it is used. */
export const RestConversation = z.object({
  id: ChannelId,
  name: Text,
  is_im: Flag,
  is_mpim: Flag,
  is_private: Flag,
  is_group: Flag,
  is_member: Flag,
  is_archived: Flag,
  topic: z.object({ value: Text }).nullable().catch(null),
  purpose: z.object({ value: Text }).nullable().catch(null),
});
export type RestConversation = z.infer<typeof RestConversation>;

/** A page of conversations. */
export const ConversationPage = z.object({
  channels: fitting(RestConversation),
  response_metadata: NextCursor,
});

/** One conversation. */
export const OneConversation = z.object({ channel: RestConversation });

/** A conversation that was opened: direct messages come with their id alone. */
export const Opened = z.object({ channel: z.object({ id: ChannelId }) });

/** A user with the profile that the token may see. */
export const OneUser = z.object({
  user: z.object({
    id: UserId,
    name: Text,
    real_name: Text,
    deleted: Flag,
    is_bot: Flag,
    tz: Text,
    profile: z
      .object({ email: Text, display_name: Text, real_name: Text, title: Text })
      .nullable()
      .catch(null),
  }),
});
export type RestUser = z.infer<typeof OneUser>['user'];

export const Presence = z.object({ presence: z.string() });

/** Who the token is. Slack puts the scopes into a header, the client into `response_metadata`. */
export const AuthTest = z.object({
  url: Text,
  user: Text,
  user_id: UserId,
  bot_id: Text,
  response_metadata: z
    .object({ scopes: z.array(z.string()).nullable().catch(null) })
    .nullable()
    .catch(null),
});

/** What a message that was made or changed is answered with. */
export const Made = z.object({ channel: ChannelId, ts: Message.shape.ts });

/** What a form that was opened is answered with. */
export const OpenedView = z.object({ view: z.object({ id: z.string().min(1).max(80) }) });

/** What a message that one person sees for a while is answered with. */
export const MadeEphemeral = z.object({ message_ts: Message.shape.ts });

/** The marker in the metadata of a message of ours. */
export const Marked = z.object({
  event_type: z.literal('pm_agent'),
  event_payload: z.object({ action: z.string() }),
});

/** What a search found. */
export const Found = z.object({
  messages: z.object({
    total: z.int().nonnegative().nullable().catch(null),
    matches: fitting(
      Message.extend({
        permalink: Text,
        channel: z.object({
          id: ChannelId,
          name: Text,
          is_private: Flag,
          is_im: Flag,
          is_mpim: Flag,
        }),
      }),
    ),
  }),
});
