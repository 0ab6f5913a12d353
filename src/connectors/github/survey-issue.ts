import type { Call } from '../../domain/connector.ts';
import type { IssueSituation, StepKind } from '../../domain/situation.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { sha256 } from '../../lib/digest.ts';
import { timelineOf } from './lists.ts';
import type { Place } from './place.ts';
import type { RestIssue } from './rest.ts';
import type { GithubSite } from './site.ts';
import { createdAt } from './survey-pull.ts';
import type { Dated } from './survey-timeline.ts';
import { accountOf, datedEntries } from './survey-timeline.ts';

const BLOCKED = /^(?:status[:/ ]+)?blocked$/i;
const WORKING = /^(?:status[:/ ]+)?(?:in[ -]?progress|doing|wip)$/i;
const PRIORITY = /^(?:priority[:/ -]+(\S.*)|(p[0-4]))$/i;

/**
 * How an issue stands, in two calls; more where its time line is long. An issue of GitHub is open or closed: what it says
 * beyond that (blocked, in progress, a priority) are labels of those names. `null` for a pull request. Throws a `Failure`.
 */
export async function surveyIssue(
  site: GithubSite,
  place: Place,
  call: Call,
): Promise<IssueSituation | null> {
  const issue = await site.issue(place.repo, place.number, call);
  if (issue.pull_request !== undefined && issue.pull_request !== null) return null;
  const line = datedEntries(await timelineOf(site, place, call));
  const isClosed = issue.state === 'closed';
  const isWorkedOn = issue.labels.some((label) => WORKING.test(label));
  const [assignee] = issue.assignees;
  const { repo, number } = place;
  return {
    kind: 'issue',
    subject: `github:issue:${repo}#${number}`,
    name: `${repo.split('/').at(-1) ?? repo}#${number}`,
    title: titleOf(issue.title ?? ''),
    url: issue.html_url,
    createdAt: createdAt(issue.created_at),
    textDigest: sha256(`${issue.title ?? ''}\n${issue.body ?? ''}`),
    status: issue.state ?? 'open',
    category: isClosed ? 'done' : isWorkedOn ? 'in_progress' : 'todo',
    priority: priorityOf(issue),
    assignee: assignee === undefined ? null : accountOf({ ...assignee, name: null, type: null }),
    reporter: accountOf(issue.user),
    flagged: issue.labels.some((label) => BLOCKED.test(label)),
    changes: changesIn(line),
    steps: stepsIn(line),
    blockedBy: [],
    blocks: [],
    sprint: null,
    dueDate: issue.milestone?.due_on?.slice(0, 10) ?? null,
  };
}

function priorityOf({ labels }: RestIssue): string | null {
  const [found] = labels.flatMap((label) => {
    const [, named, short] = PRIORITY.exec(label) ?? [];
    return named ?? short ?? [];
  });
  return found ?? null;
}

function changesIn(line: readonly Dated[]): IssueSituation['changes'] {
  return line.flatMap(({ entry, at }): IssueSituation['changes'] => {
    const about = { at: iso(at), by: accountOf(entry.actor) };
    if (entry.event === 'closed')
      return [{ ...about, field: 'status', from: 'open', to: 'closed' }];
    if (entry.event === 'reopened') {
      return [{ ...about, field: 'status', from: 'closed', to: 'open' }];
    }
    const label = entry.label?.name ?? '';
    if (!BLOCKED.test(label)) return [];
    if (entry.event === 'labeled') return [{ ...about, field: 'flag', from: null, to: label }];
    if (entry.event === 'unlabeled') return [{ ...about, field: 'flag', from: label, to: null }];
    return [];
  });
}

const KINDS: ReadonlyMap<string, StepKind> = new Map([
  ['closed', 'status'],
  ['reopened', 'status'],
  ['assigned', 'assignee'],
  ['unassigned', 'assignee'],
  ['commented', 'comment'],
  ['referenced', 'commit'],
]);

function stepsIn(line: readonly Dated[]): IssueSituation['steps'] {
  return line.map(({ entry, at }) => ({
    at: iso(at),
    by: accountOf(entry.user ?? entry.actor),
    kind: KINDS.get(entry.event) ?? 'other',
  }));
}
