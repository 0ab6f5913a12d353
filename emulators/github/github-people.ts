import type { NewCheck, NewRun, NewStatus } from './builds.ts';
import { finishCheck, finishRun, publish, restartRun, setStatus, startRun } from './builds.ts';
import type { NewIssue, NewPull, Place, PullPlace, Site } from './github-site.ts';
import {
  assign,
  close,
  edit,
  isPull,
  label,
  merge,
  openIssue,
  openPull,
  reopen,
} from './github-site.ts';
import type { Comment, Issue, LineComment, Repo, Review, Run } from './github-state.ts';
import type { FoundComment, NewReview } from './talk.ts';
import {
  addComment,
  addLineComment,
  commentIn,
  deleteComment,
  dismiss,
  editComment,
  editLineComment,
  pushTo,
  requestReview,
  resolveThread,
  review,
  setDraft,
} from './talk.ts';

/**
 * What people do on the site. A repository is `owner/name`, a place `owner/name#number`, a person a login. All throw
 * for what is not there.
 */
export interface People {
  /** Answers the number. */
  openIssue(repo: string, by: string, issue: NewIssue): number;
  openPullRequest(repo: string, by: string, pull: NewPull): number;
  closeItem(place: string, by: string): void;
  reopen(place: string, by: string): void;
  merge(place: string, by: string): void;
  edit(place: string, by: string, patch: { readonly title?: string; readonly body?: string }): void;
  label(place: string, by: string, name: string): void;
  unlabel(place: string, by: string, name: string): void;
  assign(place: string, by: string, login: string): void;
  unassign(place: string, by: string, login: string): void;
  requestReview(place: string, by: string, login: string): void;
  removeReviewRequest(place: string, by: string, login: string): void;
  markReady(place: string, by: string): void;
  convertToDraft(place: string, by: string): void;
  push(place: string, by: string, message: string): void;
  /** Pushes a commit that was made before. */
  pushLate(
    place: string,
    by: string,
    commit: { readonly message: string; readonly made: Date },
  ): void;
  review(place: string, given: NewReview): Review;
  dismissReview(place: string, by: string, review: Review): void;
  comments(place: string): readonly Comment[];
  addComment(place: string, by: string, body: string): Comment;
  editComment(
    repo: string,
    given: { readonly id: number; readonly by: string; readonly body: string },
  ): void;
  deleteComment(repo: string, given: { readonly id: number; readonly by: string }): void;
  addLineComment(
    place: string,
    given: {
      readonly by: string;
      readonly body: string;
      readonly path: string;
      readonly line: number;
    },
  ): LineComment;
  editLineComment(
    place: string,
    given: { readonly by: string; readonly body: string; readonly comment: LineComment },
  ): void;
  resolveThread(place: string, given: { readonly by: string; readonly comment: LineComment }): void;
  startRun(repo: string, run: NewRun): Run;
  finishRun(repo: string, given: { readonly run: Run; readonly conclusion: string }): void;
  /** The same run under its next attempt. */
  restartRun(repo: string, run: Run): void;
  finishCheck(repo: string, check: NewCheck): void;
  setStatus(repo: string, status: NewStatus): void;
  publishRelease(repo: string, given: { readonly by: string; readonly tag: string }): void;
  /** The account is gone: what it wrote has no author any more. */
  deleteAccount(login: string): void;
}

/** People on a site. */
export function githubPeople(site: Site): People {
  return { ...onItems(site), ...inTalk(site), ...withBuilds(site) };
}

function repoIn(site: Site, name: string): Repo {
  const repo = site.state.repos.get(name);
  if (repo === undefined) throw new Error(`There is no repository ${name} on this site.`);
  return repo;
}

function placeIn(site: Site, place: string): Place {
  const [name = '', number = ''] = place.split('#');
  const repo = repoIn(site, name);
  const issue: Issue | undefined = repo.issues.get(Number(number));
  if (issue === undefined) throw new Error(`There is no ${place} on this site.`);
  return { repo, issue };
}

function pullIn(site: Site, place: string): PullPlace {
  const { repo, issue } = placeIn(site, place);
  if (!isPull(issue)) throw new Error(`${place} is no pull request.`);
  return { repo, issue };
}

