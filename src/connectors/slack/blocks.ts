import { z } from 'zod';

const SECTION = 3_000;
const BLOCKS = 50;
/** Of so many characters no more than 40,000 are left once they are escaped, which is all that Slack takes. */
const FALLBACK = 8_000;

/** A button under a message. `id` comes back as the action when it is pressed, with `value`. */
export const Button = z.object({
  id: z.string().min(1).max(255),
  label: z.string().min(1).max(75),
  style: z.enum(['primary', 'danger']).optional(),
  value: z.string().max(2_000).optional(),
});
export type Button = z.infer<typeof Button>;

/** Up to five buttons, each with an id of its own. */
export const Buttons = z
  .array(Button)
  .max(5)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two buttons of one id')
  .optional();

// Controls, and marks that turn the direction of writing around, show a text other than it is.
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Text that Slack shows as it is: nothing in it can mention, link or call anybody. Linear in the length.
 */
export function escapeText(text: string): string {
  return cleaned(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Text without what cannot be seen. Empty when nothing would be shown. */
export function cleaned(text: string): string {
  return text.toWellFormed().replace(UNSEEN, '');
}

/** All words of a message that people read: the text, then what stands on the buttons. */
export function shownWords(message: {
  readonly text: string;
  readonly buttons?: readonly Button[] | undefined;
}): string {
  return [message.text, ...(message.buttons ?? []).map(({ label }) => label)].join('\n');
}

/** What `chat.postMessage` is given for a plain text: the words for notifications, and the blocks that are shown. */
export interface Rendered {
  readonly text: string;
  readonly blocks: readonly object[];
}

/** A plain text with its buttons. Sections are of type `plain_text`, which knows no bold, no links and no mentions. */
export function renderMessage(text: string, buttons: readonly Button[] = []): Rendered {
  const sections = pieces(cleaned(text).slice(0, SECTION * BLOCKS)).map((piece) => ({
    type: 'section',
    text: { type: 'plain_text', text: escapeText(piece), emoji: false },
  }));
  const room = BLOCKS - (buttons.length === 0 ? 0 : 1);
  const actions = buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons.map(button) }];
  return {
    text: escapeText(text.slice(0, FALLBACK)),
    blocks: [...sections.slice(0, room), ...actions],
  };
}

function button({ id, label, style, value }: Button): object {
  return {
    type: 'button',
    action_id: id,
    text: { type: 'plain_text', text: escapeText(label).slice(0, 75), emoji: false },
    ...(style === undefined ? {} : { style }),
    ...(value === undefined ? {} : { value }),
  };
}

const GROWTH = new Map([
  ['&', 5],
  ['<', 4],
  ['>', 4],
]);

/** Cut so that each piece fits a section once it is escaped; never within a character or an entity. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let piece = '';
  let size = 0;
  for (const character of text) {
    const grown = GROWTH.get(character) ?? character.length;
    if (size + grown > SECTION) {
      found.push(piece);
      piece = '';
      size = 0;
    }
    piece += character;
    size += grown;
  }
  return piece.trim() === '' ? found : [...found, piece];
}
