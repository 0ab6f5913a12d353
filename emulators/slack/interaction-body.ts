import type { SlackMessage, SlackState } from './slack-state.ts';
import { nextId, nextTs } from './slack-state.ts';
import { messageBody } from './slack-world.ts';

/**
 * A press on a button of a message, as it is told (contract section 1.5), with a trigger that opens a form. A button that
 * was taken away since can still be pressed by who sees it yet. Throws when there never was such a button.
 */
export function pressBody(
  state: SlackState,
  message: SlackMessage,
  by: { user: string; action: string; now: Date },
): object {
  const button = buttonOf(message, by.action);
  const channel = state.channels.get(message.channel);
  const name = channel?.kind === 'group' ? 'privategroup' : (channel?.name ?? '');
  const user = state.users.get(by.user);
  const thread = message.thread === null ? {} : { thread_ts: message.thread };
  return {
    type: 'block_actions',
    user: { id: by.user, username: user?.name, name: user?.name, team_id: state.team.id },
    api_app_id: state.app,
    token: 'not-used',
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: message.onlyFor !== null,
      ...thread,
    },
    trigger_id: newTrigger(state, by),
    team: { id: state.team.id, domain: state.team.domain },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: message.channel, name: channel?.kind === 'im' ? 'directmessage' : name },
    message: { type: 'message', ...messageBody(state, message) },
    state: { values: {} },
    response_url: 'https://hooks.acme.example/actions/1',
    actions: [{ ...button, block_id: 'b1', action_ts: nextTs(state, by.now) }],
  };
}

function newTrigger(state: SlackState, { user, now }: { user: string; now: Date }): string {
  const trigger = `${nextId(state, '')}.1.a`;
  state.triggers.set(trigger, { user, at: now.getTime(), used: false });
  return trigger;
}

function buttonOf(message: SlackMessage, action: string): object {
  const blocks = message.versions.toReversed().flatMap((version) => version.blocks);
  const elements = blocks.flatMap((block) => {
    const found = field(block, 'elements');
    return Array.isArray(found) ? found.map((one: unknown) => one) : [];
  });
  const button = elements.find((one) => field(one, 'action_id') === action);
  if (typeof button !== 'object' || button === null) {
    throw new Error(`There is no button ${action} under ${message.ts}.`);
  }
  return button;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** A form that was sent. */
export function submitBody(
  state: SlackState,
  view: object,
  by: { user: string; values: object },
): object {
  const user = state.users.get(by.user);
  return {
    type: 'view_submission',
    team: { id: state.team.id, domain: state.team.domain },
    user: { id: by.user, username: user?.name, name: user?.name, team_id: state.team.id },
    api_app_id: state.app,
    trigger_id: `${nextId(state, '')}.1.b`,
    view: { ...view, state: { values: by.values } },
    response_urls: [],
  };
}
