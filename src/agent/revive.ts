import { askFor } from '../actions/approvals/ask-for.ts';
import { endApproval } from '../actions/approvals/end-approval.ts';
import type { Circumstances } from '../actions/judging.ts';
import { rejudge } from '../actions/propose.ts';
import type { Rejudged } from '../actions/propose.ts';
import type { Action } from '../domain/action.ts';
import type { Approval } from '../domain/approval.ts';
import type { Context } from '../domain/context.ts';
import type { ProjectEvent } from '../domain/event.ts';
import { Failure } from '../domain/failure.ts';
import { versionOf } from '../domain/situation.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import { dueActionsOf, findAction, moveAction } from '../store/actions.ts';
import { findApproval } from '../store/approvals.ts';
import { eventsOfCycle } from '../store/events.ts';
import type { Work } from '../store/writer.ts';
import type { CycleParts } from './cycle-parts.ts';
import { isAnswerStale, withoutRestricted } from './current-mail.ts';
import type { Survey } from './survey.ts';

/** An action of an earlier cycle whose hour has come: a person has agreed, or the time is there. */
export interface Revived {
  readonly action: Action;
  readonly approval: Approval | null;
  /** How the target stands now, as far as somebody has to know. */
  readonly version: string | null;
  /** True when the target is another one than the person saw. */
  readonly changed: boolean;
  readonly judged: Rejudged;
}

const ACCEPTED = /^approval:(?<id>[0-9a-f-]{36}):accepted$/;

/** Reads how the target stands now; `null` where its system shows nothing to compare. */
export async function targetVersion(
  survey: Survey,
  target: Subject,
  signal: AbortSignal,
): Promise<string | null> {
  const surveyed = await survey(target, signal);
  if (surveyed.kind === 'seen') return versionOf(surveyed.situation);
  if (surveyed.kind === 'none') return null;
  // What cannot be read cannot be compared: closed by default, tried again later.
  throw new Failure('unavailable', `the target could not be read anew (${surveyed.note})`);
}

/** The subject that an action would touch. */
export function targetOf(parts: CycleParts, action: Action): Subject {
  const operation = parts.judging.operations.get(action.operation);
  if (operation === undefined || operation.effect === 'read') return action.subject;
  const input = operation.input.safeParse(action.input);
  return input.success ? operation.target(input.data) : action.subject;
}

interface Reviving {
  readonly context: Context;
  readonly about: Circumstances;
  readonly signal: AbortSignal;
}

/** Everything that is to be judged again in this cycle. Nothing is written yet. */
export async function revive(parts: CycleParts, given: Reviving): Promise<Revived[]> {
  const { db } = parts.store;
  const { subject, now } = given.about;
  const revived: Revived[] = [];
  for (const approval of await acceptedIn(parts, given.context.events)) {
    const action = await findAction(db, approval.action);
    const isBound = action?.state === 'held' && action.digest === approval.digest;
    if (action !== null && isBound) revived.push(await again(parts, given, { action, approval }));
  }
  for (const action of await dueActionsOf(db, { subject, now })) {
    const kept = action.approval === null ? undefined : await findApproval(db, action.approval);
    const isApproved = kept?.state === 'accepted' && kept.digest === action.digest;
    revived.push(await again(parts, given, { action, approval: isApproved ? kept : null }));
  }
  return revived;
}

async function acceptedIn(parts: CycleParts, events: readonly ProjectEvent[]): Promise<Approval[]> {
  const found: Approval[] = [];
  for (const { key, kind } of events) {
    const id = kind === 'approval.accepted' ? ACCEPTED.exec(key)?.groups?.['id'] : undefined;
    const approval = id === undefined ? undefined : await findApproval(parts.store.db, id);
    if (approval?.state === 'accepted') found.push(approval);
  }
  return found;
}

async function again(
  parts: CycleParts,
  given: Reviving,
  held: Pick<Revived, 'action' | 'approval'>,
): Promise<Revived> {
  const { action, approval } = held;
  const about = await asProposed(parts, given, action);
  const approved = approval !== null;
  const judged = await rejudge(parts.store.db, parts.judging, { action, about, approved });
  if (await isAnswerStale(parts.store.db, action)) {
    return { ...held, version: null, changed: false, judged: stale(judged) };
  }
  if (approval === null && judged.start.state !== 'held') {
    return { ...held, version: null, changed: false, judged };
  }
  const version = await targetVersion(parts.survey, targetOf(parts, action), given.signal);
  const changed = approval !== null && approval.targetVersion !== version;
  return { ...held, version, changed, judged };
}

