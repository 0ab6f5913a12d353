import type { Pace } from '../pace.ts';

const TIER_2 = new Set(['conversations.list', 'users.list', 'reactions.remove', 'search.messages']);
const TIER_4 = new Set([
  'chat.postEphemeral',
  'conversations.members',
  'users.info',
  'views.open',
  'views.publish',
  'views.update',
]);
const SPECIAL = new Set(['auth.test', 'chat.getPermalink', 'chat.postMessage']);

type Tier = 'two' | 'three' | 'four' | 'special';

function tierOf(method: string): Tier {
  if (TIER_2.has(method)) return 'two';
  if (TIER_4.has(method)) return 'four';
  return SPECIAL.has(method) ? 'special' : 'three';
}

/** Each method has a limit of its own, of the size of its tier. */
function ofTier(tier: Tier): Pace['covers'] {
  return ({ url }) => {
    const method = url.pathname.split('/').at(-1) ?? '';
    return tierOf(method) === tier ? method : null;
  };
}

/**
 * 20, 50 and 100 a minute for the tiers 2, 3 and 4 (contracts/slack.md section 3); any minute touches five windows of a
 * quarter at most. The special ones take some hundreds, and a channel one message in a second, which only Slack can count.
 */
export const SLACK_PACES: readonly Pace[] = [
  { name: 'slack-2', points: 4, seconds: 15, alone: 1, covers: ofTier('two') },
  { name: 'slack-3', points: 10, seconds: 15, alone: 2, covers: ofTier('three') },
  { name: 'slack-4', points: 20, seconds: 15, alone: 5, covers: ofTier('four') },
  { name: 'slack-special', points: 40, seconds: 15, alone: 10, covers: ofTier('special') },
];
