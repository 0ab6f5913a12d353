import { channel as newChannel } from './slack-seed.ts';
import type { SlackChannel, SlackMessage, SlackState } from './slack-state.ts';
import { byTs, nextId, nextTs } from './slack-state.ts';

/** The inner part of an event, and the channel whose members hear of it. */
export interface Happening {
  readonly channel: SlackChannel;
  readonly event: Readonly<Record<string, unknown>>;
}

/** What a new message is made of. */
interface NewMessage {
  readonly channel: string;
  readonly text: string;
  readonly thread?: string | null;
  readonly blocks?: readonly unknown[];
  readonly metadata?: unknown;
  readonly onlyFor?: string;
}

/** The changes that people and apps make. Each is told to `announce`. */
export interface SlackWorld {
  readonly state: SlackState;
  readonly now: () => Date;
  post(user: string, message: NewMessage): SlackMessage;
  edit(user: string, message: SlackMessage, to: Omit<NewMessage, 'channel'>): void;
  /** Slack adds the preview of a link: a change of no word. */
  unfurl(message: SlackMessage): void;
  remove(message: SlackMessage): void;
  react(user: string, message: SlackMessage, reaction: string): void;
  unreact(user: string, message: SlackMessage, reaction: string): void;
  join(user: string, channel: SlackChannel): void;
  /** The direct conversation of the bot with a user, made when there is none. */
  direct(user: string): SlackChannel;
  channel(id: string): SlackChannel;
  message(channel: string, ts: string): SlackMessage;
}

interface WorldParts {
  readonly state: SlackState;
  readonly now: () => Date;
  readonly announce: (happening: Happening) => void;
}

/** The world behind the Web API. Throws for what is not there. */
export function slackWorld(parts: WorldParts): SlackWorld {
  return new World(parts);
}

class World implements SlackWorld {
  readonly state: SlackState;
  readonly now: () => Date;
  private readonly announce: WorldParts['announce'];

  constructor({ state, now, announce }: WorldParts) {
    this.state = state;
    this.now = now;
    this.announce = announce;
  }

  post(user: string, given: NewMessage): SlackMessage {
    const { text, blocks = [], metadata = null } = given;
    const isBot = this.state.users.get(user)?.isBot === true;
    const message: SlackMessage = {
      ts: nextTs(this.state, this.now()),
      channel: given.channel,
      user,
      botId: isBot ? this.state.bot.id : null,
      thread: given.thread ?? null,
      subtype: null,
      versions: [{ at: this.now().getTime(), text, blocks, metadata, edited: null }],
      reactions: new Map(),
      onlyFor: given.onlyFor ?? null,
      deletedAt: null,
    };
    this.state.messages.push(message);
    this.state.messages.sort(byTs);
    if (message.onlyFor === null) {
      this.tell(message, { type: 'message', ...messageBody(this.state, message) });
    }
    return message;
  }

  edit(user: string, message: SlackMessage, to: Omit<NewMessage, 'channel'>): void {
    const previous = messageBody(this.state, message);
    // Slack writes the time of an edit without its fraction.
    const ts = `${Math.floor(this.now().getTime() / 1000)}.000000`;
    const { text, blocks = [], metadata = message.versions.at(-1)?.metadata ?? null } = to;
    const at = this.now().getTime();
    message.versions.push({ at, text, blocks, metadata, edited: { user, ts } });
    this.changed(message, previous);
  }

  unfurl(message: SlackMessage): void {
    const previous = messageBody(this.state, message);
    this.changed(message, previous, { attachments: [{ fallback: 'A page', id: 1 }] });
  }

  remove(message: SlackMessage): void {
    message.deletedAt = this.now().getTime();
    this.tell(message, {
      type: 'message',
      subtype: 'message_deleted',
      hidden: true,
      deleted_ts: message.ts,
      previous_message: messageBody(this.state, message),
      ts: nextTs(this.state, this.now()),
    });
  }

  react(user: string, message: SlackMessage, reaction: string): void {
    const users = message.reactions.get(reaction) ?? [];
    message.reactions.set(reaction, [...users, user]);
    this.reaction('reaction_added', { user, message, reaction });
  }

  unreact(user: string, message: SlackMessage, reaction: string): void {
    const users = message.reactions.get(reaction) ?? [];
    message.reactions.set(
      reaction,
      users.filter((one) => one !== user),
    );
    this.reaction('reaction_removed', { user, message, reaction });
  }

  join(user: string, channel: SlackChannel): void {
    channel.members.add(user);
    const event = {
      type: 'member_joined_channel',
      user,
      channel: channel.id,
      channel_type: channel.kind === 'group' ? 'G' : 'C',
      team: this.state.team.id,
      event_ts: nextTs(this.state, this.now()),
    };
    this.announce({ channel, event });
  }

  direct(user: string): SlackChannel {
    const { channels, bot } = this.state;
    const known = [...channels.values()].find((one) => one.kind === 'im' && one.members.has(user));
    if (known) return known;
    const members = [user, bot.user];
    const made = newChannel(nextId(this.state, 'D'), '', { kind: 'im', members });
    channels.set(made.id, made);
    return made;
  }

  channel(id: string): SlackChannel {
    const channel = this.state.channels.get(id);
    if (!channel) throw new Error(`There is no channel ${id}.`);
    return channel;
  }

  message(channel: string, ts: string): SlackMessage {
    const found = this.state.messages.find((one) => one.channel === channel && one.ts === ts);
    if (!found) throw new Error(`There is no message ${ts} in ${channel}.`);
    return found;
  }

  private changed(message: SlackMessage, previous: object, more: object = {}): void {
    this.tell(message, {
      type: 'message',
      subtype: 'message_changed',
      hidden: true,
      message: { type: 'message', ...messageBody(this.state, message), ...more },
      previous_message: { type: 'message', ...previous },
      ts: nextTs(this.state, this.now()),
    });
  }

  private tell(message: SlackMessage, event: Readonly<Record<string, unknown>>): void {
    const channel = this.channel(message.channel);
    const about = { channel: channel.id, event_ts: event['ts'], channel_type: channel.kind };
    this.announce({ channel, event: { ...event, ...about } });
  }

  private reaction(
    type: string,
    { user, message, reaction }: { user: string; message: SlackMessage; reaction: string },
  ): void {
    const item = { type: 'message', channel: message.channel, ts: message.ts };
    const event_ts = nextTs(this.state, this.now());
    const event = { type, user, reaction, item, item_user: message.user, event_ts };
    this.announce({ channel: this.channel(message.channel), event });
  }
}

/** A message as events show it: its newest version, without metadata and without counting replies. */
export function messageBody(
  state: SlackState,
  message: SlackMessage,
): Readonly<Record<string, unknown>> {
  const version = message.versions.at(-1);
  return {
    user: message.user,
    ts: message.ts,
    text: version?.text ?? '',
    team: state.team.id,
    ...(message.botId === null ? {} : { bot_id: message.botId, app_id: state.app }),
    ...(message.thread === null ? {} : { thread_ts: message.thread }),
    ...(version?.edited ? { edited: version.edited } : {}),
    ...(version === undefined || version.blocks.length === 0 ? {} : { blocks: version.blocks }),
  };
}
