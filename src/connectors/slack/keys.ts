import type { Timestamp } from './timestamp.ts';

/*
 * The identity of every fact of Slack, from ids and timestamps that events and the Web API both show. The ids of
 * channels are unique over workspaces, and history does not say the workspace of every message, so no key names it.
 * `app_mention` and `message` of one message have one key.
 */

/** A message in its channel. */
export interface MessageId {
  readonly channel: string;
  readonly ts: Timestamp;
}

/** The key of a new message. */
export function postedKey({ channel, ts }: MessageId): string {
  return `slack:message:${channel}:${ts}:posted`;
}

/** The key of one version of an edited message; `version` is `edited.ts`. */
export function editedKey({ channel, ts }: MessageId, version: Timestamp): string {
  return `slack:message:${channel}:${ts}:edited:${version}`;
}

/** The key of a removed message. */
export function deletedKey({ channel, ts }: MessageId): string {
  return `slack:message:${channel}:${ts}:deleted`;
}

/** Who reacted with what, and when. */
export interface Reacted {
  readonly user: string;
  readonly reaction: string;
  readonly at: Timestamp;
}

/** The key of a reaction that was added or taken back. */
export function reactionKey(
  { channel, ts }: MessageId,
  word: 'added' | 'removed',
  { user, reaction, at }: Reacted,
): string {
  return `slack:reaction:${channel}:${ts}:${user}:${reaction}:${word}:${at}`;
}

/** The key of somebody's arrival in a channel. */
export function joinedKey(channel: string, user: string, at: Timestamp): string {
  return `slack:member:${channel}:${user}:joined:${at}`;
}

/** The key of a press on a part of a message or view. */
export function pressedKey(where: string, user: string, act: { id: string; at: string }): string {
  return `slack:action:${where}:${user}:${act.at}:${act.id}`;
}

/** The key of a form that was sent. */
export function submittedKey(view: string, hash: string): string {
  return `slack:view:${view}:${hash}:submitted`;
}

/** The subject of a message: its thread, which it opens itself where it is in none. */
export function threadSubject(channel: string, thread: Timestamp): string {
  return `slack:thread:${channel}:${thread}`;
}

/** The name of a message that may be answered. */
export function messageName({ channel, ts }: MessageId): string {
  return `slack:message:${channel}:${ts}`;
}
