import { cleanText } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Found } from './event-draft.ts';
import { eventOf } from './event-draft.ts';
import { buildKey } from './keys.ts';
import type { CommitStatus, Repository } from './payload.ts';
import { refSubject } from './repository.ts';

const WORDS = new Map<string, string>([
  ['SUCCESSFUL', 'succeeded'],
  ['FAILED', 'failed'],
  ['INPROGRESS', 'started'],
  ['STOPPED', 'stopped'],
]);

/**
 * The event of a build. It is about the branch that was built, because a webhook does not name the pull request;
 * a poll that came by way of one names it in `related`. Nobody is its actor: the sender is a build system, or the
 * account whose token that system uses.
 */
export function buildEvent(
  repository: NonNullable<Repository>,
  status: CommitStatus,
  related?: string,
): Found {
  const word = WORDS.get(status.state);
  if (word === undefined) return 'a state of a build that is not known';
  const at = instantOf(status.updated_on) ?? instantOf(status.created_on);
  if (at === null) return 'no time';
  const { hash, message } = status.commit;
  const scope = repository.full_name;
  const short = hash.slice(0, 12);
  const on = status.refname ?? short;
  return eventOf({
    key: buildKey(repository, { hash, key: status.key, word, at }),
    kind: `build.${word}`,
    subject: status.refname
      ? refSubject('branch', scope, status.refname)
      : refSubject('commit', scope, short),
    scope,
    actor: null,
    at,
    title: `Build ${status.name ?? status.key} ${word} on ${on} of ${scope}`,
    text: status.description ? cleanText(status.description) : null,
    clues: [status.refname, message],
    ...(related === undefined ? {} : { related: [related] }),
  });
}
