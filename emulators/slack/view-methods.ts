import type { SlackCall, SlackMethod } from './slack-call.ts';
import { json, text } from './slack-call.ts';
import { SlackError } from './slack-error.ts';
import type { OpenView, SlackState } from './slack-state.ts';
import { nextId } from './slack-state.ts';

const TRIGGER_MS = 3_000;
const BLOCKS = 100;

const viewsOpen: SlackMethod = {
  scopes: () => [],
  writes: true,
  run: (call) => {
    const { state, now } = call.world;
    const given = viewIn(call);
    const user = exchange(call);
    const hash = `${Math.floor(now().getTime() / 1000)}.a1b2c3d4`;
    const view = { ...given, id: nextId(state, 'V'), team_id: state.team.id, hash };
    state.views.push({ user, view });
    return { view };
  },
};

// A trigger is good for three seconds and for one form (contract section 1.5).
function exchange(call: SlackCall): string {
  const { state, now } = call.world;
  const trigger = state.triggers.get(text(call, 'trigger_id'));
  if (!trigger) throw new SlackError('invalid_trigger_id');
  if (now().getTime() - trigger.at > TRIGGER_MS) throw new SlackError('expired_trigger_id');
  if (trigger.used) throw new SlackError('exchanged_trigger_id');
  trigger.used = true;
  return trigger.user;
}

function viewIn(call: SlackCall): Readonly<Record<string, unknown>> {
  const view = json(call, 'view');
  if (typeof view !== 'object' || view === null) throw invalid('view is missing');
  const fields: Readonly<Record<string, unknown>> = { ...view };
  const { type, title, blocks, callback_id: callback, private_metadata: meta } = fields;
  if (type !== 'modal') throw invalid('only modals are known');
  const words = wordsOf(title);
  if (words.length === 0 || words.length > 24) throw invalid('title has 1 to 24 characters');
  if (!Array.isArray(blocks) || blocks.length > BLOCKS) throw invalid('blocks is a list');
  if (callback !== undefined && sizeOf(callback) > 255) throw invalid('callback_id is too long');
  if (meta !== undefined && sizeOf(meta) > 3_000) throw invalid('private_metadata is too long');
  return fields;
}

function invalid(why: string): SlackError {
  const messages = [`[ERROR] ${why} [json-pointer:/view]`];
  return new SlackError('invalid_arguments', { response_metadata: { messages } });
}

function wordsOf(value: unknown): string {
  const words = field(value, 'text');
  return typeof words === 'string' ? words : '';
}

function sizeOf(value: unknown): number {
  return typeof value === 'string' ? value.length : Infinity;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The form that a user has open and what they send with it; it is closed then. Throws when it cannot be sent. */
export function sendView(
  state: SlackState,
  user: string,
  typed: Readonly<Record<string, string>>,
): { readonly view: object; readonly values: object } {
  const at = state.views.findLastIndex((one) => one.user === user);
  const open = state.views[at];
  if (!open) throw new Error(`${user} has no form open.`);
  const values = typedValues(open.view, typed);
  state.views.splice(at, 1);
  return { view: open.view, values };
}

// What stood in it, with what was typed over it by the id of the field.
function typedValues(
  view: OpenView['view'],
  typed: Readonly<Record<string, string>>,
): Readonly<Record<string, object>> {
  const blocks = Array.isArray(view['blocks']) ? view['blocks'] : [];
  const inputs = blocks.flatMap((block: unknown) => {
    const element = field(block, 'element');
    const action = field(element, 'action_id');
    if (typeof action !== 'string') return [];
    const value = typed[action] ?? field(element, 'initial_value') ?? null;
    if (value === null && field(block, 'optional') !== true) {
      throw new Error(`${action} has to be filled.`);
    }
    const type = field(element, 'type');
    return [{ block: String(field(block, 'block_id')), action, value: { type, value } }];
  });
  const unknown = Object.keys(typed).find((id) => !inputs.some(({ action }) => action === id));
  if (unknown !== undefined) throw new Error(`There is no field ${unknown} in the form.`);
  return Object.fromEntries(inputs.map(({ block, action, value }) => [block, { [action]: value }]));
}

/** `views.*`. */
export const viewMethods: readonly (readonly [string, SlackMethod])[] = [['views.open', viewsOpen]];
