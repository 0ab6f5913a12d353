import { z } from 'zod';
import { cleanText, titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import { assigneeId, errorTitle } from './error-event.ts';
import { withoutMarkers } from './marker.ts';
import type { Activity, ErrorEvent, Exception, Frame, ListedIssue } from './rest.ts';
import type { SentrySettings } from './settings.ts';
import { issueUrl } from './settings.ts';

const TEXT_LIMIT = 4_000;
const FRAMES = 8;
const TAGS = new Set([
  'environment',
  'release',
  'level',
  'handled',
  'transaction',
  'browser',
  'os',
]);

/** An issue in one line. Titles and culprits are text of whoever sent the error. */
export const IssueLine = z.object({
  id: z.string(),
  shortId: z.string().nullable(),
  title: z.string(),
  culprit: z.string().nullable(),
  project: z.string().nullable(),
  level: z.string().nullable(),
  status: z.string().nullable(),
  substatus: z.string().nullable(),
  assignee: z.string().nullable(),
  /** `user:7` or `team:3`. */
  assigneeId: z.string().nullable(),
  events: z.string().nullable(),
  users: z.string().nullable(),
  firstSeen: z.string().nullable(),
  lastSeen: z.string().nullable(),
  url: z.string(),
});
export type IssueLine = z.infer<typeof IssueLine>;

/** A comment in plain words. */
export const NoteView = z.object({
  id: z.string(),
  author: z.string(),
  at: z.string().nullable(),
  text: z.string(),
});
export type NoteView = z.infer<typeof NoteView>;

/** An entry of the activity that is not a comment, e.g. `set_resolved`. */
export const StepView = z.object({
  id: z.string(),
  type: z.string(),
  author: z.string(),
  at: z.string().nullable(),
});
export type StepView = z.infer<typeof StepView>;

/** One occurrence of an error, without what could identify a user of the product. */
export const EventView = z.object({
  id: z.string(),
  at: z.string().nullable(),
  title: z.string(),
  culprit: z.string().nullable(),
  platform: z.string().nullable(),
  release: z.string().nullable(),
  tags: z.array(z.string()),
  /** Exceptions with their innermost frames, innermost first. */
  exceptions: z.array(z.object({ name: z.string(), frames: z.array(z.string()) })),
});
export type EventView = z.infer<typeof EventView>;

/** An issue of REST in one line. */
export function issueLine(settings: SentrySettings, issue: ListedIssue): IssueLine {
  return {
    id: issue.id,
    shortId: short(issue.shortId),
    title: titleOf(errorTitle(issue)),
    culprit: short(issue.culprit),
    project: issue.project?.slug ?? null,
    level: short(issue.level),
    status: short(issue.status),
    substatus: short(issue.substatus),
    assignee: short(issue.assignedTo?.name ?? null),
    assigneeId: assigneeId(issue.assignedTo),
    events: issue.count,
    users: issue.userCount,
    firstSeen: isoOf(issue.firstSeen),
    lastSeen: isoOf(issue.lastSeen),
    url: issueUrl(settings, issue.id, issue.permalink),
  };
}

/** The comments in an activity, newest first. */
export function noteViews(activity: readonly Activity[]): NoteView[] {
  return activity
    .filter(({ type }) => type === 'note')
    .map((note) => ({
      id: note.id,
      author: authorOf(note),
      at: isoOf(note.dateCreated),
      text: clipped(withoutMarkers(note.data?.text ?? '')),
    }));
}

/** What else stands in an activity, newest first. */
export function stepViews(activity: readonly Activity[]): StepView[] {
  return activity
    .filter(({ type }) => type !== 'note')
    .map((step) => ({
      id: step.id,
      type: titleOf(step.type),
      author: authorOf(step),
      at: isoOf(step.dateCreated),
    }));
}

/** An occurrence in plain words. */
export function eventView(event: ErrorEvent): EventView {
  const exceptions = event.entries
    .filter(({ type }) => type === 'exception')
    .flatMap(({ data }) => data?.values ?? []);
  return {
    id: event.eventID,
    at: isoOf(event.dateCreated),
    title: titleOf(event.title ?? event.message ?? ''),
    culprit: short(event.culprit),
    platform: short(event.platform),
    release: short(event.release?.version ?? null),
    tags: event.tags
      .filter(({ key }) => TAGS.has(key))
      .map(({ key, value }) => titleOf(`${key}: ${value}`)),
    exceptions: exceptions.slice(-5).toReversed().map(exceptionView),
  };
}

function exceptionView({ type, value, stacktrace }: Exception): EventView['exceptions'][number] {
  const frames = stacktrace?.frames ?? [];
  const own = frames.filter(({ inApp }) => inApp);
  // Frames come outermost first.
  const shown = (own.length > 0 ? own : frames).slice(-FRAMES).toReversed();
  return { name: titleOf(`${type ?? 'Error'}: ${value ?? ''}`), frames: shown.map(frameLine) };
}

function frameLine(frame: Frame): string {
  const where = frame.filename ?? frame.module ?? '?';
  const line = frame.lineNo === null ? '' : `:${frame.lineNo}`;
  return titleOf(`${frame.function ?? '?'} (${where}${line})`);
}

function authorOf({ user }: Activity): string {
  return titleOf(user?.name ?? user?.id ?? 'Sentry');
}

function short(text: string | null): string | null {
  return text === null || text === '' ? null : titleOf(text);
}

function clipped(text: string): string {
  return text.length > TEXT_LIMIT ? `${cleanText(text, TEXT_LIMIT)} [cut]` : cleanText(text);
}

function isoOf(value: string | null): string | null {
  const at = instantOf(value);
  return at === null ? null : iso(at);
}
