import type { JiraSite } from './jira-site.ts';
import type { ChangeItem, Issue, IssueLink, Sprint, Worklog } from './jira-state.ts';
import { LINK_TYPES, nextId } from './jira-state.ts';

/** Work as somebody logs it. */
export interface NewWorklog {
  readonly seconds: number;
  /** When it was done; now unless given. */
  readonly started?: Date;
}

/** Logs work on an issue, which counts as a change of it. */
export function addWorklog(
  site: JiraSite,
  to: { actor: string; issue: Issue },
  given: NewWorklog,
): Worklog {
  const { actor, issue } = to;
  const at = site.now();
  const worklog = {
    id: nextId(site.state),
    author: actor,
    updateAuthor: actor,
    seconds: given.seconds,
    started: given.started ?? at,
    created: at,
    updated: at,
  };
  changed(site, issue, () => issue.worklogs.push(worklog));
  site.announce({ kind: 'worklog', name: 'created', issue, worklog });
  return worklog;
}

/** Corrects logged work. */
export function editWorklog(
  site: JiraSite,
  at: { actor: string; id: string },
  seconds: number,
): Worklog {
  const { issue, worklog } = worklogNamed(site, at.id);
  changed(site, issue, () => {
    Object.assign(worklog, { seconds, updateAuthor: at.actor, updated: site.now() });
  });
  site.announce({ kind: 'worklog', name: 'updated', issue, worklog });
  return worklog;
}

/** Takes logged work back. */
export function deleteWorklog(site: JiraSite, id: string): void {
  const { issue, worklog } = worklogNamed(site, id);
  changed(site, issue, () => {
    issue.worklogs = issue.worklogs.filter((one) => one.id !== id);
  });
  site.announce({ kind: 'worklog', name: 'deleted', issue, worklog });
}

function worklogNamed({ state }: JiraSite, id: string): { issue: Issue; worklog: Worklog } {
  for (const issue of state.issues.values()) {
    const worklog = issue.worklogs.find((one) => one.id === id);
    if (worklog) return { issue, worklog };
  }
  throw new Error(`There is no worklog ${id} on this site.`);
}

function changed(site: JiraSite, issue: Issue, change: () => unknown): void {
  site.index.touch(issue);
  change();
  issue.updated = site.now();
  site.index.note(issue);
}

/** The two ends of a link. */
export interface LinkEnds {
  readonly actor: string;
  readonly source: Issue;
  readonly destination: Issue;
}

/** Links two issues; both get an entry in their history. The same link again changes nothing. */
export function addLink(site: JiraSite, ends: LinkEnds, type: string): void {
  const { source, destination } = ends;
  const kind = LINK_TYPES.find(({ name }) => name === type);
  if (!kind) throw new Error(`There is no link type ${type} on this site.`);
  const { state } = site;
  const isThere = state.links.some(
    (one) => one.type === type && one.source === source.id && one.destination === destination.id,
  );
  if (isThere) return;
  const link = { id: nextId(state), type, source: source.id, destination: destination.id };
  state.links.push(link);
  site.announce({ kind: 'link', name: 'created', link });
  noteLink(site, { actor: ends.actor, issue: source }, [destination.key, kind.outward]);
  noteLink(site, { actor: ends.actor, issue: destination }, [source.key, kind.inward]);
}

function noteLink(
  site: JiraSite,
  on: { actor: string; issue: Issue },
  [key, word]: [string, string],
): void {
  const { actor, issue } = on;
  const item: ChangeItem = {
    field: 'Link',
    fieldtype: 'jira',
    fieldId: 'issuelinks',
    from: null,
    fromString: null,
    to: key,
    toString: `This issue ${word} ${key}`,
  };
  const change = { id: nextId(site.state), author: actor, created: site.now(), items: [item] };
  changed(site, issue, () => issue.changelog.push(change));
  site.announce({ kind: 'issue', name: 'updated', issue, actor, change });
}

/** Takes a link away. */
export function deleteLink(site: JiraSite, link: IssueLink): void {
  site.state.links = site.state.links.filter(({ id }) => id !== link.id);
  site.announce({ kind: 'link', name: 'deleted', link });
}

/** What may change of a sprint. */
export type SprintPatch = Partial<Omit<Sprint, 'id' | 'boardId'>>;

/** Changes a sprint; a new state dates the start or the end unless the patch does. */
export function changeSprint(site: JiraSite, sprint: Sprint, patch: SprintPatch): Sprint {
  const at = site.now().toISOString();
  const isStart = patch.state === 'active' && sprint.state !== 'active';
  const isEnd = patch.state === 'closed' && sprint.state !== 'closed';
  const changedSprint = {
    ...sprint,
    ...(isStart ? { startDate: at } : {}),
    ...(isEnd ? { completeDate: at } : {}),
    ...patch,
  };
  site.state.sprints.set(sprint.id, changedSprint);
  const name = isStart ? 'started' : isEnd ? 'closed' : 'updated';
  site.announce({ kind: 'sprint', name, sprint: changedSprint });
  return changedSprint;
}

/** Adds a future sprint to a board. */
export function addSprint(site: JiraSite, given: { boardId: number; name: string }): Sprint {
  const id = Math.max(0, ...site.state.sprints.keys()) + 1;
  const createdDate = site.now().toISOString();
  const sprint: Sprint = { id, state: 'future', createdDate, ...given };
  site.state.sprints.set(id, sprint);
  site.announce({ kind: 'sprint', name: 'created', sprint });
  return sprint;
}
