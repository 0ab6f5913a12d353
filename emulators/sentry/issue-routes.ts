import type { EmulatorReply } from '../http/emulator-server.ts';
import type { SentryCall, SentryRoute } from './sentry-call.ts';
import { issueOf, paged } from './sentry-call.ts';
import { notFound, SentryError } from './sentry-error.ts';
import {
  activityShape,
  eventShape,
  issueShape,
  listedShape,
  occurrenceShape,
  tagShape,
  wholeShape,
} from './sentry-shapes.ts';
import type { Issue, IssueRow, Occurrence } from './sentry-state.ts';

const ISSUE = '/organizations/:org/issues/:issue/';
const HOUR_MS = 3_600_000;

/** Issues, their occurrences and their comments. */
export const issueRoutes: readonly SentryRoute[] = [
  { method: 'GET', pattern: '/organizations/:org/issues/', scope: 'event:read', run: listIssues },
  { method: 'GET', pattern: ISSUE, scope: 'event:read', run: getIssue },
  { method: 'PUT', pattern: ISSUE, scope: 'event:write', run: putIssue, writes: true },
  { method: 'GET', pattern: `${ISSUE}events/`, scope: 'event:read', run: listEvents },
  { method: 'GET', pattern: `${ISSUE}events/:event/`, scope: 'event:read', run: getEvent },
  { method: 'GET', pattern: `${ISSUE}tags/:key/`, scope: 'event:read', run: getTag },
  { method: 'GET', pattern: `${ISSUE}notes/`, scope: 'event:read', run: listNotes },
  { method: 'POST', pattern: `${ISSUE}notes/`, scope: 'event:write', run: addNote, writes: true },
];

function getIssue(call: SentryCall): EmulatorReply {
  return { status: 200, json: wholeShape(call.view, issueOf(call)) };
}

function listIssues(call: SentryCall): EmulatorReply {
  const { query, site, view } = call;
  if (call.params['org'] !== site.state.organization) throw notFound();
  const wanted = new Set(projectsIn(call));
  const { from, to } = spanOf(call);
  const terms = (query.get('query') ?? 'is:unresolved').split(/\s+/).filter((term) => term !== '');
  const rows = [...site.state.issues.values()]
    .flatMap((issue) => indexedRow(issue, call.indexedUntil) ?? [])
    .filter((row) => wanted.has(row.project))
    .filter(({ lastSeen }) => lastSeen.getTime() >= from && lastSeen.getTime() <= to)
    .filter((row) => terms.every((term) => matches(row, term)))
    .toSorted(orderOf(query.get('sort') ?? 'date'));
  return paged(
    call,
    rows.map((row) => listedShape(view, row)),
  );
}

/** The version of an issue that a list shows by now. */
function indexedRow({ rows }: Issue, until: number): IssueRow | undefined {
  return rows.findLast(({ since }) => since <= until)?.row;
}

function projectsIn({ query, site }: SentryCall): string[] {
  const all = [...site.state.projects.values()];
  const ids = query.getAll('project');
  if (ids.length === 0 || ids.includes('-1')) return all.map(({ slug }) => slug);
  return ids.map((id) => {
    if (!/^\d+$/.test(id)) {
      throw new SentryError(400, 'Invalid project parameter. Values must be numbers.');
    }
    const project = all.find((one) => one.id === id);
    if (!project) throw new SentryError(403, 'You do not have permission to perform this action.');
    return project.slug;
  });
}

const UNITS = new Map([
  ['m', 60_000],
  ['h', HOUR_MS],
  ['d', 24 * HOUR_MS],
  ['w', 168 * HOUR_MS],
]);

function spanOf({ query, site }: SentryCall): { from: number; to: number } {
  const period = query.get('statsPeriod');
  const now = site.now().getTime();
  if (period === null) {
    const start = Date.parse(query.get('start') ?? '');
    const end = Date.parse(query.get('end') ?? '');
    return { from: Number.isNaN(start) ? 0 : start, to: Number.isNaN(end) ? Infinity : end };
  }
  const unit = UNITS.get(period.slice(-1));
  if (unit === undefined || !/^\d+.$/.test(period)) {
    throw new SentryError(400, `Invalid statsPeriod: '${period}'`);
  }
  return { from: now - Number(period.slice(0, -1)) * unit, to: Infinity };
}

