/** Methods that change nothing, with the scopes that Slack asks for (contract section 2). */
export const READ_METHODS = {
  'auth.test': [],
  'conversations.history': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'conversations.info': ['channels:read', 'groups:read', 'im:read', 'mpim:read'],
  'conversations.list': ['channels:read', 'groups:read'],
  'users.conversations': ['channels:read', 'groups:read', 'im:read', 'mpim:read'],
  'users.info': ['users:read', 'users:read.email'],
  'users.getPresence': ['users:read'],
} as const satisfies Record<string, readonly string[]>;
export type ReadMethod = keyof typeof READ_METHODS;

/** Methods that change something. */
export const WRITE_METHODS = {
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'conversations.open': ['im:write'],
  'views.open': [],
} as const satisfies Record<string, readonly string[]>;
export type WriteMethod = keyof typeof WRITE_METHODS;

/** Events that are subscribed to, with the scopes they need beyond those of the methods. */
export const EVENT_SCOPES = {
  'message.channels': ['channels:history'],
  'message.groups': ['groups:history'],
  'message.im': ['im:history'],
  'message.mpim': ['mpim:history'],
  reaction_added: ['reactions:read'],
  reaction_removed: ['reactions:read'],
  member_joined_channel: ['channels:read', 'groups:read'],
} as const satisfies Record<string, readonly string[]>;

/** Every scope that the bot token needs, in the order of the alphabet. */
export function botScopes(mayWrite = true): readonly string[] {
  const used: readonly Record<string, readonly string[]>[] = mayWrite
    ? [READ_METHODS, EVENT_SCOPES, WRITE_METHODS]
    : [READ_METHODS, EVENT_SCOPES];
  return [...new Set(used.flatMap((table) => Object.values(table).flat()))].sort();
}
