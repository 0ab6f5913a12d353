import { z } from 'zod';
import type { Operation, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { Buttons, cleaned, shownWords } from './blocks.ts';
import { threadSubject } from './keys.ts';
import { ChannelId, UserId } from './payload.ts';
import type { WriteAccess } from './sent-message.ts';
import { findMessage, messagesSince, openDirect, sendMessage } from './sent-message.ts';
import { Timestamp } from './timestamp.ts';

/** What may be said at once. */
export const Words = z
  .string()
  .min(1)
  .max(4_000)
  .refine((text) => cleaned(text).trim() !== '', 'nothing would be seen');

/** The first words, for the line that a person reads. */
export function opening(text: string): string {
  return titleOf(text).slice(0, 80);
}

const Post = z.object({ channel: ChannelId, text: Words, buttons: Buttons });

/** `slack.post-message`: a new message in a channel. */
export function postMessage(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Post> = {
    name: 'slack.post-message',
    summary: 'Post a message in plain text to a channel, with buttons if wanted.',
    effect: 'write',
    input: Post,
    preview: ({ channel, text }) => `Post in ${channel}: ${opening(text)}`,
    target: ({ channel }) => `slack:channel:${channel}`,
    reaches: ({ channel }) => ({ audience: 'channel', system: 'slack', id: channel }),
    words: shownWords,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: (input, call) => sendMessage(access, input, call),
      find: ({ channel }, call) => findMessage(access, { channel }, call),
      ours: ({ channel }, since, call) => messagesSince(access, { channel, since }, call),
    },
  });
}

const Reply = z.object({ channel: ChannelId, thread: Timestamp, text: Words, buttons: Buttons });

/** `slack.reply-thread`: an answer in a thread, which it opens where there is none. */
export function replyThread(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Reply> = {
    name: 'slack.reply-thread',
    summary: 'Reply in plain text in the thread of a message, with buttons if wanted.',
    effect: 'write',
    input: Reply,
    preview: ({ channel, text }) => `Reply in a thread of ${channel}: ${opening(text)}`,
    target: ({ channel, thread }) => threadSubject(channel, thread),
    reaches: ({ channel }) => ({ audience: 'thread', system: 'slack', id: channel }),
    words: shownWords,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: (input, call) => sendMessage(access, input, call),
      find: ({ channel, thread }, call) => findMessage(access, { channel, thread }, call),
      ours: ({ channel, thread }, since, call) =>
        messagesSince(access, { channel, thread, since }, call),
    },
  });
}

const Direct = z.object({ user: UserId, text: Words, buttons: Buttons });

/** `slack.send-direct`: a direct message, in the conversation that the bot has with the user. */
export function sendDirect(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Direct> = {
    name: 'slack.send-direct',
    summary: 'Send a direct message in plain text to a user, with buttons if wanted.',
    effect: 'write',
    input: Direct,
    preview: ({ user, text }) => `Write to ${user}: ${opening(text)}`,
    target: ({ user }) => `slack:user:${user}`,
    reaches: ({ user }) => ({ audience: 'person', system: 'slack', id: user }),
    words: shownWords,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: async ({ user, text, buttons }, call) => {
        const channel = await openDirect(access, user, call);
        return sendMessage(access, { channel, text, buttons }, call);
      },
      find: async ({ user }, call) => {
        const channel = await openDirect(access, user, call);
        return findMessage(access, { channel }, call);
      },
      ours: async ({ user }, since, call) => {
        const channel = await openDirect(access, user, call);
        return messagesSince(access, { channel, since }, call);
      },
    },
  });
}
