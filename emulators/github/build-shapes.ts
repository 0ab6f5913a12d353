import type { Check, Commit, Release, Repo, Run, Status } from './github-state.ts';
import { stamp } from './github-state.ts';
import { placesOf } from './issue-shapes.ts';
import type { View } from './people-shapes.ts';
import { nodeId, repoShape, userShape } from './people-shapes.ts';

export function runShape(view: View, repo: Repo, run: Run): Record<string, unknown> {
  const { api, site } = placesOf(view, repo);
  const self = `${api}/actions/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WorkflowRun', run.id),
    head_branch: run.branch,
    head_sha: run.sha,
    path: '.github/workflows/ci.yml',
    display_title: run.name,
    run_number: 1,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: 1,
    check_suite_id: run.id,
    check_suite_node_id: nodeId('CheckSuite', run.id),
    url: self,
    html_url: `${site}/actions/runs/${run.id}`,
    pull_requests: run.pulls.map((number) => pullRef(view, repo, { number, run })),
    created_at: stamp(run.created),
    updated_at: stamp(run.updated),
    actor: userShape(view, run.actor),
    run_attempt: run.attempt,
    run_started_at: stamp(run.created),
    triggering_actor: userShape(view, run.actor),
    jobs_url: `${self}/jobs`,
    logs_url: `${self}/logs`,
    check_suite_url: `${api}/check-suites/${run.id}`,
    artifacts_url: `${self}/artifacts`,
    cancel_url: `${self}/cancel`,
    rerun_url: `${self}/rerun`,
    workflow_url: `${api}/actions/workflows/1`,
    head_commit: null,
    repository: repoShape(view, repo),
    head_repository: repoShape(view, repo),
  };
}

function pullRef(view: View, repo: Repo, of: { number: number; run: Run }): object {
  const { api } = placesOf(view, repo);
  const place = { id: repo.id, url: api, name: repo.name };
  return {
    id: of.number,
    number: of.number,
    url: `${api}/pulls/${of.number}`,
    head: { ref: of.run.branch, sha: of.run.sha, repo: place },
    base: { ref: repo.defaultBranch, sha: 'b'.repeat(40), repo: place },
  };
}

export function checkShape(view: View, repo: Repo, check: Check): object {
  const { api, site } = placesOf(view, repo);
  const self = `${api}/check-runs/${check.id}`;
  return {
    id: check.id,
    node_id: nodeId('CheckRun', check.id),
    head_sha: check.sha,
    external_id: '',
    url: self,
    html_url: `${site}/runs/${check.id}`,
    details_url: null,
    status: 'completed',
    conclusion: check.conclusion,
    started_at: stamp(check.completed),
    completed_at: stamp(check.completed),
    output: {
      title: null,
      summary: null,
      text: null,
      annotations_count: 0,
      annotations_url: `${self}/annotations`,
    },
    name: check.name,
    check_suite: { id: check.id, head_branch: check.branch },
    app: null,
    pull_requests: [],
  };
}

export function statusShape(view: View, repo: Repo, status: Status): object {
  const at = stamp(status.at);
  return {
    url: `${placesOf(view, repo).api}/statuses/${status.sha}`,
    avatar_url: null,
    id: status.id,
    node_id: nodeId('Status', status.id),
    state: status.state,
    description: null,
    target_url: null,
    context: status.context,
    created_at: at,
    updated_at: at,
  };
}

export function releaseShape(view: View, repo: Repo, release: Release): object {
  const { api, site } = placesOf(view, repo);
  const at = stamp(release.published);
  return {
    url: `${api}/releases/${release.id}`,
    html_url: `${site}/releases/tag/${release.tag}`,
    id: release.id,
    node_id: nodeId('Release', release.id),
    tag_name: release.tag,
    target_commitish: repo.defaultBranch,
    name: release.tag,
    draft: false,
    prerelease: false,
    created_at: at,
    published_at: at,
    author: userShape(view, release.author),
    assets: [],
    body: null,
  };
}

export function commitShape(view: View, repo: Repo, commit: Commit): object {
  const { api, site } = placesOf(view, repo);
  const self = `${api}/commits/${commit.sha}`;
  const person = view.state.people.get(commit.author);
  const by = {
    name: person?.name ?? commit.author,
    email: 'person@example.com',
    date: stamp(commit.made ?? commit.at),
  };
  const user = userShape(view, commit.author);
  return {
    url: self,
    sha: commit.sha,
    node_id: nodeId('Commit', 1),
    html_url: `${site}/commit/${commit.sha}`,
    comments_url: `${self}/comments`,
    commit: {
      url: self,
      author: by,
      committer: by,
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.sha, url: self },
    },
    author: user,
    committer: user,
    parents: [],
  };
}
