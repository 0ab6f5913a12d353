import type { SlackCall, SlackMethod } from './slack-call.ts';
import { pageOf, text } from './slack-call.ts';
import { SlackError } from './slack-error.ts';
import { channelShape, messageShape, userShape } from './slack-shapes.ts';
import type { SlackUser } from './slack-state.ts';
import { byTs } from './slack-state.ts';

const authTest: SlackMethod = {
  scopes: () => [],
  run: ({ world, token }) => {
    const { team, users, bot } = world.state;
    return {
      url: `https://${team.domain}.example/`,
      team: team.name,
      user: users.get(token.user)?.name ?? token.user,
      team_id: team.id,
      user_id: token.user,
      ...(token.kind === 'bot' ? { bot_id: bot.id } : {}),
      is_enterprise_install: false,
    };
  },
};

const usersInfo: SlackMethod = {
  scopes: () => ['users:read'],
  run: (call) => ({ user: shapeOf(call, userOf(call)) }),
};

const usersList: SlackMethod = {
  scopes: () => ['users:read'],
  run: (call) => {
    const { page, next } = pageOf(call, [...call.world.state.users.values()], 1_000);
    return {
      members: page.map((user) => shapeOf(call, user)),
      cache_ts: Math.floor(call.world.now().getTime() / 1000),
      response_metadata: { next_cursor: next },
    };
  },
};

const lookupByEmail: SlackMethod = {
  scopes: () => ['users:read.email'],
  run: (call) => {
    const wanted = text(call, 'email').toLowerCase();
    const user = [...call.world.state.users.values()].find(({ email }) => email === wanted);
    if (!user) throw new SlackError('users_not_found');
    return { user: shapeOf(call, user) };
  },
};

const getPresence: SlackMethod = {
  scopes: () => ['users:read'],
  run: (call) => ({ presence: userOf(call).presence }),
};

function userOf(call: SlackCall): SlackUser {
  const user = call.world.state.users.get(text(call, 'user'));
  if (!user) throw new SlackError('user_not_found');
  return user;
}

function shapeOf({ world, token }: SlackCall, user: SlackUser): object {
  return userShape(world.state, user, token.scopes.has('users:read.email'));
}

const searchMessages: SlackMethod = {
  scopes: () => ['search:read'],
  token: 'user',
  run: (call) => {
    const { state } = call.world;
    const query = text(call, 'query').toLowerCase();
    const look = { state, at: call.world.now().getTime() - call.indexLagMs, metadata: false };
    const found = state.messages
      .filter(({ channel, onlyFor }) => {
        return onlyFor === null && state.channels.get(channel)?.members.has(call.token.user);
      })
      .filter((one) => one.versions.at(-1)?.text.toLowerCase().includes(query))
      .sort(byTs)
      .reverse();
    const count = Number(text(call, 'count')) || 20;
    const matches = found.slice(0, count).flatMap((one) => {
      const channel = state.channels.get(one.channel);
      const shape = messageShape(look, one);
      if (!channel || shape === null) return [];
      const where = channelShape(state, channel, call.token.user);
      const link = `https://acme.example/archives/${channel.id}/p${one.ts.replace('.', '')}`;
      return [{ ...shape, channel: where, permalink: link }];
    });
    return { query, messages: { total: found.length, matches } };
  },
};

const openConnection: SlackMethod = {
  scopes: () => ['connections:write'],
  token: 'app',
  run: (call) => ({ url: call.openLine() }),
};

/** Who is there, searching, and the door to Socket Mode. */
export const teamMethods: readonly (readonly [string, SlackMethod])[] = [
  ['auth.test', authTest],
  ['users.info', usersInfo],
  ['users.list', usersList],
  ['users.lookupByEmail', lookupByEmail],
  ['users.getPresence', getPresence],
  ['search.messages', searchMessages],
  ['apps.connections.open', openConnection],
];
