import type { SlackCall, SlackMethod } from './slack-call.ts';
import { channelOf, joinedChannel, json, text } from './slack-call.ts';
import { SlackError } from './slack-error.ts';
import { messageShape } from './slack-shapes.ts';
import type { SlackMessage } from './slack-state.ts';

const LONGEST = 40_000;
const BLOCKS = 50;

const postMessage: SlackMethod = {
  scopes: () => ['chat:write'],
  writes: true,
  run: (call) => {
    const channel = joinedChannel(call);
    const thread = threadOf(call, channel.id);
    const message = call.world.post(call.token.user, {
      channel: channel.id,
      ...contentOf(call),
      metadata: json(call, 'metadata') ?? null,
      thread,
    });
    return { channel: channel.id, ts: message.ts, message: shown(call, message) };
  },
};

const postEphemeral: SlackMethod = {
  scopes: () => ['chat:write'],
  writes: true,
  run: (call) => {
    const channel = joinedChannel(call);
    const user = text(call, 'user');
    if (!channel.members.has(user)) throw new SlackError('user_not_in_channel');
    const message = call.world.post(call.token.user, {
      channel: channel.id,
      ...contentOf(call),
      thread: threadOf(call, channel.id),
      onlyFor: user,
    });
    return { message_ts: message.ts };
  },
};

const update: SlackMethod = {
  scopes: () => ['chat:write'],
  writes: true,
  run: (call) => {
    const message = ownMessage(call, 'ts');
    const metadata = json(call, 'metadata');
    const content = contentOf(call);
    const to = metadata === undefined ? content : { ...content, metadata };
    call.world.edit(call.token.user, message, to);
    const { channel, ts } = message;
    return { channel, ts, text: content.text, message: shown(call, message) };
  },
};

const remove: SlackMethod = {
  scopes: () => ['chat:write'],
  writes: true,
  run: (call) => {
    const message = ownMessage(call, 'ts');
    call.world.remove(message);
    return { channel: message.channel, ts: message.ts };
  },
};

const getPermalink: SlackMethod = {
  scopes: () => [],
  run: (call) => {
    const channel = channelOf(call);
    const { ts } = messageIn(call, channel.id, text(call, 'message_ts'));
    const { domain } = call.world.state.team;
    const permalink = `https://${domain}.example/archives/${channel.id}/p${ts.replace('.', '')}`;
    return { channel: channel.id, permalink };
  },
};

function reacting(isAdded: boolean): SlackMethod {
  return {
    scopes: () => ['reactions:write'],
    writes: true,
    run: (call) => {
      const { world, token } = call;
      const channel = joinedChannel(call);
      const message = messageIn(call, channel.id, text(call, 'timestamp'));
      const name = text(call, 'name');
      const isThere = message.reactions.get(name)?.includes(token.user) === true;
      if (isAdded && isThere) throw new SlackError('already_reacted');
      if (!isAdded && !isThere) throw new SlackError('no_reaction');
      if (isAdded) world.react(token.user, message, name);
      else world.unreact(token.user, message, name);
      return {};
    },
  };
}

interface Content {
  readonly text: string;
  readonly blocks: readonly unknown[];
}

function contentOf(call: SlackCall): Content {
  const words = text(call, 'text');
  const blocks = json(call, 'blocks') ?? [];
  if (!Array.isArray(blocks) || blocks.length > BLOCKS || blocks.some((one) => !isBlock(one))) {
    throw new SlackError('invalid_blocks');
  }
  if (words === '' && blocks.length === 0) throw new SlackError('no_text');
  if (words.length > LONGEST) throw new SlackError('msg_too_long');
  return { text: words, blocks: blocks.map((one: unknown) => one) };
}

function isBlock(block: unknown): boolean {
  if (typeof block !== 'object' || block === null) return false;
  const type: unknown = Reflect.get(block, 'type');
  if (type !== 'section') return typeof type === 'string';
  const words: unknown = Reflect.get(block, 'text');
  if (typeof words !== 'object' || words === null) return false;
  const said: unknown = Reflect.get(words, 'text');
  return typeof said === 'string' && said.length > 0 && said.length <= 3_000;
}

// Slack takes any `ts` of a thread, but a parent that is not there is an error of its own.
function threadOf(call: SlackCall, channel: string): string | null {
  const ts = text(call, 'thread_ts');
  if (ts === '') return null;
  const parent = call.world.state.messages.find((one) => {
    return one.channel === channel && one.ts === ts && one.deletedAt === null;
  });
  if (!parent) throw new SlackError('thread_not_found');
  return parent.thread ?? parent.ts;
}

function ownMessage(call: SlackCall, name: string): SlackMessage {
  const message = messageIn(call, channelOf(call).id, text(call, name));
  if (message.user !== call.token.user) throw new SlackError('cant_update_message');
  return message;
}

function messageIn(call: SlackCall, channel: string, ts: string): SlackMessage {
  const found = call.world.state.messages.find((one) => one.channel === channel && one.ts === ts);
  if (!found || found.deletedAt !== null || found.onlyFor !== null) {
    throw new SlackError('message_not_found');
  }
  return found;
}

function shown({ world }: SlackCall, message: SlackMessage): object | null {
  return messageShape({ state: world.state, at: Infinity, metadata: true }, message);
}

/** `chat.*` and `reactions.*`. */
export const chatMethods: readonly (readonly [string, SlackMethod])[] = [
  ['chat.postMessage', postMessage],
  ['chat.postEphemeral', postEphemeral],
  ['chat.update', update],
  ['chat.delete', remove],
  ['chat.getPermalink', getPermalink],
  ['reactions.add', reacting(true)],
  ['reactions.remove', reacting(false)],
];
