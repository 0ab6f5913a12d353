import type { Call } from '../../domain/connector.ts';
import type { Fact } from '../../domain/fact.ts';
import type { Subject } from '../../domain/subject.ts';
import { subjectParts } from '../../domain/subject.ts';
import { IssueId } from './issue-id.ts';
import type { SentrySite, WatchedIssue } from './site.ts';
import type { EventView } from './views.ts';
import { eventView, issueLine, noteViews, stepViews } from './views.ts';

const LATEST = 20;

/** What Sentry knows of an issue, as facts; nothing for any other subject. Throws a `Failure`. */
export async function gatherSentry(
  site: SentrySite,
  subject: Subject,
  call: Call,
): Promise<readonly Fact[]> {
  const { system, kind, id } = subjectParts(subject);
  if (system !== 'sentry' || kind !== 'issue' || !IssueId.safeParse(id).success) return [];
  const issue = await site.issue(id, call);
  const latest = await site.latestEvent(id, call);
  const { url } = issueLine(site.settings, issue);
  return [
    ...fieldFacts(site, issue),
    ...(latest === null ? [] : [eventFact(eventView(latest), url)]),
    ...activityFacts(issue, url),
  ];
}

function fieldFacts(site: SentrySite, issue: WatchedIssue): Fact[] {
  const line = issueLine(site.settings, issue);
  const substatus = line.substatus === null ? '' : ` (${line.substatus})`;
  const assignee = line.assigneeId === null ? 'nobody' : `${line.assignee} (${line.assigneeId})`;
  const release = issue.lastRelease?.version ?? null;
  const lines: readonly (readonly [string, string | null])[] = [
    ['title', line.title],
    ['project', `Project: ${line.project}`],
    ['status', `Status: ${line.status}${substatus}`],
    ['level', line.level === null ? null : `Level: ${line.level}`],
    ['culprit', line.culprit === null ? null : `Where: ${line.culprit}`],
    ['assignee', `Assignee: ${assignee}`],
    ['count', `Occurrences: ${line.events}, users: ${line.users}`],
    ['seen', `First seen ${line.firstSeen}, last seen ${line.lastSeen}`],
    ['release', release === null ? null : `Last release with it: ${release}`],
  ];
  return lines.flatMap(([kind, text]): Fact[] => {
    if (text === null) return [];
    const id = `sentry:issue:${issue.id}#${kind}`;
    return [{ id, kind, text, at: null, author: null, url: line.url }];
  });
}

function eventFact(event: EventView, url: string): Fact {
  const stack = event.exceptions.map(({ name, frames }) => [name, ...frames].join('\n  at '));
  const text = [event.title, ...stack, ...event.tags].join('\n');
  return { id: `sentry:event:${event.id}`, kind: 'event', text, at: event.at, author: null, url };
}

function activityFacts(issue: WatchedIssue, url: string): Fact[] {
  const notes = noteViews(issue.activity).slice(0, LATEST);
  const steps = stepViews(issue.activity).slice(0, LATEST);
  return [
    ...notes.toReversed().map(({ id, text, at, author }): Fact => {
      return { id: `sentry:comment:${id}`, kind: 'comment', text, at, author, url };
    }),
    ...steps.toReversed().map(({ id, type, at, author }): Fact => {
      return {
        id: `sentry:activity:${issue.id}:${id}`,
        kind: 'change',
        text: type,
        at,
        author,
        url,
      };
    }),
  ];
}
