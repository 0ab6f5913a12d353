/*
 * A comment of ours ends with a reference line of Markdown that is not shown to anybody. It tells which action wrote the
 * comment, so that the comment is found again after an answer was lost.
 */

const MARKER_LINE = /^\[\/\/\]:[^\n]*$/gm;

/** The invisible line of an action. */
function markerLine(marker: string): string {
  return `[//]: # (pm-agent:${marker})`;
}

/** A text without invisible lines. */
export function withoutMarkers(text: string): string {
  return text.replace(MARKER_LINE, '').trimEnd();
}

/** A text that ends with the invisible line of an action, and has no other. */
export function withMarker(text: string, marker: string): string {
  return `${withoutMarkers(text)}\n\n${markerLine(marker)}`;
}

const LAST_LINE = /\n\[\/\/\]: # \(pm-agent:([^()\n]{1,80})\)$/;

/** The action whose invisible line ends a comment; `null` when none does. */
export function markerIn(text: string): string | null {
  return LAST_LINE.exec(text.trimEnd())?.[1] ?? null;
}
