import { actorOf, eventOf, isConfined } from './event-draft.ts';
import type { Found } from './event-draft.ts';
import { joinedKey, reactionKey, threadSubject } from './keys.ts';
import type { SlackEvent } from './payload.ts';
import { millisOf } from './timestamp.ts';

const SAID = { added: 'reacted with', removed: 'took back' } as const;

/** The event of a reaction. Slack does not say in which thread the message stands, so the message is the subject. */
export function reactionEvent(event: SlackEvent, word: 'added' | 'removed'): Found {
  const { item, user, reaction, event_ts: at } = event;
  if (item === null) return 'a reaction to something that is no message';
  if (user === null || reaction === null || at === null) return 'a reaction without its parts';
  const actor = actorOf({ user });
  return eventOf({
    channel: item.channel,
    // The kind of the channel is never told here, so it counts as private; there is no text in it.
    confined: isConfined({ channel: item.channel, kind: null }),
    key: reactionKey(item, word, { user, reaction, at }),
    kind: `reaction.${word}`,
    subject: threadSubject(item.channel, item.ts),
    actor,
    at: millisOf(at),
    title: `${user} ${SAID[word]} :${reaction}: in ${item.channel}`,
    changes: [
      word === 'added'
        ? { field: 'reaction', from: null, to: reaction }
        : { field: 'reaction', from: reaction, to: null },
    ],
  });
}

const KINDS: ReadonlyMap<string, 'channel' | 'group'> = new Map([
  ['C', 'channel'],
  ['G', 'group'],
]);

/** The event of somebody who joined a channel. */
export function joinedEvent(event: SlackEvent, raw: unknown): Found {
  const { channel, user, event_ts: at } = event;
  if (channel === null || user === null || at === null) return 'a join without its parts';
  const kind = event.channel_type ?? KINDS.get(letterOf(raw)) ?? null;
  return eventOf({
    channel,
    confined: isConfined({ channel, kind }),
    key: joinedKey(channel, user, at),
    kind: 'member.joined',
    subject: `slack:channel:${channel}`,
    actor: actorOf({ user }),
    at: millisOf(at),
    title: `${user} joined ${channel}`,
  });
}

// Here, and only here, the kind is told by one letter.
function letterOf(raw: unknown): string {
  if (typeof raw !== 'object' || raw === null || !Object.hasOwn(raw, 'channel_type')) return '';
  const letter: unknown = Reflect.get(raw, 'channel_type');
  return typeof letter === 'string' ? letter : '';
}
