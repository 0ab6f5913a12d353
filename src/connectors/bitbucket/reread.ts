import type { Call, Standing } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { subjectParts } from '../../domain/subject.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import { pullRequestPath } from './client.ts';
import { Comment } from './payload.ts';
import { requireWatched } from './repository.ts';
import type { Workspace } from './workspace.ts';

const COMMENT = /^bitbucket:comment:.*\/(\d{1,15})$/;
const PLACE = /^([^/]+\/[^/]+)\/(\d{1,15})$/;
/** Recorded comments that nobody edited differ by up to 62 ms. */
const NEVER_EDITED_MS = 1_000;

/** A comment as it stands now; `null` when it was deleted. */
export async function rereadBitbucket(
  workspace: Workspace,
  event: ProjectEvent,
  call: Call,
): Promise<Standing | null> {
  const id = COMMENT.exec(event.message ?? '')?.[1];
  const [, repository, number] = PLACE.exec(subjectParts(event.subject).id) ?? [];
  if (id === undefined || repository === undefined) return { editedAt: null };
  requireWatched(repository, workspace.watched);
  const path = pullRequestPath({ repository, pullRequest: Number(number) });
  try {
    const answer = await workspace.reader.get(`${path}/comments/${id}`, {}, call);
    const comment = expectShape(Comment, answer);
    if (comment.deleted === true) return null;
    const [created, updated] = [instantOf(comment.created_on), instantOf(comment.updated_on)];
    const isEdited = created !== null && updated !== null && updated - created > NEVER_EDITED_MS;
    return { editedAt: isEdited ? iso(updated) : null };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}
