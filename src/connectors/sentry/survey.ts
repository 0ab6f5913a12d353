import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { AccountRef, ErrorSituation, Situation } from '../../domain/situation.ts';
import type { Subject } from '../../domain/subject.ts';
import { subjectParts } from '../../domain/subject.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { sha256 } from '../../lib/digest.ts';
import { instantOf } from '../../lib/instant.ts';
import { unlessClosed } from '../closed-door.ts';
import { expectShape } from '../rest-shape.ts';
import { errorTitle } from './error-event.ts';
import { IssueId } from './issue-id.ts';
import type { ErrorEvent } from './rest.ts';
import { TagValues } from './rest.ts';
import { issueUrl } from './settings.ts';
import type { SentrySite, WatchedIssue } from './site.ts';
import { issuePath } from './site.ts';
import { suspectsOf } from './suspects.ts';

/**
 * How an error stands; `null` when it is gone, hidden from us or in no watched project, and for any other subject. Four
 * calls. Throws a `Failure`.
 */
export async function surveySentry(
  site: SentrySite,
  subject: Subject,
  call: Call,
): Promise<Situation | null> {
  const { system, kind, id } = subjectParts(subject);
  if (system !== 'sentry' || kind !== 'issue' || !IssueId.safeParse(id).success) return null;
  return unlessClosed<Situation | null>(situationOf(site, id, call), null);
}

async function situationOf(site: SentrySite, id: string, call: Call): Promise<ErrorSituation> {
  const issue = await site.issue(id, call);
  const [latest, environments] = await Promise.all([
    site.latestEvent(id, call),
    environmentsOf(site, id, call),
  ]);
  const seen = [...environments, ...tagsOf(latest)];
  return {
    ...fieldsOf(site, issue),
    production: seen.some((name) => PRODUCTION.has(name.toLowerCase())),
    release: issue.lastRelease?.version ?? latest?.release?.version ?? null,
    suspects: latest === null ? [] : await suspects(site, { issue, latest }, call),
  };
}

const PRODUCTION: ReadonlySet<string> = new Set(['production', 'prod', 'live']);

async function environmentsOf(
  { reader }: SentrySite,
  id: string,
  call: Call,
): Promise<readonly string[]> {
  const path = `${issuePath(reader, id)}tags/environment/`;
  const answer = await unlessClosed(reader.get(path, {}, call), { topValues: [] });
  return expectShape(TagValues, answer).topValues.map(({ value }) => value);
}

function tagsOf(event: ErrorEvent | null): readonly string[] {
  const tags = event?.tags ?? [];
  return tags.filter(({ key }) => key === 'environment').map(({ value }) => value);
}

interface Occurred {
  readonly issue: WatchedIssue;
  readonly latest: ErrorEvent;
}

async function suspects(
  site: SentrySite,
  { issue, latest }: Occurred,
  call: Call,
): Promise<ErrorSituation['suspects']> {
  const at = { project: issue.project.slug, event: latest.eventID };
  const found = await suspectsOf(site, at, call);
  return found.map(({ author, commit }) => ({
    commit: titleOf(commit.id),
    message: titleOf(commit.message ?? ''),
    author: author === null ? null : userOf(author.id, author.name),
  }));
}

function fieldsOf(
  site: SentrySite,
  issue: WatchedIssue,
): Omit<ErrorSituation, 'production' | 'release' | 'suspects'> {
  const created = instantOf(issue.firstSeen);
  if (created === null) throw new Failure('bad-answer', 'The error does not say when it began.');
  const title = errorTitle(issue);
  return {
    kind: 'error',
    subject: `sentry:issue:${issue.id}`,
    name: issue.shortId ?? `#${issue.id}`,
    title: titleOf(title),
    url: issueUrl(site.settings, issue.id, issue.permalink),
    createdAt: iso(created),
    textDigest: sha256(`${title}\n${issue.culprit ?? ''}`),
    // What is archived is not waited for either: it comes back by itself when it gets worse.
    resolved: issue.status === 'resolved' || issue.status === 'ignored',
    regressed: issue.status === 'unresolved' && hasComeBack(issue),
    level: issue.level ?? 'error',
    priority: issue.priority,
    users: numberOf(issue.userCount),
    occurrences: numberOf(issue.count),
    assignee: assigneeOf(issue),
  };
}

// After a week Sentry calls it "ongoing", but its past still tells that it was thought to be solved.
function hasComeBack({ substatus, activity }: WatchedIssue): boolean {
  if (substatus === 'regressed') return true;
  const ends = activity.filter(({ type }) => type === 'set_regression' || RESOLVED.test(type));
  const newest = ends.toSorted((a, b) => (b.dateCreated ?? '').localeCompare(a.dateCreated ?? ''));
  return newest[0]?.type === 'set_regression';
}

const RESOLVED = /^set_resolved/;

function numberOf(count: string | null): number | null {
  return count !== null && /^\d{1,15}$/.test(count) ? Number(count) : null;
}

// A team is nobody in particular.
function assigneeOf({ assignedTo }: WatchedIssue): AccountRef | null {
  return assignedTo?.type === 'user' ? userOf(assignedTo.id, assignedTo.name) : null;
}

// Authors of commits who are no users of Sentry are known by their address alone, which is nobody's id here.
function userOf(id: string | null, name: string | null): AccountRef | null {
  return id === null ? null : { system: 'sentry', id, name: titleOf(name ?? id), bot: false };
}