function matches(row: IssueRow, term: string): boolean {
  const [name, value = ''] = term.split(':');
  if (name === 'is') return value === row.status || value === row.substatus;
  if (name === 'level') return value === row.level;
  if (name === 'project') return value === row.project;
  return row.title.toLowerCase().includes(term.toLowerCase());
}

function orderOf(sort: string): (a: IssueRow, b: IssueRow) => number {
  switch (sort) {
    case 'date':
      return (a, b) => b.lastSeen.getTime() - a.lastSeen.getTime();
    case 'new':
      return (a, b) => b.firstSeen.getTime() - a.firstSeen.getTime();
    case 'freq':
      return (a, b) => b.count - a.count;
    case 'user':
      return () => 0;
    default:
      throw new SentryError(400, { sort: [`"${sort}" is not a valid choice.`] });
  }
}

function listEvents(call: SentryCall): EmulatorReply {
  const issue = issueOf(call);
  const { from, to } = spanOf(call);
  const found = issue.occurrences
    .filter(({ at }) => at.getTime() >= from && at.getTime() <= Math.min(to, call.indexedUntil))
    .toReversed();
  return paged(
    call,
    found.map((one) => occurrenceShape(call.view, issue, one)),
  );
}

function getEvent(call: SentryCall): EmulatorReply {
  const issue = issueOf(call);
  const occurrence = occurrenceNamed(issue, call.params['event'] ?? '');
  if (!occurrence) throw new SentryError(404, 'No matching event');
  return { status: 200, json: eventShape(call.view, issue, occurrence) };
}

function occurrenceNamed({ occurrences }: Issue, name: string): Occurrence | undefined {
  if (name === 'latest' || name === 'recommended') return occurrences.at(-1);
  return name === 'oldest' ? occurrences[0] : occurrences.find(({ id }) => id === name);
}

function getTag(call: SentryCall): EmulatorReply {
  return { status: 200, json: tagShape(issueOf(call), call.params['key'] ?? '') };
}

function listNotes(call: SentryCall): EmulatorReply {
  const notes = issueOf(call).activity.filter(({ type }) => type === 'note');
  return paged(
    call,
    notes.toReversed().map((note) => activityShape(call.view, note)),
  );
}

function addNote(call: SentryCall): EmulatorReply {
  const issue = issueOf(call);
  const { text } = call.body;
  if (typeof text !== 'string' || text === '') {
    throw new SentryError(400, { text: ['This field is required.'] });
  }
  const since = call.site.now().getTime() - HOUR_MS;
  const isRepeated = issue.activity.some(({ user, data, dateCreated }) => {
    return user === call.account.id && data['text'] === text && dateCreated.getTime() >= since;
  });
  if (isRepeated) throw new SentryError(400, 'You have already posted that comment.');
  const comment = call.site.comment(issue, call.account.id, text);
  return { status: 201, json: activityShape(call.view, comment) };
}

function putIssue(call: SentryCall): EmulatorReply {
  const issue = issueOf(call);
  const { status, assignedTo } = call.body;
  if (assignedTo !== undefined) {
    call.site.assign(issue, call.account.id, assigneeIn(call, assignedTo));
  }
  if (status !== undefined) setStatus(call, issue, status);
  return { status: 200, json: issueShape(call.view, issue.row) };
}

function assigneeIn({ site }: SentryCall, value: unknown): string | null {
  if (value === '' || value === null) return null;
  const actor = typeof value === 'string' ? value : '';
  const [type, id = ''] = actor.split(':');
  const isKnown = type === 'team' ? site.state.teams.has(id) : site.state.people.has(id);
  if (!isKnown) {
    throw new SentryError(400, { assignedTo: ['Unable to resolve actor identifier'] });
  }
  return actor;
}

function setStatus({ site, account }: SentryCall, issue: Issue, status: unknown): void {
  const by = account.id;
  if (status === 'resolved' || status === 'resolvedInNextRelease') {
    const isLater = status !== 'resolved';
    site.act(issue, {
      by,
      patch: {
        status: 'resolved',
        substatus: null,
        statusDetails: isLater ? { inNextRelease: true } : {},
      },
      type: isLater ? 'set_resolved_in_release' : 'set_resolved',
      action: 'resolved',
    });
    return;
  }
  throw new SentryError(400, { status: [`${JSON.stringify(status)} is not a valid choice.`] });
}
