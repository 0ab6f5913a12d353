import { z } from 'zod';
import type { Call, Standing } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import { placeOf } from './place.ts';
import type { GithubSite } from './site.ts';

const COMMENT = /^github:(comment|review-comment):(\d{1,15})$/;
const Edited = z.object({ created_at: z.unknown(), updated_at: z.unknown() });

/** A comment as it stands now; `null` when it is gone. Reviews have no edits of their own here. */
export async function rereadGithub(
  site: GithubSite,
  event: ProjectEvent,
  call: Call,
): Promise<Standing | null> {
  const [, noun, id] = COMMENT.exec(event.message ?? '') ?? [];
  const place = placeOf(event.subject);
  if (id === undefined || place === null) return { editedAt: null };
  const list = noun === 'comment' ? 'issues' : 'pulls';
  try {
    const params = { comment_id: Number(id) };
    const answer = await site.read(place.repo, `/${list}/comments/{comment_id}`, { params, call });
    const comment = expectShape(Edited, answer);
    const [created, updated] = [instantOf(comment.created_at), instantOf(comment.updated_at)];
    const isEdited = created !== null && updated !== null && updated > created;
    return { editedAt: isEdited ? iso(updated) : null };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}
