import type { Call, Standing } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { subjectParts } from '../../domain/subject.ts';
import { iso } from '../../lib/clock.ts';
import { millisOf } from './timestamp.ts';
import type { SlackWorkspace } from './workspace.ts';

const MESSAGE = /^slack:message:[^:]+:(\d{1,12}\.\d{1,9})$/;
const MOST = 1_000;

/** A message as it stands now in its thread; `null` when it was deleted. */
export async function rereadSlack(
  workspace: SlackWorkspace,
  event: ProjectEvent,
  call: Call,
): Promise<Standing | null> {
  const ts = MESSAGE.exec(event.message ?? '')?.[1];
  const [channel, thread] = subjectParts(event.subject).id.split(':');
  if (ts === undefined || channel === undefined || thread === undefined) return { editedAt: null };
  try {
    const messages = await workspace.thread({ channel, thread }, MOST, call);
    const message = messages.find((one) => one.ts === ts);
    if (message === undefined) return null;
    const edited = message.edited?.ts ?? null;
    return { editedAt: edited === null ? null : iso(millisOf(edited)) };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}
