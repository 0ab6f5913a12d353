import type { z } from 'zod';
import type { Call } from '../../domain/connector.ts';
import { unlessClosed } from '../closed-door.ts';
import { expectShape } from '../rest-shape.ts';
import { Committers } from './rest.ts';
import type { SentrySite } from './site.ts';

type Committer = z.infer<typeof Committers>['committers'][number];

/** A commit that is suspected, with who wrote it. */
export interface Suspect {
  readonly author: Committer['author'];
  readonly commit: Committer['commits'][number];
}

const COMMITS = 20;

/** The commits that Sentry suspects of an occurrence; none where it knows neither releases nor commits. Throws a `Failure`. */
export async function suspectsOf(
  site: SentrySite,
  { project, event }: { readonly project: string; readonly event: string },
  call: Call,
): Promise<readonly Suspect[]> {
  const path = `/projects/${site.reader.organization}/${project}/events/${event}/committers/`;
  // Without releases and commits there is nothing to suspect: it answers 404 then.
  const answer = await unlessClosed(site.reader.get(path, {}, call), { committers: [] });
  const { committers } = expectShape(Committers, answer);
  const all = committers.flatMap(({ author, commits }) =>
    commits.map((commit) => ({ author, commit })),
  );
  return all.slice(0, COMMITS);
}
