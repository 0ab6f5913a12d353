import { messageName, deletedKey, editedKey, postedKey, threadSubject } from './keys.ts';
import { actorOf, eventOf, isConfined } from './event-draft.ts';
import type { Found, Place } from './event-draft.ts';
import { messageText } from './message-text.ts';
import { Message } from './payload.ts';
import type { SlackEvent } from './payload.ts';
import type { Timestamp } from './timestamp.ts';
import { millisOf } from './timestamp.ts';

// The other subtypes are Slack's own notices of joins, topics and the like.
const SAID = new Set([
  'bot_message',
  'thread_broadcast',
  'file_share',
  'me_message',
  'file_comment',
]);

/** Whether somebody said something, as opposed to a notice of Slack. */
export function isSaid({ subtype }: Message): boolean {
  return subtype === null || subtype === '' || SAID.has(subtype);
}

/** The events of a `message` or `app_mention`, which are one for one message. */
export function messageEvent(event: SlackEvent, raw: unknown): Found {
  const { channel, channel_type: kind } = event;
  if (channel === null) return 'no channel';
  const place = { channel, kind };
  if (event.subtype === 'message_changed') return changed(event, place);
  if (event.subtype === 'message_deleted') return deleted(event, place);
  const message = Message.safeParse(raw);
  if (!message.success) return 'a message without a ts';
  return isSaid(message.data) ? posted(message.data, place) : `${word(event)} is not used`;
}

/** The event of a message that was written. */
export function posted(message: Message, place: Place): Found {
  const id = { channel: place.channel, ts: message.ts };
  const text = messageText(message);
  const actor = actorOf({ user: message.user, bot: botOf(message), name: nameOf(message) });
  return eventOf({
    ...aboutMessage(message, place),
    key: postedKey(id),
    kind: 'message.posted',
    actor,
    at: millisOf(message.ts),
    title: `${actor?.name ?? 'Somebody'} wrote in ${place.channel}: ${text}`,
    text,
    message: messageName(id),
  });
}

/** The event of one version of an edited message. */
export function edited(message: Message, place: Place, version: Timestamp): Found {
  const id = { channel: place.channel, ts: message.ts };
  const text = messageText(message);
  const user = message.edited?.user ?? message.user;
  const actor = actorOf({ user, bot: botOf(message), name: nameOf(message) });
  return eventOf({
    ...aboutMessage(message, place),
    key: editedKey(id, version),
    kind: 'message.edited',
    actor,
    at: millisOf(version),
    title: `${actor?.name ?? 'Somebody'} edited a message in ${place.channel}: ${text}`,
    text,
    message: messageName(id),
  });
}

function changed(event: SlackEvent, place: Place): Found {
  const { message, previous_message: before } = event;
  if (message === null) return 'an edit without its message';
  if (!isSaid(message)) return `${word(message)} is not used`;
  // Slack also says "changed" when it adds the preview of a link.
  if (before !== null && messageText(before) === messageText(message)) return 'no word was changed';
  const version = message.edited?.ts ?? event.event_ts ?? event.ts;
  return version === null ? 'an edit without a time' : edited(message, place, version);
}

function deleted(event: SlackEvent, place: Place): Found {
  const { deleted_ts: ts, previous_message: before } = event;
  const at = event.event_ts ?? event.ts;
  if (ts === null || at === null) return 'a removed message without a ts';
  const id = { channel: place.channel, ts };
  return eventOf({
    channel: place.channel,
    confined: isConfined(place),
    subject: threadSubject(place.channel, before?.thread_ts ?? ts),
    key: deletedKey(id),
    kind: 'message.deleted',
    // Slack does not say who, and the author is not blamed. What was taken back is not quoted.
    actor: null,
    at: millisOf(at),
    title: `A message in ${place.channel} was deleted`,
    message: messageName(id),
  });
}

function aboutMessage(
  message: Message,
  place: Place,
): { channel: string; confined: boolean; subject: string } {
  return {
    channel: place.channel,
    confined: isConfined(place),
    subject: threadSubject(place.channel, message.thread_ts ?? message.ts),
  };
}

// An old bot message names no user; a new one has both ids and no subtype.
function botOf(message: Message): string | null {
  return message.bot_id ?? (message.subtype === 'bot_message' ? 'B0' : null);
}

function nameOf(message: Message): string | null {
  return message.user === null ? message.username : null;
}

function word({ subtype }: { subtype: string | null }): string {
  return /^[a-z_]{1,60}$/.test(subtype ?? '') ? `a message of type ${subtype ?? ''}` : 'a notice';
}
