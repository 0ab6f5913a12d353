import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { AccountRef, PullRequestSituation } from '../../domain/situation.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { sha256 } from '../../lib/digest.ts';
import { instantOf } from '../../lib/instant.ts';
import { unlessClosed } from '../closed-door.ts';
import { expectShape } from '../rest-shape.ts';
import { checksOf } from './list-checks.ts';
import { latestLineComments, timelineOf } from './lists.ts';
import type { Place } from './place.ts';
import type { RestPull } from './rest.ts';
import { Commits } from './rest.ts';
import type { GithubSite } from './site.ts';
import type { Dated } from './survey-timeline.ts';
import {
  accountOf,
  commentsIn,
  datedEntries,
  draftChangesIn,
  pushesIn,
  requestedAt,
  reviewsIn,
} from './survey-timeline.ts';

/** How a pull request stands, in six calls; more where its time line is long. Throws a `Failure`. */
export async function surveyPull(
  site: GithubSite,
  place: Place,
  call: Call,
): Promise<PullRequestSituation> {
  const pull = await site.pull(place.repo, place.number, call);
  const [entries, onLines, authors, checks] = await Promise.all([
    timelineOf(site, place, call),
    latestLineComments(site, place, call),
    authorsOf(site, place, call),
    unlessClosed(checkState(site, { repo: place.repo, sha: pull.head.sha }, call), 'unknown'),
  ]);
  const line = datedEntries(entries);
  return {
    ...fieldsOf(place, pull),
    requests: requestsOf(pull, line),
    draftChanges: draftChangesIn(line),
    reviews: reviewsIn(line),
    comments: commentsIn(line, onLines),
    pushes: pushesIn(line, authors),
    checks,
  };
}

type Past = 'requests' | 'draftChanges' | 'reviews' | 'comments' | 'pushes' | 'checks';

function fieldsOf({ repo, number }: Place, pull: RestPull): Omit<PullRequestSituation, Past> {
  const merged = instantOf(pull.merged_at);
  const end = pull.state === 'closed' ? 'declined' : 'open';
  return {
    kind: 'pull-request',
    subject: `github:pull-request:${repo}#${number}`,
    name: `${repo.split('/').at(-1) ?? repo}#${number}`,
    title: titleOf(pull.title ?? ''),
    url: pull.html_url,
    createdAt: createdAt(pull.created_at),
    textDigest: sha256(`${pull.title ?? ''}\n${pull.body ?? ''}`),
    state: merged === null ? end : 'merged',
    draft: pull.draft === true,
    author: accountOf(pull.user),
    critical: [pull.title ?? '', ...pull.labels].some((words) => CRITICAL.test(words)),
    lines: linesOf(pull),
    mergedAt: merged === null ? null : iso(merged),
  };
}

/** When an item was made. Throws `bad-answer` where it does not say so. */
export function createdAt(moment: string | number | null): string {
  const at = instantOf(moment);
  if (at === null) throw new Failure('bad-answer', 'The item does not say when it was made.');
  return iso(at);
}

const CRITICAL = /\b(?:hotfix|critical|urgent|p0|sev-?[01])\b/i;

function linesOf({ additions, deletions }: RestPull): number | null {
  return additions === null || deletions === null ? null : additions + deletions;
}

// A team is nobody in particular: only people who are asked by name are told.
function requestsOf(pull: RestPull, line: readonly Dated[]): PullRequestSituation['requests'] {
  return pull.requested_reviewers.map(({ id, login }) => {
    const asked = requestedAt(line, id);
    const at = asked === null ? createdAt(pull.created_at) : iso(asked);
    const bot = login.endsWith('[bot]');
    return { reviewer: { system: 'github', id, name: login, bot }, at };
  });
}

// A pull request has 250 commits at most that are listed; the accounts of the first hundred are enough to know people.
async function authorsOf(
  site: GithubSite,
  { repo, number }: Place,
  call: Call,
): Promise<ReadonlyMap<string, AccountRef | null>> {
  const params = { pull_number: number, per_page: 100 };
  const rows = await site.read(repo, '/pulls/{pull_number}/commits', { params, call });
  return new Map(expectShape(Commits, rows).map(({ sha, author }) => [sha, accountOf(author)]));
}

const FAILING: ReadonlySet<string> = new Set([
  'failure',
  'error',
  'timed_out',
  'startup_failure',
  'action_required',
  'cancelled',
]);
const PASSING: ReadonlySet<string> = new Set(['success', 'neutral', 'skipped']);

async function checkState(
  site: GithubSite,
  { repo, sha }: { readonly repo: string; readonly sha: string | null },
  call: Call,
): Promise<PullRequestSituation['checks']> {
  if (sha === null) return 'unknown';
  const { checks } = await checksOf(site, { repo, ref: sha }, call);
  const newest = new Map(
    checks
      .toSorted((a, b) => (instantOf(a.at) ?? Infinity) - (instantOf(b.at) ?? Infinity))
      .map(({ name, state }) => [name, state]),
  );
  const states = [...newest.values()];
  if (states.some((state) => FAILING.has(state))) return 'failing';
  if (states.length === 0) return 'unknown';
  return states.every((state) => PASSING.has(state)) ? 'passing' : 'pending';
}
