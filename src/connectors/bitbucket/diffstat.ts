import { z } from 'zod';
import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { fitting } from '../rest-shape.ts';
import type { PullRequestName } from './repository.ts';
import { RepositoryName } from './repository.ts';
import type { Workspace } from './workspace.ts';

const File = z.object({
  status: z.string(),
  lines_added: z.int().catch(0),
  lines_removed: z.int().catch(0),
  old: z.object({ path: z.string() }).nullable().catch(null),
  new: z.object({ path: z.string() }).nullable().catch(null),
});

/** The files that a pull request changes. */
export const DiffstatView = z.object({
  files: z.array(
    z.object({ path: z.string(), status: z.string(), added: z.int(), removed: z.int() }),
  ),
  added: z.int(),
  removed: z.int(),
  complete: z.boolean(),
});
type DiffstatView = z.infer<typeof DiffstatView>;

const HASH = /^[0-9a-f]{7,64}$/;
const PAGES = 4;

/**
 * Reads the files that a pull request changes. The address of the pull request answers with a redirect, which no client
 * of ours follows; so the address it leads to is asked at once: both commits, the source first.
 */
export async function readDiffstat(
  workspace: Workspace,
  input: PullRequestName,
  call: Call,
): Promise<DiffstatView> {
  const { source, destination } = await workspace.pullRequest(input, call);
  const from = source?.commit?.hash ?? '';
  const to = destination?.commit?.hash ?? '';
  const fork = source?.repository?.full_name ?? '';
  if (!HASH.test(from) || !HASH.test(to) || !RepositoryName.safeParse(fork).success) {
    throw new Failure('not-found', 'The source of the pull request is gone.');
  }
  const path = `/repositories/${input.repository}/diffstat/${fork}:${from}%0D${to}`;
  const query = { from_pullrequest_id: input.pullRequest, topic: 'true', pagelen: 500 };
  const ask = { path, query, pages: PAGES };
  const { values, complete } = await workspace.list(input.repository, ask, call);
  const files = fitting(File)
    .parse(values)
    .map((file) => ({
      path: file.new?.path ?? file.old?.path ?? 'unknown',
      status: file.status,
      added: file.lines_added,
      removed: file.lines_removed,
    }));
  const sum = (side: 'added' | 'removed') => files.reduce((all, file) => all + file[side], 0);
  return { files, added: sum('added'), removed: sum('removed'), complete };
}
