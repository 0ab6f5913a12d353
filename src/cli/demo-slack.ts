import type { SlackMessage } from '../../emulators/slack/slack-state.ts';
import type { World } from './demo-world.ts';

/** What the agent wrote in Slack, oldest first. */
export function ownMessages({ systems: { slack } }: World): readonly SlackMessage[] {
  return slack.state.messages.filter(({ user }) => user === slack.bot.user);
}

/** A message as it reads now. */
export function wordsOf(message: SlackMessage): string {
  return message.versions.at(-1)?.text ?? '';
}

/** What a message said when it was posted. */
export function firstWordsOf(message: SlackMessage): string {
  return message.versions[0]?.text ?? '';
}

/** Where a message stands: `#payments`, or the name of the one person who reads it. */
export function placeOf({ systems: { slack } }: World, message: SlackMessage): string {
  const channel = slack.state.channels.get(message.channel);
  const reader =
    message.onlyFor ??
    (channel?.kind === 'im'
      ? [...channel.members].find((one) => one !== slack.bot.user)
      : undefined);
  if (reader === undefined) return `#${channel?.name ?? message.channel}`;
  return slack.state.users.get(reader)?.realName ?? reader;
}

/** Messages that only one person sees, under something that they did. */
export function privateWords(world: World, user: string): readonly string[] {
  return ownMessages(world)
    .filter(({ onlyFor }) => onlyFor === user)
    .map(wordsOf);
}

/** Direct messages to a person, buttons included; what was said in channels is left out. */
export function directTo(world: World, user: string): readonly SlackMessage[] {
  const { channels } = world.systems.slack.state;
  return ownMessages(world).filter(({ channel, onlyFor }) => {
    const place = channels.get(channel);
    return onlyFor === null && place?.kind === 'im' && place.members.has(user);
  });
}

/** How many changes came through the Web API; opening a conversation to write in it is none. */
export function changesIn({ systems: { slack } }: World): number {
  const opened = slack.requests.filter(({ path }) => path.endsWith('conversations.open'));
  return slack.writes - opened.length;
}
