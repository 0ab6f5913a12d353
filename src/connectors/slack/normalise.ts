import type { Normalised } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import type { Found } from './event-draft.ts';
import { pressedEvents, submittedEvent } from './interaction-event.ts';
import { messageEvent } from './message-event.ts';
import { joinedEvent, reactionEvent } from './other-events.ts';
import { Envelope, SlackEvent } from './payload.ts';

type Reader = (event: SlackEvent, raw: unknown) => Found;

const EVENTS = new Map<string, Reader>([
  ['message', messageEvent],
  ['app_mention', messageEvent],
  ['reaction_added', (event) => reactionEvent(event, 'added')],
  ['reaction_removed', (event) => reactionEvent(event, 'removed')],
  ['member_joined_channel', joinedEvent],
]);

const REASONS = new Map<string, string>([
  ['url_verification', 'a test of the address'],
  ['app_rate_limited', 'Slack holds events back for a minute; polling finds them'],
  ['slash_command', 'commands are not used'],
]);

/** Turns an event, a press or a form into events, or says why there are none. Never throws. */
export function normaliseSlack(body: unknown): Normalised {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { events: [], reason: 'the body is not an object' };
  }
  const envelope = Envelope.safeParse(body);
  if (!envelope.success) return { events: [], reason: 'no type' };
  const { type } = envelope.data;
  if (type === 'event_callback') return collect([innerEvent(envelope.data.event)]);
  if (type === 'block_actions') return collect(pressedEvents(envelope.data));
  if (type === 'view_submission') return collect([submittedEvent(envelope.data)]);
  return { events: [], reason: REASONS.get(type) ?? notUsed(type) };
}

function innerEvent(raw: unknown): Found {
  const event = SlackEvent.safeParse(raw);
  if (!event.success) return 'no event of a type';
  const reader = EVENTS.get(event.data.type);
  return reader === undefined ? notUsed(event.data.type) : reader(event.data, raw);
}

function notUsed(type: string): string {
  return /^[a-z_.]{1,60}$/.test(type) ? `${type} is not used` : 'a type that is not known';
}

function collect(found: readonly Found[]): Normalised {
  const events = found.filter((one): one is ProjectEvent => typeof one !== 'string');
  if (events.length > 0) return { events };
  return { events: [], reason: found.filter((one) => typeof one === 'string').join('; ') };
}
