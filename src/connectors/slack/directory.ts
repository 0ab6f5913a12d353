import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape } from '../rest-shape.ts';
import type { SlackReader } from './client.ts';
import type { ConversationKind } from './payload.ts';
import { ChannelId } from './payload.ts';
import type { RestConversation } from './rest.ts';
import { AuthTest, ConversationPage, nextOf, OneConversation } from './rest.ts';
import type { Timestamp } from './timestamp.ts';

const PAGES = 20;
const PAGE_SIZE = 200;
const KNOWN = 5_000;

/** A conversation that the bot can see. */
export interface Conversation {
  readonly id: string;
  readonly name: string | null;
  readonly kind: ConversationKind;
  readonly isMember: boolean;
  readonly topic: string | null;
  readonly purpose: string | null;
}

/** Our own account. */
export interface Me {
  readonly userId: string;
  readonly botId: string | null;
  readonly name: string;
  readonly scopes: readonly string[] | null;
}

/** Who we are, which conversations there are, and which of them are watched. */
export interface SlackDirectory {
  me(call: Call, isAsked?: boolean): Promise<Me>;
  /** All that the bot is in, asked for anew. */
  joined(call: Call): Promise<readonly Conversation[]>;
  /** All that the bot can see, without direct messages; asked for anew. */
  visible(call: Call): Promise<readonly Conversation[]>;
  conversation(id: string, call: Call): Promise<Conversation>;
  /** Throws `denied` for a channel that is not watched, before anything else is asked of it. */
  requireWatched(channel: string, call: Call): Promise<void>;
  /** Without a call: true as well while a name of the settings has not been looked up yet. */
  isWatched(channel: string): boolean;
  /** The ids of the watched channels; names that are not found are left out. */
  watchedIds(call: Call): Promise<readonly string[]>;
  /** Those of a list that are watched; direct messages are. */
  keepWatched<Item extends { readonly id: string }>(
    items: readonly Item[],
    call: Call,
  ): Promise<readonly Item[]>;
  /** Where a person looks at a message, `null` while the address of the workspace is not known. */
  link(channel: string, ts: Timestamp): string | null;
}

/** The directory that a reader reaches; `watched` holds ids and names. */
export function slackDirectory(reader: SlackReader, watched: readonly string[]): SlackDirectory {
  return new Directory(reader, watched);
}

class Directory implements SlackDirectory {
  private readonly reader: SlackReader;
  private readonly watched: readonly string[];
  private readonly known = new Map<string, Conversation>();
  /** Channel ids by the names of the settings. */
  private readonly ids = new Map<string, string>();
  private self: Me | null = null;
  private site: string | null = null;

  constructor(reader: SlackReader, watched: readonly string[]) {
    this.reader = reader;
    // Names are written in small letters, ids in capitals.
    this.watched = watched.map((one) => {
      return one.startsWith('#') || ChannelId.safeParse(one).success ? one : `#${one}`;
    });
  }

  async me(call: Call, isAsked = false): Promise<Me> {
    if (this.self !== null && !isAsked) return this.self;
    const me = expectShape(AuthTest, await this.reader.read('auth.test', {}, call));
    this.site = me.url?.startsWith('http') ? me.url.replace(/\/*$/, '') : null;
    this.self = {
      userId: me.user_id,
      botId: me.bot_id,
      name: me.user ?? me.user_id,
      scopes: me.response_metadata?.scopes ?? null,
    };
    return this.self;
  }

  async joined(call: Call): Promise<readonly Conversation[]> {
    const types = 'public_channel,private_channel,mpim,im';
    const found = await this.pages('users.conversations', types, call);
    return found.map((one) => ({ ...one, isMember: true }));
  }

  visible(call: Call): Promise<readonly Conversation[]> {
    return this.pages('conversations.list', 'public_channel,private_channel', call);
  }

  async conversation(id: string, call: Call): Promise<Conversation> {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const answer = await this.reader.read('conversations.info', { channel: id }, call);
    return this.keep(viewOf(expectShape(OneConversation, answer).channel));
  }

  async requireWatched(channel: string, call: Call): Promise<void> {
    if (this.isFree(channel)) return;
    const ids = await this.watchedIds(call);
    if (ids.includes(channel)) return;
    throw new Failure('denied', `${channel} is not a watched channel.`, {
      fix: 'Add the channel to the watched channels if it should be.',
    });
  }

  isWatched(channel: string): boolean {
    if (this.isFree(channel)) return true;
    const names = this.names();
    if (names.some((name) => !this.ids.has(name))) return true;
    return names.some((name) => this.ids.get(name) === channel);
  }

  async watchedIds(call: Call): Promise<readonly string[]> {
    const names = this.names();
    if (names.some((name) => !this.ids.has(name))) await this.joined(call);
    // A channel that the bot is not in is found among all; polling it then says what is wrong.
    if (names.some((name) => !this.ids.has(name))) await this.visible(call);
    return this.watched.flatMap((one) => {
      const id = one.startsWith('#') ? this.ids.get(one) : one;
      return id === undefined ? [] : [id];
    });
  }

  async keepWatched<Item extends { readonly id: string }>(
    items: readonly Item[],
    call: Call,
  ): Promise<readonly Item[]> {
    if (this.watched.length === 0) return items;
    const ids = await this.watchedIds(call);
    return items.filter(({ id }) => id.startsWith('D') || ids.includes(id));
  }

  link(channel: string, ts: Timestamp): string | null {
    if (this.site === null) return null;
    return `${this.site}/archives/${channel}/p${ts.replace('.', '')}`;
  }

  /** Watched whatever the names of the settings turn out to be. */
  private isFree(channel: string): boolean {
    return this.watched.length === 0 || channel.startsWith('D') || this.watched.includes(channel);
  }

  private names(): readonly string[] {
    return this.watched.filter((one) => one.startsWith('#'));
  }

  private async pages(
    method: 'users.conversations' | 'conversations.list',
    types: string,
    call: Call,
  ): Promise<readonly Conversation[]> {
    const found: Conversation[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < PAGES; page += 1) {
      const args = {
        types,
        exclude_archived: true,
        limit: PAGE_SIZE,
        ...(cursor ? { cursor } : {}),
      };
      const answer = expectShape(ConversationPage, await this.reader.read(method, args, call));
      found.push(...answer.channels.map((one) => this.keep(viewOf(one))));
      const next = nextOf(answer);
      if (next === null) return found;
      if (next === cursor) throw new Failure('bad-answer', `${method} gave the same page twice.`);
      cursor = next;
    }
    throw new Failure('too-large', `${method} has more than ${PAGES * PAGE_SIZE} conversations.`);
  }

  private keep(conversation: Conversation): Conversation {
    if (this.known.size >= KNOWN) this.known.clear();
    this.known.set(conversation.id, conversation);
    const name = `#${conversation.name ?? ''}`;
    if (this.watched.includes(name)) this.ids.set(name, conversation.id);
    return conversation;
  }
}

function viewOf(found: RestConversation): Conversation {
  return {
    id: found.id,
    name: found.name,
    kind: kindOf(found),
    isMember: found.is_member,
    topic: found.topic?.value ?? null,
    purpose: found.purpose?.value ?? null,
  };
}

function kindOf(found: RestConversation): ConversationKind {
  if (found.is_im || found.id.startsWith('D')) return 'im';
  if (found.is_mpim) return 'mpim';
  return found.is_private || found.id.startsWith('G') ? 'group' : 'channel';
}
