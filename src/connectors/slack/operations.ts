import { z } from 'zod';
import type { Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { expectShape } from '../rest-shape.ts';
import type { SlackSearcher } from './client.ts';
import { threadSubject } from './keys.ts';
import type { Message } from './payload.ts';
import { ChannelId, UserId } from './payload.ts';
import { Found, Presence } from './rest.ts';
import { Timestamp } from './timestamp.ts';
import { channelView, ChannelView, messageView, MessageView, UserView } from './views.ts';
import type { SlackWorkspace } from './workspace.ts';

/** All that may be read of Slack; searching only where there is the token of a user. */
export function slackReads(
  workspace: SlackWorkspace,
  searcher: SlackSearcher | null,
): readonly Operation[] {
  return [
    getThread(workspace),
    getHistory(workspace),
    getUser(workspace),
    getPresence(workspace),
    listChannels(workspace),
    ...(searcher === null ? [] : [searchMessages(workspace, searcher)]),
  ];
}

const Messages = z.object({ messages: z.array(MessageView) });

function getThread(workspace: SlackWorkspace): Operation {
  return defineRead({
    name: 'slack.get-thread',
    summary: 'Read a thread: its first message and the latest replies, oldest first.',
    effect: 'read',
    input: z.object({
      channel: ChannelId,
      thread: Timestamp,
      limit: z.int().min(2).max(200).default(50),
    }),
    output: Messages,
    about: ({ channel, thread }) => threadSubject(channel, thread),
    preview: ({ channel, thread }) => `Read the thread ${thread} in ${channel}`,
    run: async ({ channel, thread, limit }, call) => {
      const found = await workspace.thread({ channel, thread }, limit, call);
      return shown(workspace, channel, found);
    },
  });
}

function getHistory(workspace: SlackWorkspace): Operation {
  return defineRead({
    name: 'slack.get-history',
    summary: 'Read the latest messages of a channel, oldest first, without the replies in threads.',
    effect: 'read',
    input: z.object({ channel: ChannelId, limit: z.int().min(1).max(200).default(50) }),
    output: Messages,
    preview: ({ channel }) => `Read the latest messages of ${channel}`,
    run: async ({ channel, limit }, call) => {
      return shown(workspace, channel, await workspace.history(channel, limit, call));
    },
  });
}

function shown(
  { directory }: SlackWorkspace,
  channel: string,
  messages: readonly Message[],
): { messages: MessageView[] } {
  const views = messages.map((one) => {
    return messageView(one, { channel, url: directory.link(channel, one.ts) });
  });
  return { messages: views };
}

function getUser(workspace: SlackWorkspace): Operation {
  return defineRead({
    name: 'slack.get-user',
    summary: 'Read who a user is: name, title, e-mail address where visible, time zone.',
    effect: 'read',
    input: z.object({ user: UserId }),
    output: UserView,
    preview: ({ user }) => `Read the profile of ${user}`,
    run: ({ user }, call) => workspace.user(user, call),
  });
}

function getPresence(workspace: SlackWorkspace): Operation {
  return defineRead({
    name: 'slack.get-presence',
    summary: 'Read whether a user is active now, and in which time zone.',
    effect: 'read',
    input: z.object({ user: UserId }),
    output: z.object({ presence: z.string(), zone: z.string().nullable() }),
    preview: ({ user }) => `Read whether ${user} is active`,
    run: async ({ user }, call) => {
      const answer = await workspace.reader.read('users.getPresence', { user }, call);
      const { presence } = expectShape(Presence, answer);
      const { zone } = await workspace.user(user, call);
      return { presence, zone };
    },
  });
}

function listChannels({ directory }: SlackWorkspace): Operation {
  return defineRead({
    name: 'slack.list-channels',
    summary: 'List the watched channels with their topics, and whether the bot is in them.',
    effect: 'read',
    input: z.object({ joined: z.boolean() }),
    output: z.object({ channels: z.array(ChannelView) }),
    preview: ({ joined }) => (joined ? 'List the channels of the bot' : 'List all channels'),
    run: async ({ joined }, call) => {
      const found = joined ? await directory.joined(call) : await directory.visible(call);
      const channels = await directory.keepWatched(found, call);
      const named = channels.filter(({ kind }) => kind !== 'im').slice(0, 1_000);
      return { channels: named.map(channelView) };
    },
  });
}

function searchMessages(workspace: SlackWorkspace, searcher: SlackSearcher): Operation {
  const { directory } = workspace;
  return defineRead({
    name: 'slack.search-messages',
    summary: "Search messages of the watched public channels. Slack's search words may be used.",
    effect: 'read',
    input: z.object({
      query: z.string().min(1).max(500),
      limit: z.int().min(1).max(100).default(20),
    }),
    output: Messages,
    preview: ({ query }) => `Search Slack for ${query.replace(/\s+/g, ' ').slice(0, 150)}`,
    run: async ({ query, limit }, call) => {
      const answer = await searcher.search({ query, count: 100, sort: 'timestamp' }, call);
      const { matches } = expectShape(Found, answer).messages;
      // The token is that of a person, whose private conversations are nobody else's business.
      const open = matches.filter(({ channel }) => {
        return !channel.is_private && !channel.is_im && !channel.is_mpim;
      });
      const places = await directory.keepWatched(
        open.map(({ channel }) => channel),
        call,
      );
      const ids = new Set(places.map(({ id }) => id));
      const kept = open.filter(({ channel }) => ids.has(channel.id));
      const views = kept.slice(0, limit).map((one) => {
        return messageView(one, { channel: one.channel.id, url: one.permalink });
      });
      return { messages: views };
    },
  });
}
