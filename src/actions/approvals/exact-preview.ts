import type { Operation } from '../../domain/connector.ts';

/** The bytes that an approval is about. */
export interface ExactAction {
  readonly operation: string;
  readonly subject: string;
  readonly input: Readonly<Record<string, unknown>>;
}

// All that a reader does not see: controls, formats, unassigned and private signs, odd blanks, fillers.
const UNSEEN = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;
// A text that looks like one of our signs would be taken for what it is not.
const OUR_SIGN = /\\(?=u\{)/g;
const LONG_GAP = /(?<! ) {5,}/g;
const BLANK_LINES = 3;

/**
 * Exactly what would be done, for people: operation, target and every field in full. What cannot be seen is written as
 * `\u{...}`, and gaps that could push a part out of sight are counted instead of shown.
 */
export function exactPreview(action: ExactAction, operation?: Operation): string {
  const fields = Object.entries(action.input).flatMap(([name, value]) => fieldLines(name, value));
  return [visible(action.operation), `on ${targetOf(action, operation)}`, ...fields].join('\n');
}

/** Text of one line in which everything can be seen. */
export function visible(text: string): string {
  return text
    .replace(OUR_SIGN, '\\u{5c}')
    .replace(UNSEEN, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(LONG_GAP, (gap) => `\\u{20}x${gap.length}`);
}

function targetOf({ subject, input }: ExactAction, operation: Operation | undefined): string {
  if (operation === undefined || operation.effect === 'read') return visible(subject);
  const parsed = operation.input.safeParse(input);
  return visible(parsed.success ? operation.target(parsed.data) : subject);
}

function fieldLines(name: string, value: unknown): string[] {
  if (typeof value === 'string') return textLines(visible(name), value);
  if (typeof value !== 'object' || value === null) return [`${visible(name)}: ${String(value)}`];
  const entries = Object.entries(value);
  if (entries.length === 0) return [`${visible(name)}: ${Array.isArray(value) ? '[]' : '{}'}`];
  const isList = Array.isArray(value);
  return entries.flatMap(([key, part]) =>
    fieldLines(isList ? `${name}[${key}]` : `${name}.${key}`, part),
  );
}

/** Several lines stand behind a bar each, so that no text can look like another field. */
function textLines(name: string, text: string): string[] {
  if (!text.includes('\n')) return [`${name}: ${visible(text)}`];
  return [`${name}:`, ...collapsed(text.split('\n').map(visible))];
}

function collapsed(lines: readonly string[]): string[] {
  const shown: string[] = [];
  let blank = 0;
  for (const line of [...lines, null]) {
    if (line !== null && line.trim() === '') {
      blank += 1;
      continue;
    }
    const gap = Array.from({ length: blank }, () => '  |');
    shown.push(...(blank > BLANK_LINES ? [`  (${blank} blank lines)`] : gap));
    blank = 0;
    if (line !== null) shown.push(`  | ${line}`);
  }
  return shown;
}
