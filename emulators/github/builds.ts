import { checkShape, releaseShape, runShape, statusShape } from './build-shapes.ts';
import type { Site } from './github-site.ts';
import { shaOf, tell } from './github-site.ts';
import type { Check, Release, Repo, Run, Status } from './github-state.ts';
import { nextId } from './github-state.ts';

/** A run of a workflow as it is started. */
export interface NewRun {
  readonly by: string;
  readonly branch?: string;
  readonly sha?: string;
  readonly name?: string;
  readonly event?: string;
  readonly pulls?: readonly number[];
}

export function startRun(site: Site, repo: Repo, given: NewRun): Run {
  const at = site.now();
  const branch = given.branch ?? repo.defaultBranch;
  const run: Run = {
    id: nextId(site.state),
    name: given.name ?? 'CI',
    branch,
    sha: given.sha ?? shaOf(repo.id, branch),
    actor: given.by,
    event: given.event ?? 'push',
    pulls: given.pulls ?? [],
    created: at,
    updated: at,
    attempt: 1,
    status: 'in_progress',
    conclusion: null,
  };
  repo.runs.push(run);
  tellRun(site, repo, { run, action: 'requested' });
  return run;
}

export function finishRun(site: Site, repo: Repo, given: { run: Run; conclusion: string }): void {
  const { run, conclusion } = given;
  Object.assign(run, { status: 'completed', conclusion, updated: site.now() });
  tellRun(site, repo, { run, action: 'completed' });
}

/** Runs again under the same id: the attempt is counted up. */
export function restartRun(site: Site, repo: Repo, run: Run): void {
  Object.assign(run, { status: 'in_progress', conclusion: null, updated: site.now() });
  run.attempt += 1;
  tellRun(site, repo, { run, action: 'requested' });
}

function tellRun(site: Site, repo: Repo, given: { run: Run; action: string }): void {
  const { run, action } = given;
  const body = {
    action,
    workflow: { id: 1, name: run.name },
    workflow_run: runShape(site.view(), repo, run),
  };
  tell(site, repo, { event: 'workflow_run', by: run.actor, body });
}

/** A check as another application reports it. */
export interface NewCheck {
  readonly by: string;
  readonly sha: string;
  readonly branch: string;
  readonly name: string;
  readonly conclusion: string;
}

export function finishCheck(site: Site, repo: Repo, given: NewCheck): void {
  const { by, ...rest } = given;
  const check: Check = { id: nextId(site.state), completed: site.now(), ...rest };
  repo.checks.push(check);
  const body = { action: 'completed', check_run: checkShape(site.view(), repo, check) };
  tell(site, repo, { event: 'check_run', by, body });
}

/** A status of a commit. */
export interface NewStatus {
  readonly by: string;
  readonly sha: string;
  readonly branch: string;
  readonly context: string;
  readonly state: Status['state'];
}

export function setStatus(site: Site, repo: Repo, given: NewStatus): void {
  const { by, branch, ...rest } = given;
  const status: Status = { id: nextId(site.state), at: site.now(), ...rest };
  repo.statuses.push(status);
  const shape = statusShape(site.view(), repo, status);
  const body = {
    ...shape,
    sha: rest.sha,
    name: `${repo.owner}/${repo.name}`,
    branches: [{ name: branch }],
  };
  tell(site, repo, { event: 'status', by, body });
}

export function publish(site: Site, repo: Repo, given: { by: string; tag: string }): void {
  const release: Release = {
    id: nextId(site.state),
    tag: given.tag,
    author: given.by,
    published: site.now(),
  };
  repo.releases.push(release);
  const body = { action: 'published', release: releaseShape(site.view(), repo, release) };
  tell(site, repo, { event: 'release', by: given.by, body });
}
