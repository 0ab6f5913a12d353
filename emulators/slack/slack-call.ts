import { SlackError } from './slack-error.ts';
import type { SlackChannel, SlackToken } from './slack-state.ts';
import type { SlackWorld } from './slack-world.ts';

/** What of the workspace's limits and delays can be set. */
export interface SlackLimits {
  /** The longest page that is given, whatever was asked for. */
  pageSize: number;
  /** How often a method may be called within a minute of the emulator's clock. */
  perMinute: number;
}

/** One call of the Web API, as its method sees it. */
export interface SlackCall {
  readonly world: SlackWorld;
  readonly token: SlackToken;
  readonly limits: SlackLimits;
  readonly indexLagMs: number;
  readonly args: Readonly<Record<string, unknown>>;
  /** Where a new line is to be opened, with a ticket of one use. */
  readonly openLine: () => string;
}

/** A method of the Web API; `writes` marks those that change something. */
export interface SlackMethod {
  /** The scopes of which the token needs one. */
  readonly scopes: (call: SlackCall) => readonly string[];
  readonly token?: 'app' | 'user';
  readonly writes?: boolean;
  readonly run: (call: SlackCall) => object;
}

/** A text argument, `''` when it is missing. */
export function text({ args }: SlackCall, name: string): string {
  const value = args[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Whether an argument says yes, in a form or in JSON. */
export function flag({ args }: SlackCall, name: string): boolean {
  return ['true', '1', 'True', true, 1].some((yes) => args[name] === yes);
}

/** An argument that is JSON inside of a form, or as it is in JSON. Throws `invalid_arguments`. */
export function json({ args }: SlackCall, name: string): unknown {
  const value = args[name];
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new SlackError('invalid_arguments', {
      response_metadata: { messages: [`[ERROR] ${name} is not JSON`] },
    });
  }
}

const LETTERS = { channel: 'channels', group: 'groups', im: 'im', mpim: 'mpim' } as const;

/** The scope for a channel of this kind, such as `im:history`. */
export function scopeFor(call: SlackCall, what: 'history' | 'read'): readonly string[] {
  const channel = call.world.state.channels.get(text(call, 'channel'));
  return channel ? [`${LETTERS[channel.kind]}:${what}`] : [];
}

/** The channel that a call names. What the caller may not see is not there. Throws `channel_not_found`. */
export function channelOf(call: SlackCall): SlackChannel {
  const channel = call.world.state.channels.get(text(call, 'channel'));
  const isOpen = channel?.kind === 'channel';
  if (!channel || (!isOpen && !channel.members.has(call.token.user))) {
    throw new SlackError('channel_not_found');
  }
  return channel;
}

/** The channel, of which the caller is a member. Throws `not_in_channel`. */
export function joinedChannel(call: SlackCall): SlackChannel {
  const channel = channelOf(call);
  if (!channel.members.has(call.token.user)) throw new SlackError('not_in_channel');
  if (channel.isArchived) throw new SlackError('is_archived');
  return channel;
}

/** A page of a list, with the token of the next one; a page may be shorter than what was asked for. */
export function pageOf<Item>(
  call: SlackCall,
  items: readonly Item[],
  most: number,
): { readonly page: readonly Item[]; readonly next: string } {
  const wanted = Number(text(call, 'limit')) || 100;
  const size = Math.min(wanted, most, call.limits.pageSize);
  const cursor = text(call, 'cursor');
  const start = cursor === '' ? 0 : offsetIn(cursor);
  const end = start + size;
  const next = end < items.length ? Buffer.from(`offset:${end}`).toString('base64') : '';
  return { page: items.slice(start, end), next };
}

function offsetIn(cursor: string): number {
  const written = /^offset:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
  if (written === undefined) throw new SlackError('invalid_cursor');
  return Number(written);
}
