import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape } from '../rest-shape.ts';
import type { SlackReader } from './client.ts';
import type { SlackDirectory } from './directory.ts';
import type { Message } from './payload.ts';
import { MessagePage, nextOf, OneUser } from './rest.ts';
import type { Timestamp } from './timestamp.ts';
import { compareTimestamps } from './timestamp.ts';
import type { UserView } from './views.ts';
import { userView } from './views.ts';

const PAGE_SIZE = 200;
const PAGES = 10;

/** What may be read of a workspace, bounded to the watched channels. All of it throws a `Failure`. */
export interface SlackWorkspace {
  readonly reader: SlackReader;
  readonly directory: SlackDirectory;
  /** The newest messages of a channel, oldest first. */
  history(channel: string, limit: number, call: Call): Promise<readonly Message[]>;
  /** The parent and the newest replies, oldest first. */
  thread(where: ThreadOf, limit: number, call: Call): Promise<readonly Message[]>;
  user(id: string, call: Call): Promise<UserView>;
}

/** A thread by its first message. */
interface ThreadOf {
  readonly channel: string;
  readonly thread: Timestamp;
}

/** The workspace that a reader reaches. */
export function slackWorkspace(reader: SlackReader, directory: SlackDirectory): SlackWorkspace {
  return {
    reader,
    directory,
    history: async (channel, limit, call) => {
      await directory.requireWatched(channel, call);
      const args = { channel, limit };
      const answer = await reader.read('conversations.history', args, call);
      const { messages } = expectShape(MessagePage, answer);
      return sorted(messages).slice(-limit);
    },
    thread: async (where, limit, call) => {
      await directory.requireWatched(where.channel, call);
      const [parent, ...replies] = await wholeThread(reader, where, call);
      return parent === undefined ? [] : [parent, ...replies.slice(-(limit - 1))];
    },
    user: async (user, call) => {
      const answer = await reader.read('users.info', { user }, call);
      return userView(expectShape(OneUser, answer).user);
    },
  };
}

async function wholeThread(
  reader: SlackReader,
  { channel, thread }: ThreadOf,
  call: Call,
): Promise<readonly Message[]> {
  const found = new Map<string, Message>();
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const args = { channel, ts: thread, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
    const answer = await reader.read('conversations.replies', args, call);
    const { messages, response_metadata } = expectShape(MessagePage, answer);
    // The parent stands first on every page.
    for (const message of messages) found.set(message.ts, message);
    cursor = nextOf({ response_metadata });
    if (cursor === null) return sorted([...found.values()]);
  }
  throw new Failure('too-large', `The thread has more than ${PAGES * PAGE_SIZE} replies.`);
}

function sorted(messages: readonly Message[]): Message[] {
  return messages.toSorted((a, b) => compareTimestamps(a.ts, b.ts));
}
