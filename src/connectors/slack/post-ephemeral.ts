import { z } from 'zod';
import type { Effect, Operation, WriteCall, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { expectShape } from '../rest-shape.ts';
import { Buttons, renderMessage, shownWords } from './blocks.ts';
import { threadSubject } from './keys.ts';
import { opening, Words } from './message-writes.ts';
import { ChannelId, UserId } from './payload.ts';
import { MadeEphemeral } from './rest.ts';
import type { WriteAccess } from './sent-message.ts';
import { Timestamp } from './timestamp.ts';

const Ephemeral = z.object({
  channel: ChannelId,
  user: UserId,
  thread: Timestamp.optional(),
  text: Words,
  buttons: Buttons,
});
type Ephemeral = z.infer<typeof Ephemeral>;

/** `slack.post-ephemeral`: a note that one user sees until the next reload. Nothing can be read back, so no `find`. */
export function postEphemeral(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Ephemeral> = {
    name: 'slack.post-ephemeral',
    summary: 'Show a short-lived note in plain text to one user in a channel.',
    effect: 'write',
    internal: true,
    input: Ephemeral,
    preview: ({ channel, user, text }) => `Show ${user} in ${channel}: ${opening(text)}`,
    target: ({ channel, thread }) =>
      thread === undefined ? `slack:channel:${channel}` : threadSubject(channel, thread),
    reaches: ({ user }) => ({ audience: 'person', system: 'slack', id: user }),
    words: shownWords,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({ ...declared, write: { run: (input, call) => show(access, input, call) } });
}

async function show(access: WriteAccess, input: Ephemeral, call: WriteCall): Promise<Effect> {
  const { channel, user, thread, text, buttons } = input;
  await access.directory.requireWatched(channel, call);
  const args = {
    channel,
    user,
    ...renderMessage(text, buttons),
    ...(thread === undefined ? {} : { thread_ts: thread }),
    link_names: false,
    parse: 'none',
  };
  const answer = await access.writer.write('chat.postEphemeral', args, call);
  const { message_ts: ts } = expectShape(MadeEphemeral, answer);
  return { id: `${channel}:${ts}`, url: null };
}
