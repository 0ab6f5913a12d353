import { createHash } from 'node:crypto';
import type { Entry, GithubState, Issue, Pull, Repo } from './github-state.ts';
import { nextId } from './github-state.ts';
import { issueShape, labelShape, pullShape } from './issue-shapes.ts';
import type { View } from './people-shapes.ts';
import { repoShape, userShape } from './people-shapes.ts';

/** Something that hooks are told of. */
export interface Announcement {
  readonly event: string;
  readonly repo: Repo;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The parts that every action works with. */
export interface Site {
  readonly view: () => View;
  readonly state: GithubState;
  readonly now: () => Date;
  readonly announce: (announcement: Announcement) => void;
}

/** Where something happens. */
export interface Place {
  readonly repo: Repo;
  readonly issue: Issue;
}

/** A place that is a pull request. */
export interface PullPlace {
  readonly repo: Repo;
  readonly issue: Issue & { readonly pull: Pull };
}

/** A commit id that is the same for the same words. */
export function shaOf(...words: readonly unknown[]): string {
  return createHash('sha1').update(words.join(':')).digest('hex');
}

/** Tells the hooks of a repository. */
export function tell(
  site: Site,
  repo: Repo,
  given: { event: string; by: string; body: object },
): void {
  const view = site.view();
  const body = {
    ...given.body,
    repository: repoShape(view, repo),
    sender: userShape(view, given.by),
  };
  site.announce({ event: given.event, repo, body });
}

/** Tells of an issue or pull request under its own event. */
export function tellItem(
  site: Site,
  place: Place,
  given: { action: string; by: string; more?: object },
): void {
  const { repo, issue } = place;
  const { action, by, more = {} } = given;
  const view = site.view();
  if (isPull(issue)) {
    const body = {
      action,
      number: issue.number,
      pull_request: pullShape(view, repo, issue),
      ...more,
    };
    tell(site, repo, { event: 'pull_request', by, body });
    return;
  }
  const body = { action, issue: issueShape(view, repo, issue), ...more };
  tell(site, repo, { event: 'issues', by, body });
}

export function isPull(issue: Issue): issue is Issue & { readonly pull: Pull } {
  return issue.pull !== null;
}

/** Writes down what happened, and when: the object and its time line agree about the moment. */
export function note(site: Site, issue: Issue, entry: Omit<Entry, 'id' | 'at'>): Date {
  const at = site.now();
  issue.updated = at;
  issue.timeline.push({ id: nextId(site.state), at, ...entry });
  return at;
}

/** What a new issue is made of. */
export interface NewIssue {
  readonly title: string;
  readonly body?: string;
}

/** What a new pull request is made of. */
export interface NewPull extends NewIssue {
  readonly branch: string;
  readonly draft?: boolean;
  readonly message?: string;
}

export function openIssue(site: Site, repo: Repo, given: NewIssue & { author: string }): Issue {
  const issue = newIssue(site, repo, { ...given, pull: null });
  tellItem(site, { repo, issue }, { action: 'opened', by: given.author });
  return issue;
}

export function openPull(site: Site, repo: Repo, given: NewPull & { author: string }): Issue {
  const at = site.now();
  const { author, branch, draft = false, message = given.title } = given;
  const pull: Pull = {
    id: nextId(site.state),
    branch,
    base: repo.defaultBranch,
    commits: [{ sha: shaOf(repo.id, branch, 0), message, author, at }],
    reviewers: [],
    reviews: [],
    lineComments: [],
    draft,
    merged: null,
    mergedBy: null,
  };
  const issue = newIssue(site, repo, { ...given, pull });
  tellItem(site, { repo, issue }, { action: 'opened', by: author });
  return issue;
}

function newIssue(
  site: Site,
  repo: Repo,
  given: NewIssue & { author: string; pull: Pull | null },
): Issue {
  const at = site.now();
  const issue: Issue = {
    id: nextId(site.state),
    number: repo.issues.size + 1,
    author: given.author,
    created: at,
    updated: at,
    closed: null,
    state: 'open',
    title: given.title,
    body: given.body ?? null,
    pull: given.pull,
    labels: [],
    assignees: [],
    timeline: [],
    comments: [],
  };
  repo.issues.set(issue.number, issue);
  return issue;
}

export function close(site: Site, place: Place, by: string): void {
  const at = note(site, place.issue, { event: 'closed', actor: by });
  Object.assign(place.issue, { state: 'closed', closed: at });
  tellItem(site, place, { action: 'closed', by });
}

export function merge(site: Site, place: PullPlace, by: string): void {
  const { issue } = place;
  const at = note(site, issue, { event: 'merged', actor: by });
  note(site, issue, { event: 'closed', actor: by });
  Object.assign(issue, { state: 'closed', closed: at, updated: at });
  Object.assign(issue.pull, { merged: at, mergedBy: by });
  tellItem(site, place, { action: 'closed', by });
}

export function reopen(site: Site, place: Place, by: string): void {
  note(site, place.issue, { event: 'reopened', actor: by });
  Object.assign(place.issue, { state: 'open', closed: null });
  tellItem(site, place, { action: 'reopened', by });
}

/** Edits leave no trace in the time line but that of a new title. */
export function edit(
  site: Site,
  place: Place,
  given: { by: string; title?: string; body?: string },
): void {
  const { by, ...patch } = given;
  const from = { title: place.issue.title, body: place.issue.body ?? '' };
  if (patch.title !== undefined) note(site, place.issue, { event: 'renamed', actor: by });
  Object.assign(place.issue, patch, { updated: site.now() });
  const changes = {
    ...(patch.title === undefined ? {} : { title: { from: from.title } }),
    ...(patch.body === undefined ? {} : { body: { from: from.body } }),
  };
  tellItem(site, place, { action: 'edited', by, more: { changes } });
}

/** Puts a label on or takes it off; one that is there already leaves no trace. */
export function label(
  site: Site,
  place: Place,
  given: { by: string; name: string; isOn: boolean },
): void {
  const { by, name, isOn } = given;
  if (!toggle(place.issue.labels, name, isOn)) return;
  const event = isOn ? 'labeled' : 'unlabeled';
  note(site, place.issue, { event, actor: by, about: name });
  const more = { label: labelShape(site.view(), place.repo, name) };
  tellItem(site, place, { action: event, by, more });
}

/** Assigns or unassigns a login; one that is there already leaves no trace. */
export function assign(
  site: Site,
  place: Place,
  given: { by: string; login: string; isOn: boolean },
): void {
  const { by, login, isOn } = given;
  if (!toggle(place.issue.assignees, login, isOn)) return;
  const event = isOn ? 'assigned' : 'unassigned';
  note(site, place.issue, { event, actor: by, about: login });
  tellItem(site, place, { action: event, by, more: { assignee: userShape(site.view(), login) } });
}

/** Changes a set and tells whether it changed. */
export function toggle(list: string[], name: string, isOn: boolean): boolean {
  const at = list.indexOf(name);
  if (isOn === at >= 0) return false;
  if (isOn) list.push(name);
  else list.splice(at, 1);
  return true;
}
