import type { ChannelKind, SlackChannel, SlackState, SlackUser } from './slack-state.ts';

/** A small invented team. Ids of people are what tests use. */
export const PEOPLE = {
  mia: 'U0MIABERG1',
  ines: 'U0INESOKA2',
  jonas: 'U0JONASLI3',
  tom: 'U0TOMWEBE4',
} as const;

/** The channels of the seed. The bot is in all but `random`. */
export const CHANNELS = {
  payments: 'C0PAYMENT1',
  web: 'C0WEBTEAM2',
  random: 'C0RANDOM03',
  /** Private. */
  leads: 'C0LEADS004',
} as const;

export const BOT = { user: 'U0PMAGENT9', id: 'B0PMAGENT9' } as const;

/** Every scope that the emulator knows of. */
export const ALL_SCOPES: readonly string[] = [
  ...['channels', 'groups', 'im', 'mpim'].flatMap((one) => [`${one}:history`, `${one}:read`]),
  'channels:join',
  'chat:write',
  'im:write',
  'mpim:write',
  'reactions:read',
  'reactions:write',
  'team:read',
  'users:read',
  'users:read.email',
];

const CREATED = 1_735_722_000;

/** A new workspace with the small team in it. */
export function seededState(): SlackState {
  const state: SlackState = {
    team: { id: 'T0ACMETEAM', name: 'Acme', domain: 'acme' },
    app: 'A0PMAGENT9',
    bot: BOT,
    users: new Map(),
    channels: new Map(),
    messages: [],
    tokens: new Map(),
    views: [],
    triggers: new Map(),
    lastTs: '0.000000',
    nextId: 1_000,
  };
  const users = [
    user(PEOPLE.mia, 'Mia Berg', 'Engineer'),
    { ...user(PEOPLE.ines, 'Ines Okafor', 'Engineer'), zone: 'Africa/Lagos' },
    { ...user(PEOPLE.jonas, 'Jonas Lind', 'Product'), zone: 'Europe/Stockholm' },
    user(PEOPLE.tom, 'Tom Weber', 'Lead'),
    { ...user(BOT.user, 'pm-agent', ''), email: null, zone: null, isBot: true },
  ];
  for (const one of users) state.users.set(one.id, one);
  const people = Object.values(PEOPLE);
  const all = [...people, BOT.user];
  const channels = [
    channel(CHANNELS.payments, 'payments', { kind: 'channel', members: all }),
    channel(CHANNELS.web, 'web', { kind: 'channel', members: all }),
    channel(CHANNELS.random, 'random', { kind: 'channel', members: people }),
    channel(CHANNELS.leads, 'leads', { kind: 'group', members: [PEOPLE.tom, BOT.user] }),
  ];
  for (const one of channels) state.channels.set(one.id, one);
  return state;
}

function user(id: string, realName: string, title: string): SlackUser {
  const name = realName.toLowerCase().replaceAll(' ', '.');
  const email = `${name}@acme.example`;
  return {
    id,
    name,
    realName,
    email,
    zone: 'Europe/Berlin',
    title,
    isBot: false,
    presence: 'active',
  };
}

/** A channel as it is made. */
export function channel(
  id: string,
  name: string,
  { kind, members }: { kind: ChannelKind; members: readonly string[] },
): SlackChannel {
  const creator = members[0] ?? BOT.user;
  return {
    id,
    name,
    kind,
    created: CREATED,
    creator,
    topic: '',
    members: new Set(members),
    isArchived: false,
  };
}