/** What an action of an item may stay linked to: channels and people are looked up in the directives of today. */
const ITEMS: ReadonlySet<string> = new Set(['issue', 'pull-request', 'error', 'thread']);

/**
 * The circumstances of today for an action of an earlier cycle. Whose words led to it, where they were said and which item it
 * was bound to is known from that cycle: the mail of today is about something else.
 */
async function asProposed(
  parts: CycleParts,
  { context, about }: Reviving,
  action: Action,
): Promise<Circumstances> {
  const mail = (await eventsOfCycle(parts.store.db, action.cycle)).map(withoutRestricted);
  const target = targetOf(parts, action);
  const linked = ITEMS.has(subjectParts(target).kind) ? [target] : [];
  return {
    ...about,
    related: [...new Set([...about.related, ...linked])],
    asker: parts.surroundings.askerOf(mail),
    confined: about.confined || mail.some(({ confined }) => confined === true),
    ground: parts.surroundings.groundOf({ ...context, events: [...mail, ...context.events] }),
  };
}

const STALE = 'what it answers is gone or was said anew; the newest version has its own event';

/** Nothing is done on stale state (R13). */
function stale(judged: Rejudged): Rejudged {
  return {
    ...judged,
    verdict: { answer: 'deny', rule: 'stale', reason: STALE },
    start: { state: 'denied', note: STALE, dueAt: null },
  };
}

/** Commits what became of a revived action: it goes to the door, waits again, or ends. */
export async function commitRevived(
  parts: CycleParts,
  work: Work,
  given: { readonly revived: Revived; readonly about: Circumstances },
): Promise<void> {
  const { revived, about } = given;
  const { action, approval, changed, judged } = revived;
  if (approval !== null && changed) {
    await askAnew(parts, work, given);
    return;
  }
  const { state, note, dueAt } = judged.start;
  const ends = state === 'denied' || state === 'simulated';
  await moveAction(work.db, action.id, {
    from: ['held', 'deferred'],
    state,
    note,
    due_at: dueAt === null ? null : Date.parse(dueAt),
    verdict: JSON.stringify(judged.verdict),
    directives: judged.directives,
    ...(ends ? { settled_at: about.now } : {}),
  });
  work.journal({
    kind: 'action.judged',
    subject: action.subject,
    cycle: about.cycle,
    data: {
      action: action.id,
      operation: action.operation,
      digest: action.digest,
      verdict: judged.verdict,
      state,
      mode: judged.mode,
      approval: approval?.id ?? null,
    },
  });
  if (state === 'held' && approval === null) await askAnew(parts, work, given);
  if (approval !== null && ends) {
    await endApproval(work, approval.id, { state: 'failed', note, now: about.now });
  }
}

async function askAnew(
  parts: CycleParts,
  work: Work,
  given: { readonly revived: Revived; readonly about: Circumstances },
): Promise<void> {
  const { about } = given;
  const { action, approval, version, judged } = given.revived;
  if (approval !== null) {
    const note = `the target changed since: ${approval.targetVersion ?? 'not known'} is ${version ?? 'not known'} now`;
    await endApproval(work, approval.id, { state: 'changed', note, now: about.now });
  }
  const rule = `${judged.verdict.rule}: ${judged.verdict.reason}`;
  await question(parts, work, { action, about, rule, targetVersion: version });
}

interface Question {
  readonly action: Action;
  readonly about: Circumstances;
  readonly rule: string;
  readonly targetVersion: string | null;
}

/** Puts a held action to people, in the commit that holds it. */
export async function question(parts: CycleParts, work: Work, given: Question): Promise<void> {
  const { action, about } = given;
  const { surroundings, judging } = parts;
  const approval = await askFor(work, {
    action,
    operation: judging.operations.get(action.operation),
    level: about.level,
    rule: given.rule,
    targetVersion: given.targetVersion,
    excluded: surroundings.excludedFrom(action),
    needed: surroundings.neededFor(action.operation),
    expiresAt: surroundings.expiresAt(about.level, about.now),
    now: about.now,
  });
  await moveAction(work.db, action.id, { from: ['held'], state: 'held', approval: approval.id });
}
