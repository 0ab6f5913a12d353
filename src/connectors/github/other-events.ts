import { cleanText } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Found } from './event-draft.ts';
import { eventOf, namedSubject } from './event-draft.ts';
import { madeKey, pushKey } from './keys.ts';
import type { Payload, Release, Repo } from './payload.ts';
import { actorOf } from './person.ts';

const MOST_COMMITS = 40;

/** The event of a push to a branch or a tag; the messages of its commits are clues. */
export function pushEvent(repo: Repo, payload: Payload): Found {
  const { ref, before, after } = payload;
  if (ref === null || before === null || after === null) return 'no ref with two commits';
  const at = pushedAt(repo, payload);
  if (at === null) return 'no time';
  const isTag = ref.startsWith('refs/tags/');
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  const commits = payload.commits ?? [];
  const actor = actorOf(payload.sender);
  const what = payload.deleted === true ? 'deleted' : `pushed ${commits.length} commits to`;
  return eventOf({
    key: pushKey(repo.id, { ref, before, after }),
    kind: 'push.pushed',
    subject: namedSubject(isTag ? 'tag' : 'branch', repo, name === '' ? 'unknown' : name),
    repo,
    actor,
    at,
    title: `${actor.name} ${what} ${repo.full_name}@${name.slice(0, 100)}`,
    changes: [
      { field: 'commit', from: cleanText(before, 64), to: cleanText(after, 64) },
      ...(payload.forced === true ? [{ field: 'forced', from: null, to: 'true' }] : []),
    ],
    clues: [name, ...commits.slice(0, MOST_COMMITS).map((commit) => commit?.message ?? null)],
  });
}

// In a push GitHub gives the time of the repository in seconds since 1970, elsewhere as text.
function pushedAt(repo: Repo, payload: Payload): number | null {
  const at = repo.pushed_at;
  const own = instantOf(typeof at === 'number' ? at * 1000 : at);
  return own ?? instantOf(payload.head_commit?.timestamp);
}

/** The event of a published release. */
export function releaseEvent(repo: Repo, release: Release): Found {
  const at = instantOf(release.published_at);
  if (at === null) return 'the release is not published';
  const actor = actorOf(release.author);
  return eventOf({
    key: madeKey('release', release.id),
    kind: 'release.published',
    subject: namedSubject('release', repo, release.tag_name),
    repo,
    actor,
    at,
    title: `${actor.name} published ${release.name || release.tag_name} of ${repo.full_name}`,
    text: release.body,
    clues: [release.tag_name],
  });
}

const DEPLOYED = new Map([
  ['success', 'succeeded'],
  ['failure', 'failed'],
  ['error', 'failed'],
]);

/** The event of the end of a deployment. */
export function deploymentEvent(repo: Repo, payload: Payload): Found {
  const { deployment_status: status, deployment } = payload;
  if (status === null || deployment === null) return 'no deployment with a status';
  const verb = DEPLOYED.get(status.state ?? '');
  if (verb === undefined) return 'the deployment has not ended';
  const at = instantOf(status.created_at);
  if (at === null) return 'no time';
  const where = status.environment ?? 'an environment';
  return eventOf({
    key: madeKey('deployment-status', status.id),
    kind: `deployment.${verb}`,
    subject: `github:deployment:${repo.full_name}#${deployment.id}`,
    repo,
    actor: null,
    at,
    title: `Deployment of ${repo.full_name} to ${where} ${verb}`,
    clues: [deployment.ref],
  });
}