function onItems(site: Site) {
  const at = (place: string): Place => placeIn(site, place);
  return {
    openIssue: (repo: string, author: string, issue: NewIssue) =>
      openIssue(site, repoIn(site, repo), { author, ...issue }).number,
    openPullRequest: (repo: string, author: string, pull: NewPull) =>
      openPull(site, repoIn(site, repo), { author, ...pull }).number,
    closeItem: (place: string, by: string) => close(site, at(place), by),
    reopen: (place: string, by: string) => reopen(site, at(place), by),
    merge: (place: string, by: string) => merge(site, pullIn(site, place), by),
    edit: (place: string, by: string, patch: { title?: string; body?: string }) =>
      edit(site, at(place), { by, ...patch }),
    label: (place: string, by: string, name: string) =>
      label(site, at(place), { by, name, isOn: true }),
    unlabel: (place: string, by: string, name: string) =>
      label(site, at(place), { by, name, isOn: false }),
    assign: (place: string, by: string, login: string) =>
      assign(site, at(place), { by, login, isOn: true }),
    unassign: (place: string, by: string, login: string) =>
      assign(site, at(place), { by, login, isOn: false }),
  };
}

function inTalk(site: Site) {
  const at = (place: string): PullPlace => pullIn(site, place);
  const found = (name: string, id: number): FoundComment => {
    const repo = repoIn(site, name);
    const one = commentIn(repo.issues.values(), id);
    if (one === undefined) throw new Error(`There is no comment ${id} on this site.`);
    return { place: { repo, issue: one.issue }, comment: one.comment };
  };
  return {
    comments: (place: string) => placeIn(site, place).issue.comments,
    addComment: (place: string, by: string, body: string) =>
      addComment(site, placeIn(site, place), { by, body }),
    editComment: (repo: string, given: { id: number; by: string; body: string }) =>
      editComment(site, found(repo, given.id), given),
    deleteComment: (repo: string, given: { id: number; by: string }) =>
      deleteComment(site, found(repo, given.id), given.by),
    requestReview: (place: string, by: string, login: string) =>
      requestReview(site, at(place), { by, login, isOn: true }),
    removeReviewRequest: (place: string, by: string, login: string) =>
      requestReview(site, at(place), { by, login, isOn: false }),
    markReady: (place: string, by: string) => setDraft(site, at(place), { by, isDraft: false }),
    convertToDraft: (place: string, by: string) => setDraft(site, at(place), { by, isDraft: true }),
    push: (place: string, by: string, message: string) => pushTo(site, at(place), { by, message }),
    pushLate: (place: string, by: string, commit: { message: string; made: Date }) =>
      pushTo(site, at(place), { by, ...commit }),
    review: (place: string, given: NewReview) => review(site, at(place), given),
    dismissReview: (place: string, by: string, given: Review) =>
      dismiss(site, at(place), { by, review: given }),
    addLineComment: (
      place: string,
      given: { by: string; body: string; path: string; line: number },
    ) => addLineComment(site, at(place), given),
    editLineComment: (place: string, given: { by: string; body: string; comment: LineComment }) =>
      editLineComment(site, at(place), given),
    resolveThread: (place: string, given: { by: string; comment: LineComment }) =>
      resolveThread(site, at(place), given),
  };
}

function withBuilds(site: Site) {
  return {
    startRun: (repo: string, run: NewRun) => startRun(site, repoIn(site, repo), run),
    finishRun: (repo: string, given: { run: Run; conclusion: string }) =>
      finishRun(site, repoIn(site, repo), given),
    restartRun: (repo: string, run: Run) => restartRun(site, repoIn(site, repo), run),
    finishCheck: (repo: string, check: NewCheck) => finishCheck(site, repoIn(site, repo), check),
    setStatus: (repo: string, status: NewStatus) => setStatus(site, repoIn(site, repo), status),
    publishRelease: (repo: string, given: { by: string; tag: string }) =>
      publish(site, repoIn(site, repo), given),
    deleteAccount: (login: string) => void site.state.people.delete(login),
  };
}
