import { z } from 'zod';
import type { Call, Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import { RepoName } from './payload.ts';
import { CheckRuns, CombinedStatus } from './rest.ts';
import type { GithubSite } from './site.ts';

const Check = z.object({
  name: z.string(),
  state: z.string(),
  at: z.string().nullable(),
  url: z.string().nullable(),
});
const Checks = z.object({ checks: z.array(Check), complete: z.boolean() });
type Checks = z.infer<typeof Checks>;

/** A branch, a tag or a commit; nothing that could climb out of its path. */
const Ref = z
  .string()
  .min(1)
  .max(250)
  .regex(/^[^\s?#\\]+$/)
  .refine((ref) => !/(^|\/)\.{1,2}(\/|$)/.test(ref), 'not a branch, tag or commit');

/** `github.list-checks`: check runs and commit statuses are two systems, and both are read. */
export function listChecks(site: GithubSite): Operation {
  return defineRead({
    name: 'github.list-checks',
    summary: 'List the checks and statuses of a commit, branch or tag.',
    effect: 'read',
    input: z.object({ repo: RepoName, ref: Ref }),
    output: Checks,
    preview: ({ repo, ref }) => `Read the checks of ${repo}@${cleanText(ref, 100)}`,
    run: ({ repo, ref }, call) => checksOf(site, { repo, ref }, call),
  });
}

/** The checks of a commit, newest first within each system. Throws a `Failure`. */
export async function checksOf(
  site: GithubSite,
  { repo, ref }: { readonly repo: string; readonly ref: string },
  call: Call,
): Promise<Checks> {
  const params = { ref, per_page: 100 };
  const [runs, status] = await Promise.all([
    site.read(repo, '/commits/{ref}/check-runs', { params, call }),
    site.read(repo, '/commits/{ref}/status', { params, call }),
  ]);
  const { check_runs: found, total_count: totalRuns } = expectShape(CheckRuns, runs);
  const { statuses, total_count: totalStatuses } = expectShape(CombinedStatus, status);
  return {
    checks: [
      ...found.map((run) => ({
        name: cleanText(run.name, 200),
        state: run.conclusion ?? run.status ?? 'unknown',
        at: run.completed_at,
        url: run.html_url,
      })),
      ...statuses.map((one) => ({
        name: cleanText(one.context, 200),
        state: one.state,
        at: one.updated_at,
        url: one.target_url,
      })),
    ],
    complete: found.length >= totalRuns && statuses.length >= totalStatuses,
  };
}
