import type { Change } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Found } from './event-draft.ts';
import { eventOf, itemSubject, namedSubject } from './event-draft.ts';
import { checkKey, madeKey, runKey } from './keys.ts';
import type { Payload, Repo, User, WorkflowRun } from './payload.ts';
import { actorOf } from './person.ts';

const VERBS = new Map([
  ['success', 'succeeded'],
  ['failure', 'failed'],
  ['error', 'failed'],
  ['timed_out', 'failed'],
  ['startup_failure', 'failed'],
  ['action_required', 'blocked'],
  ['cancelled', 'cancelled'],
]);

function verbOf(conclusion: string | null): string {
  return VERBS.get(conclusion ?? '') ?? 'finished';
}

/** Where something ran. A fork's or a branch's run names no pull request: it is then about the branch. */
interface Place {
  readonly repo: Repo;
  readonly pulls: readonly ({ readonly number: number } | null)[];
  readonly branch: string | null;
}

function subjectOf({ repo, pulls, branch }: Place): string {
  const [pull] = pulls.filter((one) => one !== null);
  if (pull !== undefined) return itemSubject({ repo, kind: 'pull-request', number: pull.number });
  return namedSubject('branch', repo, branch ?? repo.default_branch ?? 'unknown');
}

// What triage goes by: whether it ended on the default branch, and what it was started for.
function changesOf(
  place: Place,
  run: { conclusion: string | null; trigger?: string | null },
): Change[] {
  const { branch, repo } = place;
  const ended: Change = { field: 'conclusion', from: null, to: clean(run.conclusion) };
  const isDefault = branch !== null && branch === repo.default_branch;
  const where: Change[] = isDefault
    ? [{ field: 'default-branch', from: null, to: clean(branch) }]
    : [];
  const trigger = run.trigger ?? null;
  return [
    ended,
    ...where,
    ...(trigger === null ? [] : [{ field: 'trigger', from: null, to: clean(trigger) }]),
  ];
}

function clean(text: string | null): string | null {
  return text === null ? null : cleanText(text, 200);
}

// That an automation pressed the button says nothing about the result, so it is not named as the one who acted.
function starterOf(user: User): ReturnType<typeof actorOf> | null {
  if (user === null) return null;
  const actor = actorOf(user);
  return actor.kind === 'person' ? actor : null;
}

/** The event of a finished run of a workflow. */
export function runEvent(repo: Repo, run: WorkflowRun): Found {
  if (run.status !== 'completed') return 'the run has not ended';
  const at = instantOf(run.updated_at);
  if (at === null) return 'no time';
  const place = { repo, pulls: run.pull_requests, branch: run.head_branch };
  const verb = verbOf(run.conclusion);
  return eventOf({
    key: runKey(run.id, run.run_attempt),
    kind: `build.${verb}`,
    subject: subjectOf(place),
    repo,
    actor: starterOf(run.triggering_actor ?? run.actor),
    at,
    title: `Workflow ${run.name || run.id} ${verb} on ${repo.full_name}@${run.head_branch ?? '?'}`,
    changes: changesOf(place, { conclusion: run.conclusion, trigger: run.event }),
    clues: [run.head_branch],
  });
}

/** The event of a finished check run. */
export function checkRunEvent(repo: Repo, { check_run: check }: Payload): Found {
  if (check === null) return 'no check run with an id';
  // Some applications never say when a check ended.
  const at = instantOf(check.completed_at) ?? instantOf(check.started_at);
  if (at === null) return 'no time';
  const branch = check.check_suite?.head_branch ?? null;
  const place = { repo, pulls: check.pull_requests, branch };
  const verb = verbOf(check.conclusion);
  return eventOf({
    key: checkKey('check-run', check.id, at),
    kind: `check.${verb}`,
    subject: subjectOf(place),
    repo,
    actor: null,
    at,
    title: `Check ${check.name ?? check.id} ${verb} on ${repo.full_name}@${branch ?? '?'}`,
    changes: changesOf(place, { conclusion: check.conclusion, trigger: check.app?.slug ?? null }),
    clues: [branch],
  });
}

/** The event of a finished check suite. */
export function checkSuiteEvent(repo: Repo, { check_suite: suite }: Payload): Found {
  if (suite === null) return 'no check suite with an id';
  const at = instantOf(suite.updated_at);
  if (at === null) return 'no time';
  const place = { repo, pulls: suite.pull_requests, branch: suite.head_branch };
  const verb = verbOf(suite.conclusion);
  return eventOf({
    key: checkKey('check-suite', suite.id, at),
    kind: `check-suite.${verb}`,
    subject: subjectOf(place),
    repo,
    actor: null,
    at,
    title: `Checks ${verb} on ${repo.full_name}@${suite.head_branch ?? '?'}`,
    changes: changesOf(place, { conclusion: suite.conclusion }),
    clues: [suite.head_branch],
  });
}

/** The event of a finished job of a workflow. */
export function jobEvent(repo: Repo, { workflow_job: job }: Payload): Found {
  if (job === null) return 'no job with an id';
  const at = instantOf(job.completed_at);
  if (at === null) return 'the job has not ended';
  const place = { repo, pulls: [], branch: job.head_branch };
  const verb = verbOf(job.conclusion);
  return eventOf({
    key: checkKey('job', job.id, at),
    kind: `job.${verb}`,
    subject: subjectOf(place),
    repo,
    actor: null,
    at,
    title: `Job ${job.name ?? job.id} ${verb} on ${repo.full_name}@${job.head_branch ?? '?'}`,
    changes: changesOf(place, { conclusion: job.conclusion }),
    clues: [job.head_branch],
  });
}

/** The event of a commit status. One commit may be the head of several branches: the default one is then meant. */
export function statusEvent(repo: Repo, payload: Payload): Found {
  const { id, state, context } = payload;
  if (id === null) return 'no status with an id';
  if (state === null || state === 'pending') return 'the status is not final';
  const at = instantOf(payload.created_at);
  if (at === null) return 'no time';
  const names = (payload.branches ?? []).flatMap((one) => (one?.name ? [one.name] : []));
  const branch = names.find((name) => name === repo.default_branch) ?? names[0] ?? null;
  const place = { repo, pulls: [], branch };
  const verb = verbOf(state);
  return eventOf({
    key: madeKey('status', id),
    kind: `status.${verb}`,
    subject: subjectOf(place),
    repo,
    actor: null,
    at,
    title: `Status ${context ?? 'default'} ${verb} on ${repo.full_name}@${branch ?? '?'}`,
    changes: changesOf(place, { conclusion: state }),
    clues: names.slice(0, 20),
  });
}
