import { z } from 'zod';
import type { Call, Standing } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { subjectParts } from '../../domain/subject.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import { requireWatched } from './issue-key.ts';
import type { JiraSite } from './site.ts';

const COMMENT = /^jira:comment:([A-Za-z0-9_-]{1,64})$/;
const Edited = z.object({ created: z.unknown(), updated: z.unknown() });

/** A comment as it stands now; `null` when it, or our right to see it, is gone. */
export async function rereadJira(
  site: JiraSite,
  event: ProjectEvent,
  call: Call,
): Promise<Standing | null> {
  const id = COMMENT.exec(event.message ?? '')?.[1];
  if (id === undefined) return { editedAt: null };
  const issue = subjectParts(event.subject).id;
  requireWatched(issue, site.settings.projects);
  try {
    const path = `/rest/api/3/issue/${issue}/comment/${id}`;
    const comment = expectShape(Edited, await site.reader.get(path, {}, call));
    const [created, updated] = [instantOf(comment.created), instantOf(comment.updated)];
    const isEdited = created !== null && updated !== null && updated > created;
    return { editedAt: isEdited ? iso(updated) : null };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}
