import { z } from 'zod';
import type { Effect, Operation, WriteCall, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { expectShape } from '../rest-shape.ts';
import { cleaned, escapeText } from './blocks.ts';
import { OpenedView } from './rest.ts';
import type { WriteAccess } from './sent-message.ts';

/** Names that stand beside the fields of a form that was sent. */
const TAKEN: ReadonlySet<string> = new Set(['callback', 'meta', 'trigger']);

const Field = z.object({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9._-]{0,79}$/)
    .refine((id) => !TAKEN.has(id), 'that name is taken'),
  label: z.string().min(1).max(150),
  /** What stands in it already. */
  value: z.string().max(3_000).optional(),
  multiline: z.boolean().optional(),
});

const Form = z.object({
  /** Of the press that it answers; good for three seconds and for one form. */
  trigger: z.string().min(1).max(255),
  callback: z.string().regex(/^[a-z][a-z0-9._-]{0,99}$/),
  title: z.string().regex(/^[^<>&]{1,24}$/),
  fields: z
    .array(Field)
    .min(1)
    .max(10)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two fields of one id'),
  /** Comes back with the form, unseen. */
  meta: z.string().max(3_000),
});
type Form = z.infer<typeof Form>;

/** `slack.open-form`: a form for whoever pressed a button. A trigger opens one form, so there is nothing to find again. */
export function openForm(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Form> = {
    name: 'slack.open-form',
    summary: 'Open a small form for the person who has just pressed a button.',
    effect: 'write',
    internal: true,
    input: Form,
    preview: ({ callback, title }) => `Open the form ${callback}: ${cleaned(title)}`,
    target: ({ callback }) => `slack:view:${callback}`,
    reaches: () => ({ audience: 'thread', system: 'slack', id: null }),
    words: ({ title, fields }) =>
      [title, ...fields.flatMap(({ label, value }) => [label, value ?? ''])].join('\n'),
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({ ...declared, write: { run: (form, call) => open(access, form, call) } });
}

async function open({ writer }: WriteAccess, form: Form, call: WriteCall): Promise<Effect> {
  const args = { trigger_id: form.trigger, view: viewOf(form) };
  const { view } = expectShape(OpenedView, await writer.write('views.open', args, call));
  return { id: view.id, url: null };
}

function viewOf({ callback, title, fields, meta }: Form): object {
  return {
    type: 'modal',
    callback_id: callback,
    private_metadata: meta,
    title: plain(title),
    submit: plain('Send'),
    close: plain('Cancel'),
    blocks: fields.map(({ id, label, value, multiline }) => ({
      type: 'input',
      block_id: id,
      label: plain(label),
      element: {
        type: 'plain_text_input',
        action_id: id,
        multiline: multiline === true,
        // What is typed is not markup, so what stands there already is shown as it is.
        ...(value === undefined || value === '' ? {} : { initial_value: cleaned(value) }),
      },
    })),
  };
}

function plain(text: string): object {
  return { type: 'plain_text', text: escapeText(text), emoji: false };
}
