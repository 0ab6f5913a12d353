import type { Call, Effect, WriteCall } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape } from '../rest-shape.ts';
import type { Button } from './blocks.ts';
import { renderMessage } from './blocks.ts';
import type { Arguments, SlackReader, SlackWriter } from './client.ts';
import type { Me, SlackDirectory } from './directory.ts';
import type { Message } from './payload.ts';
import { Made, Marked, MessagePage, nextOf, Opened } from './rest.ts';
import type { Timestamp } from './timestamp.ts';

const PAGES = 10;
const PAGE_SIZE = 999;

/** What writing takes; absent in simulation. */
export interface WriteAccess {
  readonly reader: SlackReader;
  readonly writer: SlackWriter;
  readonly directory: SlackDirectory;
}

/** A message that is to be sent. */
export interface Outgoing {
  readonly channel: string;
  readonly thread?: Timestamp | undefined;
  readonly text: string;
  readonly buttons?: readonly Button[] | undefined;
}

/** Posts a message that bears the marker of its action. No link in it is looked up, no name in it calls anybody. */
export async function sendMessage(
  access: WriteAccess,
  message: Outgoing,
  call: WriteCall,
): Promise<Effect> {
  const { channel, thread, text, buttons } = message;
  await access.directory.requireWatched(channel, call);
  const args = {
    channel,
    ...renderMessage(text, buttons),
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...INERT,
    metadata: markOf(call.marker),
  };
  const made = expectShape(Made, await access.writer.write('chat.postMessage', args, call));
  return effectOf(access.directory, made);
}

/** What keeps Slack from reading links and names out of a text. */
const INERT: Arguments = {
  unfurl_links: false,
  unfurl_media: false,
  link_names: false,
  parse: 'none',
  mrkdwn: false,
};

/** The metadata by which a message of ours is found again. */
export function markOf(marker: string): object {
  return { event_type: 'pm_agent', event_payload: { action: marker } };
}

/** Proof of a message: its channel and `ts`. */
export function effectOf(
  directory: SlackDirectory,
  { channel, ts }: { channel: string; ts: Timestamp },
): Effect {
  return { id: `${channel}:${ts}`, url: directory.link(channel, ts) };
}

/** Looks for a message of ours with the marker, in a channel or in one of its threads. Throws when it cannot see all. */
export async function findMessage(
  access: WriteAccess,
  where: { channel: string; thread?: Timestamp | undefined },
  call: WriteCall,
): Promise<Effect | null> {
  await access.directory.requireWatched(where.channel, call);
  const me = await access.directory.me(call);
  const method = where.thread === undefined ? 'conversations.history' : 'conversations.replies';
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const args = { ...findArgs(where), ...(cursor ? { cursor } : {}) };
    const answer = expectShape(MessagePage, await access.reader.read(method, args, call));
    const ours = answer.messages.find((one) => isMarked(one, me, call.marker));
    if (ours !== undefined) {
      return effectOf(access.directory, { channel: where.channel, ts: ours.ts });
    }
    cursor = nextOf(answer);
    if (cursor === null) return null;
  }
  // "Not there" would allow a second message; so long a history is for a person to look through.
  throw new Failure('too-large', `${where.channel} has too many messages to look for one of ours.`);
}

function findArgs(where: { channel: string; thread?: Timestamp | undefined }): Arguments {
  const { channel, thread } = where;
  const all = { channel, limit: PAGE_SIZE, include_all_metadata: true };
  return thread === undefined ? all : { ...all, ts: thread };
}

/** Whether a message is ours and bears the marker: what others write into metadata does not count. */
export function isMarked(message: Message, me: Me, marker: string): boolean {
  if (!isOurs(message, me)) return false;
  const marked = Marked.safeParse(message.metadata);
  return marked.success && marked.data.event_payload.action === marker;
}

export function isOurs({ user, bot_id: bot }: Message, me: Me): boolean {
  return user === me.userId || (bot !== null && bot === me.botId);
}

/** The direct conversation with a user; opening one that is open changes nothing. */
export async function openDirect(
  { writer }: WriteAccess,
  user: string,
  call: Call,
): Promise<string> {
  const answer = await writer.write('conversations.open', { users: user }, call);
  return expectShape(Opened, answer).channel.id;
}
