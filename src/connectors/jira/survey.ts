import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { IssueSituation, Situation } from '../../domain/situation.ts';
import type { Subject } from '../../domain/subject.ts';
import { subjectParts } from '../../domain/subject.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { sha256 } from '../../lib/digest.ts';
import { instantOf } from '../../lib/instant.ts';
import { unlessClosed } from '../closed-door.ts';
import { expectShape } from '../rest-shape.ts';
import { adfToText } from './adf.ts';
import { IssueKey, requireWatched } from './issue-key.ts';
import { linkedSince } from './link-changes.ts';
import type { Worklog } from './payload.ts';
import { historiesOf } from './poll-issue.ts';
import type { History, RestComment, RestIssue, RestLink } from './rest.ts';
import { CommentPage, RestIssue as IssueShape, WorklogPage } from './rest.ts';
import { browseUrl } from './settings.ts';
import type { JiraSite, SpecialFields } from './site.ts';
import { currentSprint } from './sprint-value.ts';
import { accountOf, changesIn, stepsIn } from './survey-history.ts';

const FIELDS =
  'summary,description,status,priority,assignee,reporter,created,duedate,issuelinks,worklog';
const LATEST = 100;

/**
 * How an issue stands; `null` when it is gone, hidden from us or in no watched project, and for any other subject. Two calls,
 * one more for each hundred entries of a long history and for a long list of work. Throws a `Failure`.
 */
export async function surveyJira(
  site: JiraSite,
  subject: Subject,
  call: Call,
): Promise<Situation | null> {
  const { system, kind, id } = subjectParts(subject);
  if (system !== 'jira' || kind !== 'issue' || !IssueKey.safeParse(id).success) return null;
  return unlessClosed<Situation | null>(situationOf(site, id, call), null);
}

async function situationOf(site: JiraSite, key: string, call: Call): Promise<IssueSituation> {
  requireWatched(key, site.settings.projects);
  const special = await site.specialFields(call);
  const names = [FIELDS, special.sprint, special.flag].filter((name) => name !== null).join(',');
  const query = { fields: names, expand: 'changelog' };
  const answer = await site.reader.get(`/rest/api/3/issue/${key}`, query, call);
  const issue = expectShape(IssueShape, answer);
  // An issue that was moved answers to its old key too.
  requireWatched(issue.key, site.settings.projects);
  const [histories, comments, worklogs] = await Promise.all([
    historiesOf(site.reader, { issue, from: 0 }, call),
    latestComments(site, issue, call),
    latestWork(site, issue, call),
  ]);
  return {
    ...fieldsOf(site, issue, special),
    ...linksOf(issue, histories),
    changes: changesIn({ histories, comments, worklogs, flag: special.flag }),
    steps: stepsIn({ histories, comments, worklogs, flag: special.flag }),
  };
}

async function latestComments(
  { reader }: JiraSite,
  { id }: RestIssue,
  call: Call,
): Promise<readonly RestComment[]> {
  const query = { orderBy: '-created', startAt: 0, maxResults: LATEST };
  const answer = await reader.get(`/rest/api/3/issue/${id}/comment`, query, call);
  return expectShape(CommentPage, answer).comments;
}

// The issue brings the oldest of its worklogs.
async function latestWork(
  { reader }: JiraSite,
  { id, fields }: RestIssue,
  call: Call,
): Promise<readonly Worklog[]> {
  const { worklogs, total } = fields.worklog ?? { worklogs: [], total: 0 };
  if (worklogs.length >= total) return worklogs;
  const query = { startAt: Math.max(0, total - LATEST), maxResults: LATEST };
  const answer = await reader.get(`/rest/api/3/issue/${id}/worklog`, query, call);
  return expectShape(WorklogPage, answer).worklogs;
}

type Fields = Omit<IssueSituation, 'changes' | 'steps' | 'blockedBy' | 'blocks'>;

function fieldsOf(site: JiraSite, issue: RestIssue, { sprint, flag }: SpecialFields): Fields {
  const { fields, key } = issue;
  const created = instantOf(fields.created);
  if (created === null) throw new Failure('bad-answer', 'The issue does not say when it was made.');
  return {
    kind: 'issue',
    subject: `jira:issue:${key}`,
    name: key,
    title: titleOf(fields.summary ?? ''),
    url: browseUrl(site.settings, key),
    createdAt: iso(created),
    textDigest: sha256(`${fields.summary ?? ''}\n${wholeText(fields.description)}`),
    status: fields.status?.name ?? 'unknown',
    category: CATEGORIES.get(fields.status?.statusCategory?.key ?? '') ?? 'todo',
    priority: fields.priority?.name ?? null,
    assignee: fields.assignee === null ? null : accountOf(fields.assignee),
    reporter: fields.reporter === null ? null : accountOf(fields.reporter),
    flagged: flag !== null && isSet(fields[flag]),
    sprint: sprint === null ? null : sprintOf(fields[sprint]),
    dueDate: fields.duedate,
  };
}

const CATEGORIES: ReadonlyMap<string, IssueSituation['category']> = new Map([
  ['new', 'todo'],
  ['indeterminate', 'in_progress'],
  ['done', 'done'],
]);

const WHOLE = { nodes: 200_000, characters: 200_000 };

// More than is ever shown, so that a change far down is seen too.
function wholeText(description: unknown): string {
  return typeof description === 'string' ? description : adfToText(description, WHOLE);
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

const STATES: readonly NonNullable<IssueSituation['sprint']>['state'][] = [
  'active',
  'future',
  'closed',
];

function sprintOf(value: unknown): IssueSituation['sprint'] {
  const found = currentSprint(value);
  if (found === null) return null;
  const { id, name, startDate, endDate } = found;
  const state = STATES.find((one) => one === found.state);
  if (id === null || state === undefined) return null;
  return { id, name: titleOf(name), state, startsAt: isoOf(startDate), endsAt: isoOf(endDate) };
}

function isoOf(moment: string | null): string | null {
  const at = instantOf(moment);
  return at === null ? null : iso(at);
}

function linksOf(
  { fields }: RestIssue,
  histories: readonly History[],
): Pick<IssueSituation, 'blockedBy' | 'blocks'> {
  const links = fields.issuelinks.filter(isBlocking);
  return {
    blockedBy: links.flatMap((link) => {
      const since = linkedSince(link, histories);
      const at = since === null ? null : iso(since);
      return endOf(link.inwardIssue).map((end) => ({ ...end, since: at }));
    }),
    blocks: links.flatMap((link) => endOf(link.outwardIssue)),
  };
}

// A site may rename the type; the words of the direction then still say what it is.
function isBlocking({ type }: RestLink): boolean {
  return type?.name?.toLowerCase() === 'blocks' || type?.inward?.toLowerCase() === 'is blocked by';
}

function endOf(end: RestLink['inwardIssue']): { subject: string; done: boolean }[] {
  if (end === null) return [];
  const done = end.fields?.status?.statusCategory?.key === 'done';
  return [{ subject: `jira:issue:${end.key}`, done }];
}
