import type { Change } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { actorOf, eventOf } from './event-draft.ts';
import type { Found } from './event-draft.ts';
import { pressedKey, submittedKey, threadSubject } from './keys.ts';
import { Act } from './payload.ts';
import type { Envelope } from './payload.ts';
import { millisOf } from './timestamp.ts';

const ACTS = 25;
const VALUE = 3_000;
const META = 3_000;

/** One event for every part of a message or view that was used. */
export function pressedEvents(envelope: Envelope): Found[] {
  const acts = envelope.actions.slice(0, ACTS).flatMap((raw) => {
    const act = Act.safeParse(raw);
    return act.success ? [act.data] : [];
  });
  if (acts.length === 0) return ['no action that can be read'];
  return acts.map((act) => pressed(envelope, act));
}

function pressed(envelope: Envelope, act: Act): Found {
  const { user } = envelope;
  const where = whereOf(envelope);
  if (user === null || where === null) return 'an action without its user or its place';
  const value = cleanText(valueOf(act), VALUE);
  return eventOf({
    channel: where.channel,
    confined: isPrivate(envelope),
    key: pressedKey(where.id, user.id, { id: act.action_id, at: act.action_ts }),
    kind: 'button.pressed',
    subject: where.subject,
    actor: actorOf({ user: user.id, name: user.name ?? user.username }),
    at: millisOf(act.action_ts),
    title: `${user.name ?? user.id} pressed ${act.action_id}`,
    text: value,
    changes: [
      { field: cleanText(act.action_id, 255), from: null, to: value },
      ...triggerOf(envelope),
    ],
  });
}

// What opens a form in answer to this press.
function triggerOf({ trigger_id: trigger }: Envelope): Change[] {
  if (trigger === null || trigger === '') return [];
  return [{ field: 'trigger', from: null, to: cleanText(trigger, 255) }];
}

interface Where {
  readonly id: string;
  readonly channel: string | null;
  readonly subject: string;
}

function whereOf({ channel, container, message, view }: Envelope): Where | null {
  const ts = container?.message_ts ?? message?.ts ?? null;
  if (channel !== null && ts !== null) {
    const thread = container?.thread_ts ?? message?.thread_ts ?? ts;
    return {
      id: `${channel.id}:${ts}`,
      channel: channel.id,
      subject: threadSubject(channel.id, thread),
    };
  }
  const id = view?.id ?? container?.view_id ?? null;
  return id === null ? null : { id, channel: null, subject: `slack:view:${id}` };
}

// Slack writes these words instead of the name where it does not tell the name.
function isPrivate({ channel }: Envelope): boolean {
  if (channel === null) return true;
  const { id, name } = channel;
  if (name === null || !id.startsWith('C')) return true;
  return name === 'privategroup' || name === 'directmessage' || name.startsWith('mpdm-');
}

function valueOf(act: Act): string {
  const chosen = act.selected_options.slice(0, ACTS).map(({ value }) => value);
  return act.value ?? act.selected_option?.value ?? chosen.join(', ');
}

/**
 * The event of a form that was sent, with its callback, its meta and its fields as changes, in that order. Its time is that
 * of the form's last state: Slack gives no other.
 */
export function submittedEvent({ view, user }: Envelope): Found {
  if (view === null || user === null) return 'a form without its id or its user';
  const seconds = /^(\d{9,10})\./.exec(view.hash)?.[1];
  if (seconds === undefined) return 'a form without a time';
  const name = view.callback_id ?? view.id;
  const fields = fieldsOf(view.state?.values);
  const given = { callback: view.callback_id, meta: view.private_metadata };
  const about = Object.entries(given).flatMap(([field, to]): Change[] =>
    to === null || to === '' ? [] : [{ field, from: null, to: cleanText(to, META) }],
  );
  return eventOf({
    channel: null,
    confined: true,
    key: submittedKey(view.id, view.hash),
    kind: 'view.submitted',
    subject: `slack:view:${view.id}`,
    actor: actorOf({ user: user.id, name: user.name ?? user.username }),
    at: Number(seconds) * 1000,
    title: `${user.name ?? user.id} sent ${name}`,
    text: fields.map(({ field, to }) => `${field}: ${to ?? ''}`).join('\n'),
    changes: [...about, ...fields],
  });
}

function fieldsOf(values: unknown): Change[] {
  const inputs = entriesOf(values).flatMap(([, block]) => entriesOf(block));
  return inputs.slice(0, ACTS).flatMap(([field, input]) => {
    const given = Act.pick({ value: true, selected_option: true, selected_options: true });
    const parsed = given.safeParse(input);
    if (!parsed.success) return [];
    const to = cleanText(valueOf({ ...parsed.data, action_id: '', action_ts: '' }), VALUE);
    return [{ field: cleanText(field, 255), from: null, to }];
  });
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).slice(0, ACTS);
}
