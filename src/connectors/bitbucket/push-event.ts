import type { Actor } from '../../domain/event.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Found } from './event-draft.ts';
import { eventOf } from './event-draft.ts';
import { pushKey } from './keys.ts';
import { PushChange } from './payload.ts';
import type { Repository } from './payload.ts';
import { refSubject } from './repository.ts';

const MOST_CHANGES = 100;

/** The events of a push: one for each branch or tag that it moved. */
export function pushEvents(
  repository: NonNullable<Repository>,
  changes: readonly unknown[],
  actor: Actor,
): Found[] {
  if (changes.length === 0) return ['a push that changed nothing'];
  return changes.slice(0, MOST_CHANGES).map((change) => {
    const parsed = PushChange.safeParse(change);
    return parsed.success ? pushEvent(repository, parsed.data, actor) : 'a change without a name';
  });
}

function pushEvent(repository: NonNullable<Repository>, change: PushChange, actor: Actor): Found {
  const ref = change.new ?? change.old;
  if (ref === null) return 'a change without a name';
  // A push says no time of its own: the commit that the branch points to is the nearest to it.
  const at = instantOf(ref.target?.date);
  if (at === null) return 'no time';
  const isTag = ref.type === 'tag' || ref.type === 'annotated_tag';
  const from = change.old?.target?.hash ?? '';
  const to = change.new?.target?.hash ?? '';
  const messages = change.commits.map(({ message }) => message);
  return eventOf({
    key: pushKey(repository, { type: ref.type, name: ref.name, from, to }),
    kind: isTag ? 'push.tagged' : 'push.pushed',
    subject: refSubject(isTag ? 'tag' : 'branch', repository.full_name, ref.name),
    scope: repository.full_name,
    actor,
    at,
    title: `${actor.name} ${verbOf(change)} ${isTag ? 'tag' : 'branch'} ${ref.name} of ${repository.full_name}`,
    clues: [ref.name, ...messages, change.new?.target?.message],
  });
}

function verbOf(change: PushChange): string {
  if (change.new === null) return 'deleted';
  if (change.old === null) return 'created';
  return change.forced === true ? 'force-pushed' : 'pushed to';
}
