import type { SiteParts } from './bitbucket-site.ts';
import { stamp } from './bitbucket-site.ts';
import type { Repository, Status } from './bitbucket-state.ts';

/** The state of a build of a commit. */
export interface BuildWanted {
  readonly hash: string;
  readonly key: string;
  readonly state: Status['state'];
  readonly name?: string;
  readonly description?: string;
  readonly url?: string;
  readonly refname?: string | null;
  readonly actor: string;
}

/** Sets the state of a build; a build is known by commit and key. Moves nothing in a pull request. */
export function setBuild(parts: SiteParts, repository: Repository, wanted: BuildWanted): Status {
  const { hash, key, state, actor, name = wanted.key, description = '' } = wanted;
  const url = wanted.url ?? `https://ci.example.com/${key}`;
  const updated = stamp(parts.now(), 984);
  const changed = parts.now().getTime();
  const known = repository.statuses.find((one) => one.hash === hash && one.key === key);
  const fresh = { hash, key, refname: wanted.refname ?? null, created: updated };
  const status = known ?? { ...fresh, state, name, description, url, updated, changed };
  if (known) Object.assign(known, { state, name, description, url, updated, changed });
  else repository.statuses.push(status);
  const word = known ? 'updated' : 'created';
  parts.announce({ name: `repo:commit_status_${word}`, actor, repository, status });
  return status;
}
