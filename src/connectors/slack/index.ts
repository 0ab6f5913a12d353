import type { Ability, Call, Connector, Grant, Identity, Profile } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { slackReader, slackSearcher, slackWriter } from './client.ts';
import { slackDirectory } from './directory.ts';
import type { SlackDirectory } from './directory.ts';
import { gatherSlack } from './gather.ts';
import { postMessage, replyThread, sendDirect } from './message-writes.ts';
import { slackReads } from './operations.ts';
import { UserId } from './payload.ts';
import { openForm } from './open-form.ts';
import { channelNamed } from './place.ts';
import { slackPoll } from './poll.ts';
import { postEphemeral } from './post-ephemeral.ts';
import { rereadSlack } from './reread.ts';
import { botScopes } from './scopes.ts';
import type { WriteAccess } from './sent-message.ts';
import type { SlackAccess, SlackSettings } from './settings.ts';
import { accessOf } from './settings.ts';
import { slackSocket } from './socket.ts';
import { slackTalk } from './talk.ts';
import { slackTriage } from './triage.ts';
import { updateMessage } from './update-message.ts';
import { slackWebhook } from './webhook.ts';
import { slackWorkspace } from './workspace.ts';
import type { SlackWorkspace } from './workspace.ts';

/** Our side of Slack. What the settings do not allow is absent; nothing throws "not supported". */
export function slackConnector(settings: SlackSettings): Connector {
  const bot = accessOf(settings, settings.botToken);
  const app = accessOf(settings, settings.appToken);
  // An empty secret would make a signature that anybody can make.
  const secrets = settings.signingSecrets.filter((secret) => secret !== '');
  const given = { bot, app, secrets };
  const push = {
    name: 'slack',
    talk: slackTalk,
    abilities: abilitiesOf(settings, given),
    ...(secrets.length === 0 ? {} : { webhook: slackWebhook(secrets) }),
    ...(app === null ? {} : { socket: slackSocket(app) }),
  };
  if (bot === null) {
    const isNamed = (channel: string): boolean => {
      const { channels } = settings;
      const hasNames = channels.some((one) => !/^[CDG][A-Z0-9]+$/.test(one));
      return channels.length === 0 || hasNames || channels.includes(channel);
    };
    const isWatched = (channel: string): boolean => channel.startsWith('D') || isNamed(channel);
    return { ...push, triage: slackTriage(isWatched), operations: writes(null) };
  }
  return { ...push, ...reading(settings, bot) };
}

function reading(
  settings: SlackSettings,
  access: SlackAccess,
): Pick<
  Connector,
  'triage' | 'operations' | 'gather' | 'check' | 'profile' | 'poll' | 'reread' | 'place'
> &
  object {
  const reader = slackReader(access);
  const directory = slackDirectory(reader, settings.channels);
  const workspace = slackWorkspace(reader, directory);
  const user = accessOf(settings, settings.userToken);
  const write = settings.mayWrite ? { reader, writer: slackWriter(access), directory } : null;
  return {
    triage: slackTriage((channel) => directory.isWatched(channel)),
    operations: [
      ...slackReads(workspace, user === null ? null : slackSearcher(user)),
      ...writes(write),
    ],
    gather: (subject, call) => gatherSlack(workspace, subject, call),
    place: (name, call) => channelNamed(directory, name, call),
    reread: (event, call) => rereadSlack(workspace, event, call),
    check: (call) => identity(directory, settings, call),
    profile: (id, call) => profile(workspace, id, call),
    poll: slackPoll({ reader, directory, everySeconds: settings.pollSeconds }),
  };
}

function writes(access: WriteAccess | null): Connector['operations'] {
  return [
    postMessage(access),
    replyThread(access),
    sendDirect(access),
    updateMessage(access),
    postEphemeral(access),
    openForm(access),
  ];
}

async function identity(
  directory: SlackDirectory,
  settings: SlackSettings,
  call: Call,
): Promise<Identity> {
  const { userId, botId, name, scopes } = await directory.me(call, true);
  const grants = botScopes(settings.mayWrite).map((scope): Grant => {
    const held = scopes === null ? null : scopes.includes(scope);
    const fix = `add the scope ${scope} to the app and install it again`;
    return { name: scope, held, note: held === false ? fix : 'scope of the bot token' };
  });
  return { accountId: userId, name, aliases: botId === null ? [] : [botId], grants };
}

async function profile(workspace: SlackWorkspace, id: string, call: Call): Promise<Profile | null> {
  if (!UserId.safeParse(id).success) return null;
  try {
    const { name, email, zone, bot } = await workspace.user(id, call);
    return { name, email, zone, kind: bot ? 'bot' : 'person' };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}

interface Given {
  readonly bot: SlackAccess | null;
  readonly app: SlackAccess | null;
  readonly secrets: readonly string[];
}

function abilitiesOf(settings: SlackSettings, { bot, app, secrets }: Given): readonly Ability[] {
  const { channels, pollSeconds, mayWrite } = settings;
  const none = 'SLACK_BOT_TOKEN is not set';
  const where = channels.length === 0 ? 'all channels of the bot' : channels.join(', ');
  const reads = bot === null ? none : where;
  return [
    ability('webhook', secrets.length > 0, {
      on: 'signed events at /webhooks/slack',
      off: 'SLACK_SIGNING_SECRET is not set: the route /webhooks/slack does not exist',
    }),
    ability('socket', app !== null, { on: 'Socket Mode', off: 'SLACK_APP_TOKEN is not set' }),
    ability('poll', bot !== null, { on: `every ${pollSeconds} s: ${where}`, off: none }),
    ability('read', bot !== null, { on: reads, off: none }),
    ability('write', bot !== null && mayWrite, {
      on: 'messages, threads, direct messages',
      off: mayWrite ? none : 'simulation mode: nothing that could write exists',
    }),
  ];
}

function ability(name: string, on: boolean, note: { on: string; off: string }): Ability {
  return { name, on, note: on ? note.on : note.off };
}
