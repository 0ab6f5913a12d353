import { z } from 'zod';
import type { Effect, Operation, WriteCall, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape } from '../rest-shape.ts';
import { Buttons, renderMessage, shownWords } from './blocks.ts';
import { threadSubject } from './keys.ts';
import { opening, Words } from './message-writes.ts';
import type { Message } from './payload.ts';
import { ChannelId } from './payload.ts';
import { Made, MessagePage } from './rest.ts';
import type { WriteAccess } from './sent-message.ts';
import { effectOf, isMarked, isOurs, markOf } from './sent-message.ts';
import { Timestamp } from './timestamp.ts';

const Update = z.object({
  channel: ChannelId,
  ts: Timestamp,
  /** The first message of the thread, where the message is a reply. */
  thread: Timestamp.optional(),
  text: Words,
  buttons: Buttons,
});
type Update = z.infer<typeof Update>;

/** `slack.update-message`: another text for a message of ours. Without `buttons` the old ones go. */
export function updateMessage(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Update> = {
    name: 'slack.update-message',
    summary: 'Replace text and buttons of a message of our own. For a reply, name its thread.',
    effect: 'write',
    internal: true,
    input: Update,
    preview: ({ channel, text }) => `Change our message in ${channel} to: ${opening(text)}`,
    target: ({ channel, ts, thread }) => threadSubject(channel, thread ?? ts),
    reaches: ({ channel }) => ({ audience: 'thread', system: 'slack', id: channel }),
    words: shownWords,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: (input, call) => update(access, input, call),
      find: (input, call) => findUpdate(access, input, call),
    },
  });
}

async function update(access: WriteAccess, input: Update, call: WriteCall): Promise<Effect> {
  const message = await ownMessage(access, input, call);
  const { channel, text, buttons } = input;
  const args = {
    channel,
    ts: message.ts,
    ...renderMessage(text, buttons),
    link_names: false,
    parse: 'none',
    metadata: markOf(call.marker),
  };
  const made = expectShape(Made, await access.writer.write('chat.update', args, call));
  return effectOf(access.directory, made);
}

async function findUpdate(
  access: WriteAccess,
  input: Update,
  call: WriteCall,
): Promise<Effect | null> {
  const message = await ownMessage(access, input, call);
  const me = await access.directory.me(call);
  if (!isMarked(message, me, call.marker)) return null;
  return effectOf(access.directory, { channel: input.channel, ts: message.ts });
}

/** The message, if it is there and ours. Throws `not-found` or `denied`. */
async function ownMessage(access: WriteAccess, input: Update, call: WriteCall): Promise<Message> {
  const { channel, ts, thread } = input;
  await access.directory.requireWatched(channel, call);
  const me = await access.directory.me(call);
  const one = { channel, oldest: ts, latest: ts, inclusive: true, limit: 2 };
  const args = { ...one, include_all_metadata: true };
  const answer =
    thread === undefined || thread === ts
      ? await access.reader.read('conversations.history', args, call)
      : await access.reader.read('conversations.replies', { ...args, ts: thread }, call);
  const message = expectShape(MessagePage, answer).messages.find((found) => found.ts === ts);
  if (message === undefined) throw new Failure('not-found', `There is no message ${ts}.`);
  if (!isOurs(message, me)) throw new Failure('denied', 'That message is not ours to change.');
  return message;
}
