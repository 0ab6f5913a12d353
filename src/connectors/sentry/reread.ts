import { z } from 'zod';
import type { Call, Standing } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { subjectParts } from '../../domain/subject.ts';
import { fitting } from '../rest-shape.ts';

import { IssueId } from './issue-id.ts';
import { issuePath } from './site.ts';
import type { SentrySite } from './site.ts';

const COMMENT = /^sentry:comment:(\d{1,20})$/;
const Ids = fitting(z.object({ id: z.coerce.string() }));

/** A comment as it stands now; `null` when it was deleted. Sentry does not tell when one was edited. */
export async function rereadSentry(
  site: SentrySite,
  event: ProjectEvent,
  call: Call,
): Promise<Standing | null> {
  const id = COMMENT.exec(event.message ?? '')?.[1];
  const issue = IssueId.safeParse(subjectParts(event.subject).id);
  if (id === undefined || !issue.success) return { editedAt: null };
  const notes = await site.everyPage(`${issuePath(site.reader, issue.data)}notes/`, Ids, call);
  return notes.some((note) => note.id === id) ? { editedAt: null } : null;
}
