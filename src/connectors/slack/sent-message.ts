import type { Call, Effect, OwnEffect, WriteCall } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape } from '../rest-shape.ts';
import type { Button } from './blocks.ts';
import { renderMessage } from './blocks.ts';
import type { Arguments, SlackReader, SlackWriter } from './client.ts';
import type { Me, SlackDirectory } from './directory.ts';
import type { Message } from './payload.ts';
import { Made, Marked, MessagePage, nextOf, Opened } from './rest.ts';
import { millisOf, timestampAt } from './timestamp.ts';
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
  where: Place,
  call: WriteCall,
): Promise<Effect | null> {
  for await (const { id, url, marker } of ownMessages(access, { ...where, since: 0 }, call)) {
    if (marker === call.marker) return { id, url };
  }
  return null;
}

/** Our messages there since an instant, whichever action sent them. Throws when it cannot see all. */
export async function messagesSince(
  access: WriteAccess,
  where: Place & { readonly since: number },
  call: WriteCall,
): Promise<readonly OwnEffect[]> {
  return await Array.fromAsync(ownMessages(access, where, call));
}

interface Place {
  readonly channel: string;
  readonly thread?: Timestamp | undefined;
}

async function* ownMessages(
  access: WriteAccess,
  where: Place & { readonly since: number },
  call: WriteCall,
): AsyncGenerator<OwnEffect> {
  const { channel, thread } = where;
  await access.directory.requireWatched(channel, call);
  const me = await access.directory.me(call);
  const method = thread === undefined ? 'conversations.history' : 'conversations.replies';
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const args = { ...findArgs(where), ...(cursor ? { cursor } : {}) };
    const answer = expectShape(MessagePage, await access.reader.read(method, args, call));
    for (const { ts, marker } of answer.messages.flatMap((message) => markedBy(me, message))) {
      yield { ...effectOf(access.directory, { channel, ts }), marker, at: millisOf(ts) };
    }
    cursor = nextOf(answer);
    if (cursor === null) return;
  }
  // "Not there" would allow a second message; so long a history is for a person to look through.
  throw new Failure('too-large', `${channel} has too many messages to look for one of ours.`);
}

function markedBy(me: Me, message: Message): { ts: Timestamp; marker: string }[] {
  const marker = markerOn(message, me);
  return marker === null ? [] : [{ ts: message.ts, marker }];
}

function findArgs({ channel, thread, since }: Place & { readonly since: number }): Arguments {
  const all = { channel, limit: PAGE_SIZE, include_all_metadata: true };
  const fresh = since === 0 ? all : { ...all, oldest: timestampAt(since) };
  return thread === undefined ? fresh : { ...fresh, ts: thread };
}

/** Whether a message is ours and bears the marker: what others write into metadata does not count. */
export function isMarked(message: Message, me: Me, marker: string): boolean {
  return markerOn(message, me) === marker;
}

function markerOn(message: Message, me: Me): string | null {
  if (!isOurs(message, me)) return null;
  const marked = Marked.safeParse(message.metadata);
  return marked.success ? marked.data.event_payload.action : null;
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
