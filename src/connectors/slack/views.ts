import { z } from 'zod';
import { cleanText } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import type { Conversation } from './directory.ts';
import { messageText } from './message-text.ts';
import type { Message } from './payload.ts';
import type { RestUser } from './rest.ts';
import { millisOf } from './timestamp.ts';

/** A message as an operation shows it. */
export const MessageView = z.object({
  channel: z.string(),
  ts: z.string(),
  thread: z.string().nullable(),
  author: z.string().nullable(),
  bot: z.boolean(),
  at: z.string(),
  text: z.string(),
  replies: z.number(),
  url: z.string().nullable(),
});
export type MessageView = z.infer<typeof MessageView>;

export function messageView(
  message: Message,
  where: { channel: string; url: string | null },
): MessageView {
  return {
    channel: where.channel,
    ts: message.ts,
    thread: message.thread_ts,
    author: message.user ?? message.bot_id,
    bot: message.bot_id !== null || message.subtype === 'bot_message',
    at: iso(millisOf(message.ts)),
    text: messageText(message),
    replies: message.reply_count ?? 0,
    url: where.url,
  };
}

/** A user as an operation shows it. */
export const UserView = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string().nullable(),
  email: z.string().nullable(),
  zone: z.string().nullable(),
  bot: z.boolean(),
  deactivated: z.boolean(),
});
export type UserView = z.infer<typeof UserView>;

export function userView(user: RestUser): UserView {
  const { profile } = user;
  const names = [profile?.real_name, user.real_name, profile?.display_name, user.name, user.id];
  const name = names.find((one) => typeof one === 'string' && one !== '') ?? user.id;
  return {
    id: user.id,
    name: cleanText(name, 200),
    title: worded(profile?.title),
    email: worded(profile?.email),
    zone: worded(user.tz),
    bot: user.is_bot || user.id === 'USLACKBOT',
    deactivated: user.deleted,
  };
}

function worded(text: string | null | undefined): string | null {
  return typeof text === 'string' && text !== '' ? cleanText(text, 200) : null;
}

/** A channel as an operation shows it. */
export const ChannelView = z.object({
  id: z.string(),
  name: z.string().nullable(),
  private: z.boolean(),
  member: z.boolean(),
  topic: z.string().nullable(),
});
export type ChannelView = z.infer<typeof ChannelView>;

export function channelView(channel: Conversation): ChannelView {
  return {
    id: channel.id,
    name: channel.name,
    private: channel.kind !== 'channel',
    member: channel.isMember,
    topic: worded(channel.topic),
  };
}
