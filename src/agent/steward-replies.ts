import type { Kysely } from 'kysely';
import type { ProjectEvent } from '../domain/event.ts';
import type { ProposedAction } from '../domain/plan.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import { newestNudgesIn, nudgesOfMessage } from '../store/nudges.ts';
import type { SentNudge } from '../store/nudges.ts';
import { openAmong, problemsById } from '../store/problems.ts';
import type { Tables } from '../store/tables.ts';
import { LEADERSHIP } from './record-nudges.ts';
import { isTaken, saidInReply } from './reminder-answer.ts';
import type { ReminderAnswer } from './reminder-answer.ts';
import { stampedReminder } from './reminder-presses.ts';
import { stampOf } from './reminder-response.ts';
import type { Response } from './reminder-response.ts';
import type { TeamView } from './team-view.ts';

/** Words and reactions under our reminders, and what is to be done about them. */
export interface Replies {
  readonly responses: readonly Response[];
  readonly proposals: readonly ProposedAction[];
  /** The conversations of the reminders that these change. */
  readonly related: readonly Subject[];
  /** Keys of the events that are dealt with. */
  readonly handled: ReadonlySet<string>;
}

interface Thread {
  readonly subject: string;
  readonly events: readonly ProjectEvent[];
  readonly team: TeamView;
  readonly now: number;
  readonly windowMs: number;
}

interface Found {
  readonly response: Response;
  readonly proposal: ProposedAction | null;
  readonly sent: SentNudge;
  readonly key: string;
}

const LATELY_MS = 3 * 86_400_000;

/** Finds what people said or reacted to reminders in a conversation. Reads only. */
export async function repliesIn(db: Kysely<Tables>, thread: Thread): Promise<Replies> {
  const found: Found[] = [];
  for (const event of thread.events) {
    const nudges = await remindersOf(db, thread, event);
    const response = await responseTo(db, thread, { event, nudges });
    const [sent] = nudges;
    if (response === null || sent === undefined) continue;
    const proposal = stampedReminder(sent, stampOf(response));
    found.push({ response, proposal, sent, key: event.key });
  }
  return {
    responses: found.map(({ response }) => response),
    proposals: found.flatMap(({ proposal }) => proposal ?? []).slice(-1),
    related: found.flatMap(({ sent }) => threadOf(sent)),
    handled: new Set(found.map(({ key }) => key)),
  };
}

/** Where a reminder stands: who answers beside its thread speaks of it all the same. */
function threadOf({ effectId }: SentNudge): Subject[] {
  const [channel, ts] = effectId?.split(':') ?? [];
  return channel === undefined || ts === undefined ? [] : [`slack:thread:${channel}:${ts}`];
}

/** The reminder in whose thread it was said; in a direct conversation also the newest one. */
async function remindersOf(
  db: Kysely<Tables>,
  { subject, now }: Thread,
  event: ProjectEvent,
): Promise<SentNudge[]> {
  const { id } = subjectParts(subject);
  const here = await nudgesOfMessage(db, id);
  const channel = event.scope ?? '';
  const isDirect = channel.startsWith('D') && event.kind === 'message.posted';
  if (here.length > 0 || !isDirect) return here;
  return await newestNudgesIn(db, channel, now - LATELY_MS);
}

interface Said {
  readonly event: ProjectEvent;
  readonly nudges: readonly SentNudge[];
}

async function responseTo(
  db: Kysely<Tables>,
  { team, now, windowMs }: Thread,
  { event, nudges }: Said,
): Promise<Response | null> {
  const { actor, source: system } = event;
  if (actor === null || nudges.length === 0) return null;
  const by = team.memberAt({ system, id: actor.id, name: actor.name, bot: actor.kind === 'bot' });
  if (by === null || !nudges.every(({ person }) => person === by.id || person === LEADERSHIP)) {
    return null;
  }
  const at = Date.parse(event.at);
  const answer = answerIn(event, at, team.timeOf(by.id));
  if (answer === null) return null;
  const ids = nudges.map(({ problem }) => problem);
  const open = await openAmong(db, ids);
  const problems = (await problemsById(db, ids)).filter(({ id }) => open.has(id));
  return { problems, answer, at, person: by.id, team, now, windowMs };
}

function answerIn(
  event: ProjectEvent,
  at: number,
  calendar: Parameters<typeof saidInReply>[2],
): ReminderAnswer | null {
  if (event.kind === 'message.posted') return saidInReply(event.text ?? '', at, calendar);
  if (event.kind !== 'reaction.added') return null;
  return isTaken(event.changes[0]?.to ?? '') ? { kind: 'on-it' } : null;
}
