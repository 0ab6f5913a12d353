import type { Call } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { instantOf } from '../../lib/instant.ts';
import { fitting } from '../rest-shape.ts';
import { buildEvent } from './build-event.ts';
import { pullRequestPath } from './client.ts';
import type { ListAnswer } from './pages.ts';
import { commentEvents } from './comment-event.ts';
import type { Found } from './event-draft.ts';
import { Activity, Comment, CommitStatus } from './payload.ts';
import { actorOf } from './person.ts';
import type { About } from './pull-request-event.ts';
import { closedEvent, createdEvent, reviewEvent, updatedEvent } from './pull-request-event.ts';
import { pullRequestSubject } from './repository.ts';
import type { Workspace } from './workspace.ts';

/*
 * What a poll finds of one pull request, in three calls: its log (who approved and updated when), its comments, and the
 * builds of its commits.
 */

const PAGES = 40;
// The log begins with the new pull request itself, written a moment after it.
const CREATION_SLACK_MS = 5_000;

/** The events of a pull request from `floor` on (epoch milliseconds). Throws a `Failure` when not all could be read. */
export async function factsOf(
  workspace: Workspace,
  about: About,
  { floor, call }: { readonly floor: number; readonly call: Call },
): Promise<readonly ProjectEvent[]> {
  const read = listReader(workspace, about, call);
  const isOld = (last: unknown) => timeOfActivity(last) < floor;
  const log = await read('activity', { pagelen: 50 }, isOld);
  const activity = fitting(Activity).parse(log.values);
  // Old comments are edited too, and nothing promises an order by the last change: so these are read to the end.
  const comments = await read('comments', { pagelen: 100 });
  const statuses = await read('statuses', { pagelen: 100 });
  const { repository, pullRequest } = about;
  const subject = pullRequestSubject(repository.full_name, pullRequest.id);
  const found = [
    createdEvent(about, actorOf(pullRequest.author)),
    ...activity.flatMap((line) => activityEvents(about, line)),
    ...closings(about, { activity, complete: log.complete }),
    ...fitting(Comment)
      .parse(comments.values)
      .flatMap((comment) => commentEvents(about, comment)),
    ...fitting(CommitStatus)
      .parse(statuses.values)
      .map((status) => buildEvent(repository, status, subject)),
  ];
  return found.filter((one): one is ProjectEvent => {
    return typeof one !== 'string' && Date.parse(one.at) >= floor;
  });
}

type ReadPart = (
  part: string,
  query: Readonly<Record<string, string | number>>,
  isOld?: (last: unknown) => boolean,
) => Promise<ListAnswer>;

// The log comes newest first, so reading it ends with the first line that is too old.
function listReader(
  workspace: Workspace,
  { repository, pullRequest }: About,
  call: Call,
): ReadPart {
  const name = { repository: repository.full_name, pullRequest: Number(pullRequest.id) };
  return async (part, query, isOld) => {
    const enough = (values: readonly unknown[]) => isOld?.(values.at(-1)) ?? false;
    const ask = { path: `${pullRequestPath(name)}/${part}`, query, pages: PAGES, enough };
    const answer = await workspace.list(name.repository, ask, call);
    if (answer.complete || enough(answer.values)) return answer;
    throw new Failure('too-large', `${name.repository}#${name.pullRequest} has too many ${part}.`);
  };
}

function timeOfActivity(value: unknown): number {
  const parsed = Activity.safeParse(value);
  if (!parsed.success) return Infinity;
  const { update, approval, changes_requested: changes } = parsed.data;
  return instantOf(update?.date ?? approval?.date ?? changes?.date) ?? Infinity;
}

function activityEvents(about: About, line: Activity): readonly Found[] {
  const { update, approval, changes_requested: changes } = line;
  if (approval !== null) return [reviewEvent(about, 'approved', approval)];
  if (changes !== null) return [reviewEvent(about, 'changes-requested', changes)];
  if (update === null || update.state !== 'OPEN' || isCreation(about, update.date)) return [];
  const at = instantOf(update.date);
  return [updatedEvent(about, { version: update, actor: actorOf(update.author), at })];
}

function isCreation({ pullRequest }: About, date: string | null): boolean {
  const created = instantOf(pullRequest.created_on);
  const at = instantOf(date);
  return created !== null && at !== null && at - created < CREATION_SLACK_MS;
}

const WORDS = new Map<string, 'merged' | 'declined'>([
  ['MERGED', 'merged'],
  ['DECLINED', 'declined'],
]);

interface Log {
  readonly activity: readonly Activity[];
  /** False when older lines were left unread. */
  readonly complete: boolean;
}

// Where the log was not read to its end, a closing that it does not show was long ago.
function closings(about: About, { activity, complete }: Log): readonly Found[] {
  const { state, closed_by: closedBy } = about.pullRequest;
  const word = WORDS.get(state ?? '');
  const line = activity.findLast(({ update }) => update?.state === state)?.update ?? null;
  if (word === undefined || (line === null && !complete)) return [];
  const actor = actorOf(closedBy, line?.author ?? null);
  return [closedEvent(about, { word, actor, at: instantOf(line?.date) })];
}
