import type { Call } from '../../domain/connector.ts';
import type { Fact } from '../../domain/fact.ts';
import type { Subject } from '../../domain/subject.ts';
import { subjectParts } from '../../domain/subject.ts';
import { messageName } from './keys.ts';
import { ChannelId } from './payload.ts';
import { Timestamp } from './timestamp.ts';
import { messageView } from './views.ts';
import type { SlackWorkspace } from './workspace.ts';

const LATEST = 50;

/** What Slack knows of a thread or a channel, as facts; nothing for any other subject. Throws a `Failure`. */
export async function gatherSlack(
  workspace: SlackWorkspace,
  subject: Subject,
  call: Call,
): Promise<readonly Fact[]> {
  const { system, kind, id } = subjectParts(subject);
  if (system !== 'slack') return [];
  if (kind === 'channel') return channelFacts(workspace, id, call);
  return kind === 'thread' ? threadFacts(workspace, id, call) : [];
}

async function threadFacts(
  workspace: SlackWorkspace,
  id: string,
  call: Call,
): Promise<readonly Fact[]> {
  const [channel = '', thread = ''] = id.split(':');
  if (!ChannelId.safeParse(channel).success || !Timestamp.safeParse(thread).success) return [];
  const messages = await workspace.thread({ channel, thread }, LATEST, call);
  return messages.map((message): Fact => {
    const url = workspace.directory.link(channel, message.ts);
    const { text, at, author } = messageView(message, { channel, url });
    return {
      id: messageName({ channel, ts: message.ts }),
      kind: 'message',
      // Whoever reads the thread reads these; of a private one nothing goes to another subject.
      text,
      at,
      author,
      url,
    };
  });
}

async function channelFacts(
  workspace: SlackWorkspace,
  id: string,
  call: Call,
): Promise<readonly Fact[]> {
  if (!ChannelId.safeParse(id).success) return [];
  await workspace.directory.requireWatched(id, call);
  const channel = await workspace.directory.conversation(id, call);
  if (channel.kind !== 'channel') return [];
  const lines = [
    ['name', channel.name === null ? null : `Channel: #${channel.name}`],
    ['topic', channel.topic === null || channel.topic === '' ? null : `Topic: ${channel.topic}`],
    ['purpose', channel.purpose === null || channel.purpose === '' ? null : channel.purpose],
  ] as const;
  return lines.flatMap(([kind, text]): Fact[] => {
    if (text === null) return [];
    return [{ id: `slack:channel:${id}#${kind}`, kind, text, at: null, author: null, url: null }];
  });
}
