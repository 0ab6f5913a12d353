import type { SlackChannel, SlackMessage, SlackState, SlackUser } from './slack-state.ts';
import { byTs, versionAt } from './slack-state.ts';

/** How a message is looked at: when, by whom, and with its metadata or not. */
export interface Look {
  readonly state: SlackState;
  /** What was written later is not seen yet. */
  readonly at: number;
  readonly metadata: boolean;
}

/** A message of a history, `null` where it cannot be seen. */
export function messageShape(look: Look, message: SlackMessage): object | null {
  const version = versionAt(message, look.at);
  if (version === null) return null;
  const { state } = look;
  const bot = message.botId === null ? {} : botShape(state, message.botId);
  return {
    user: message.user,
    type: 'message',
    ts: message.ts,
    ...bot,
    text: version.text,
    team: state.team.id,
    ...(version.blocks.length === 0 ? {} : { blocks: version.blocks }),
    ...(version.edited === null ? {} : { edited: version.edited }),
    ...threadShape(look, message),
    ...(message.reactions.size === 0 ? {} : { reactions: reactionShapes(message) }),
    ...(look.metadata && version.metadata !== null ? { metadata: version.metadata } : {}),
  };
}

function botShape(state: SlackState, id: string): object {
  const icon = 'https://acme.example/bot.png';
  return {
    bot_id: id,
    app_id: state.app,
    bot_profile: {
      id,
      app_id: state.app,
      name: 'pm-agent',
      deleted: false,
      updated: 1_735_722_000,
      team_id: state.team.id,
      icons: { image_36: icon, image_48: icon, image_72: icon },
    },
  };
}

function threadShape(look: Look, message: SlackMessage): object {
  if (message.thread !== null && message.thread !== message.ts) {
    return { thread_ts: message.thread };
  }
  const replies = visibleReplies(look, message);
  const latest = replies.at(-1);
  if (latest === undefined) return {};
  const users = [...new Set(replies.map(({ user }) => user))];
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    latest_reply: latest.ts,
    reply_users: users.slice(0, 5),
    subscribed: false,
  };
}

/** The replies under a message that can be seen, oldest first. */
export function visibleReplies(look: Look, parent: SlackMessage): readonly SlackMessage[] {
  return look.state.messages
    .filter(({ channel, thread, ts, onlyFor }) => {
      const isUnder = channel === parent.channel && thread === parent.ts && ts !== parent.ts;
      return isUnder && onlyFor === null;
    })
    .filter((reply) => versionAt(reply, look.at) !== null)
    .sort(byTs);
}

function reactionShapes(message: SlackMessage): readonly object[] {
  return [...message.reactions]
    .filter(([, users]) => users.length > 0)
    .map(([name, users]) => ({ name, users, count: users.length }));
}

/** A conversation as `conversations.*` show it. */
export function channelShape(state: SlackState, channel: SlackChannel, viewer: string): object {
  if (channel.kind === 'im') {
    const other = [...channel.members].find((id) => id !== viewer) ?? viewer;
    return {
      id: channel.id,
      created: channel.created,
      is_im: true,
      is_org_shared: false,
      user: other,
      is_user_deleted: false,
      priority: 0,
    };
  }
  const isPrivate = channel.kind !== 'channel';
  const said = { creator: channel.creator, last_set: channel.created };
  return {
    id: channel.id,
    name: channel.name,
    is_channel: !isPrivate,
    is_group: channel.kind === 'group',
    is_im: false,
    is_mpim: channel.kind === 'mpim',
    is_private: isPrivate,
    created: channel.created,
    creator: channel.creator,
    is_archived: channel.isArchived,
    is_general: false,
    unlinked: 0,
    name_normalized: channel.name,
    is_shared: false,
    is_ext_shared: false,
    is_org_shared: false,
    pending_shared: [],
    is_pending_ext_shared: false,
    is_member: channel.members.has(viewer),
    topic: { value: channel.topic, ...said },
    purpose: { value: '', ...said },
    previous_names: [],
    num_members: channel.members.size,
  };
}

/** A user; the e-mail address only for who may see it. */
export function userShape(state: SlackState, user: SlackUser, seesEmail: boolean): object {
  const image = 'https://acme.example/face.png';
  const images: [string, string][] = ['24', '32', '48', '72', '192', '512'].map((size) => [
    `image_${size}`,
    image,
  ]);
  return {
    id: user.id,
    team_id: state.team.id,
    name: user.name,
    deleted: false,
    color: '9f69e7',
    real_name: user.realName,
    ...(user.zone === null
      ? {}
      : { tz: user.zone, tz_label: user.zone.replace('_', ' '), tz_offset: 3_600 }),
    profile: {
      title: user.title,
      phone: '',
      skype: '',
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.name,
      display_name_normalized: user.name,
      status_text: '',
      status_emoji: '',
      status_expiration: 0,
      avatar_hash: 'g0123456789a',
      ...(seesEmail && user.email !== null ? { email: user.email } : {}),
      ...Object.fromEntries<string>(images),
      team: state.team.id,
    },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: user.isBot,
    is_app_user: false,
    updated: 1_735_722_000,
  };
}
