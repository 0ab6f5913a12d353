/*
 * A comment of ours ends with a reference line of Markdown that shows nothing. It tells which action wrote the comment,
 * so that the comment is found again after an answer was lost.
 */

const MARKER_LINE = /^\[\/\/\]:[^\n]*$/gm;

function markerLine(marker: string): string {
  return `[//]: # (pm-agent:${marker})`;
}

/** A text without such lines. */
export function withoutMarkers(text: string): string {
  return text.replace(MARKER_LINE, '').trimEnd();
}

/** A text that ends with the line of an action, and has no other. */
export function withMarker(text: string, marker: string): string {
  return `${withoutMarkers(text)}\n\n${markerLine(marker)}`;
}

/** Whether the last line of a comment is the line of this action. */
export function hasMarker(text: string, marker: string): boolean {
  return text.trimEnd().endsWith(`\n${markerLine(marker)}`);
}
