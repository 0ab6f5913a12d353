import type { SlackCall, SlackMethod } from './slack-call.ts';
import { channelOf, flag, joinedChannel, pageOf, scopeFor, text } from './slack-call.ts';
import { SlackError } from './slack-error.ts';
import type { Look } from './slack-shapes.ts';
import { channelShape, messageShape, visibleReplies } from './slack-shapes.ts';
import type { ChannelKind, SlackMessage } from './slack-state.ts';
import { byTs } from './slack-state.ts';

const history: SlackMethod = {
  scopes: (call) => scopeFor(call, 'history'),
  run: (call) => {
    const channel = joinedChannel(call);
    const messages = call.world.state.messages
      .filter((one) => one.channel === channel.id && isTopLevel(one) && one.onlyFor === null)
      .sort(byTs)
      .reverse();
    const look = lookOf(call);
    const items = inWindow(call, messages).flatMap((one) => messageShape(look, one) ?? []);
    const { page, next } = timePage(call, items);
    const more = next === '' ? {} : { response_metadata: { next_cursor: next } };
    const actions = { channel_actions_ts: null, channel_actions_count: 0 };
    return { messages: page, has_more: next !== '', pin_count: 0, ...actions, ...more };
  },
};

const replies: SlackMethod = {
  scopes: (call) => scopeFor(call, 'history'),
  run: (call) => {
    const channel = joinedChannel(call);
    const look = lookOf(call);
    const parent = call.world.state.messages.find((one) => {
      return one.channel === channel.id && one.ts === text(call, 'ts') && isTopLevel(one);
    });
    const first = parent ? messageShape(look, parent) : null;
    if (!parent || first === null) throw new SlackError('thread_not_found');
    const under = inWindow(call, visibleReplies(look, parent));
    const items = under.flatMap((one) => messageShape(look, one) ?? []);
    const { page, next } = pageOf(call, items, 999);
    const more = next === '' ? {} : { response_metadata: { next_cursor: next } };
    // The parent stands first on every page.
    return { messages: [first, ...page], has_more: next !== '', ...more };
  },
};

function lookOf(call: SlackCall): Look {
  const at = call.world.now().getTime() - call.indexLagMs;
  return { state: call.world.state, at, metadata: flag(call, 'include_all_metadata') };
}

function isTopLevel({ thread, ts, subtype }: SlackMessage): boolean {
  return thread === null || thread === ts || subtype === 'thread_broadcast';
}

function inWindow(call: SlackCall, messages: readonly SlackMessage[]): readonly SlackMessage[] {
  const oldest = text(call, 'oldest') || '0';
  const latest = text(call, 'latest') || '999999999999';
  const isInclusive = flag(call, 'inclusive');
  return messages.filter((message) => {
    const low = byTs(message, { ts: wholeTs(oldest) });
    const high = byTs(message, { ts: wholeTs(latest) });
    return isInclusive ? low >= 0 && high <= 0 : low > 0 && high < 0;
  });
}

function wholeTs(ts: string): string {
  const [seconds = '0', micros = ''] = ts.split('.');
  return `${seconds}.${micros.padEnd(6, '0')}`;
}

/** Pages by the `ts` where the next one begins, so that new messages shift nothing. */
function timePage(
  call: SlackCall,
  items: readonly object[],
): { page: readonly object[]; next: string } {
  const cursor = text(call, 'cursor');
  const start = /^next_ts:(\d+\.\d{6})$/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
  if (cursor !== '' && start === undefined) throw new SlackError('invalid_cursor');
  const from = start ?? '999999999999.999999';
  const rest = items.filter((item) => byTs({ ts: tsOf(item) }, { ts: from }) <= 0);
  const size = Math.min(Number(text(call, 'limit')) || 100, 999, call.limits.pageSize);
  const following = rest[size];
  const next = following === undefined ? '' : `next_ts:${tsOf(following)}`;
  return { page: rest.slice(0, size), next: Buffer.from(next).toString('base64') };
}

function tsOf(item: object): string {
  return String(Reflect.get(item, 'ts'));
}

const KINDS: Readonly<Record<string, ChannelKind>> = {
  public_channel: 'channel',
  private_channel: 'group',
  im: 'im',
  mpim: 'mpim',
};
const READS: Readonly<Record<ChannelKind, string>> = {
  channel: 'channels:read',
  group: 'groups:read',
  im: 'im:read',
  mpim: 'mpim:read',
};

function kindsOf(call: SlackCall): readonly ChannelKind[] {
  const names = (text(call, 'types') || 'public_channel').split(',');
  return names.map((name) => {
    const kind = KINDS[name.trim()];
    if (kind === undefined) throw new SlackError('invalid_types');
    return kind;
  });
}

function listing(isMine: boolean): SlackMethod {
  return {
    scopes: () => [],
    run: (call) => {
      const { world, token } = call;
      const kinds = kindsOf(call);
      const missing = kinds.map((kind) => READS[kind]).find((one) => !token.scopes.has(one));
      if (missing !== undefined) throw missingScope(missing, token.scopes);
      const channels = [...world.state.channels.values()].filter((one) => {
        const isIn = one.members.has(token.user);
        return kinds.includes(one.kind) && (isIn || (!isMine && one.kind === 'channel'));
      });
      const { page, next } = pageOf(call, channels, 999);
      return {
        channels: page.map((one) => channelShape(world.state, one, token.user)),
        response_metadata: { next_cursor: next },
      };
    },
  };
}

/** What is said when a token lacks a scope. */
export function missingScope(needed: string, provided: ReadonlySet<string>): SlackError {
  return new SlackError('missing_scope', { needed, provided: [...provided].join(',') });
}

const info: SlackMethod = {
  scopes: (call) => scopeFor(call, 'read'),
  run: (call) => ({
    channel: channelShape(call.world.state, channelOf(call), call.token.user),
  }),
};

const members: SlackMethod = {
  scopes: (call) => scopeFor(call, 'read'),
  run: (call) => {
    const { page, next } = pageOf(call, [...channelOf(call).members], 999);
    return { members: page, response_metadata: { next_cursor: next } };
  },
};

const open: SlackMethod = {
  scopes: () => ['im:write'],
  writes: true,
  run: (call) => {
    const [user = '', second] = text(call, 'users').split(',');
    if (second !== undefined) throw new SlackError('not_supported_by_the_emulator');
    if (!call.world.state.users.has(user)) throw new SlackError('user_not_found');
    return { channel: { id: call.world.direct(user).id } };
  },
};

const join: SlackMethod = {
  scopes: () => ['channels:join'],
  writes: true,
  run: (call) => {
    const channel = channelOf(call);
    const wasIn = channel.members.has(call.token.user);
    if (!wasIn) call.world.join(call.token.user, channel);
    const shape = channelShape(call.world.state, channel, call.token.user);
    return { channel: shape, ...(wasIn ? { warning: 'already_in_channel' } : {}) };
  },
};

/** `conversations.*` and the conversations of a user. */
export const conversationMethods: readonly (readonly [string, SlackMethod])[] = [
  ['conversations.history', history],
  ['conversations.replies', replies],
  ['conversations.list', listing(false)],
  ['users.conversations', listing(true)],
  ['conversations.info', info],
  ['conversations.members', members],
  ['conversations.open', open],
  ['conversations.join', join],
];
