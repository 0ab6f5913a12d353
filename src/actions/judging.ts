import type { Kysely } from 'kysely';
import type { Action, Reach } from '../domain/action.ts';
import type { Operation } from '../domain/connector.ts';
import type { Constitution } from '../domain/constitution.ts';
import type { Mode } from '../domain/mode.ts';
import type { ProposedAction, Urgency } from '../domain/plan.ts';
import type { Purpose } from '../domain/purpose.ts';
import type { Subject } from '../domain/subject.ts';
import type { Tables } from '../store/tables.ts';
import {
  approvalsSince,
  channelPlace,
  lastHumanEvent,
  ownSince,
  personPlace,
  subjectPlace,
  systemPlace,
  touchesSince,
  unaskedSince,
} from '../store/touches.ts';
import { hasGrant } from '../store/standing-grants.ts';
import type { Ground } from './content/ground.ts';
import { pausedUntil } from './pause.ts';
import type { Asker, Counts, PolicyCase, Recipient } from './policy/policy-case.ts';
import { changeOf } from './policy/policy-rule.ts';

/** What judging needs of the program. */
export interface JudgingParts {
  /** The directives in force now. */
  readonly constitution: () => Constitution;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly modeOf: (operation: string) => Mode;
  /** Looks up whom an action reaches. */
  readonly recipientOf: (reach: Reach) => Recipient;
}

/** What is known of the cycle in which actions are judged. */
export interface Circumstances {
  readonly cycle: string;
  readonly subject: Subject;
  readonly related: readonly Subject[];
  readonly answers: readonly string[];
  readonly history: readonly Action[];
  readonly asker: Asker | null;
  readonly confined: boolean;
  readonly ground: Ground;
  readonly level: Urgency;
  readonly productionP0: boolean;
  readonly now: number;
}

/** A proposal, and who made it. */
export interface Proposed {
  readonly action: ProposedAction;
  readonly author: PolicyCase['author'];
}

interface Asked extends Proposed {
  readonly approved: boolean;
  /** Actions of the same plan that were judged before this one. */
  readonly earlier: readonly Action[];
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const OPEN: ReadonlySet<Action['state']> = new Set(['proposed', 'simulated', 'held']);

/** A model's proposal is an answer or a notice, whatever it says of itself. */
function purposeOf({ action, author }: Proposed, answers: readonly string[]): Purpose {
  const usual = answers.length > 0 ? 'answer' : 'notice';
  return author === 'model' ? usual : (action.purpose ?? usual);
}

/** Everything the rules look at, read from the ledger now. */
export async function caseOf(
  db: Kysely<Tables>,
  parts: JudgingParts,
  given: { readonly asked: Asked; readonly about: Circumstances },
): Promise<PolicyCase> {
  const { asked, about } = given;
  const constitution = parts.constitution();
  const operation = parts.operations.get(asked.action.operation);
  const recipient = recipientIn(parts, { operation, proposed: asked.action });
  const pending = asked.earlier.filter(({ state }) => OPEN.has(state));
  const counts = await countsOf(db, { about, recipient, operation });
  return {
    ...about,
    constitution,
    proposed: asked.action,
    operation,
    author: asked.author,
    purpose: purposeOf(asked, about.answers),
    mode: parts.modeOf(asked.action.operation),
    pausedUntil: await pausedUntil(db, about.now),
    // What this plan already does counts as history: a plan cannot answer twice either.
    history: [...pending.map(asIfDone), ...about.history],
    recipient,
    counts: withPending(counts, pending, recipient),
    hops: await hopsOf(db, about),
    approved: asked.approved,
    wasClean: false,
    granted: await hasGrant(db, {
      operation: asked.action.operation,
      subject: about.subject,
      now: about.now,
    }),
  };
}

function asIfDone(action: Action): Action {
  return action.state === 'held' ? action : { ...action, state: 'done' };
}

function recipientIn(
  parts: JudgingParts,
  proposal: Pick<PolicyCase, 'operation' | 'proposed'>,
): Recipient | null {
  const change = changeOf(proposal);
  const reach = change?.operation.reaches?.(change.input);
  return reach === undefined ? null : parts.recipientOf(reach);
}

interface Counting {
  readonly about: Circumstances;
  readonly recipient: Recipient | null;
  readonly operation: Operation | undefined;
}

async function countsOf(db: Kysely<Tables>, given: Counting): Promise<Counts> {
  const { about, recipient, operation } = given;
  const { now, subject } = about;
  const spokenAt = await lastHumanEvent(db, [subject]);
  const system = operation?.name.split('.')[0] ?? '';
  return {
    remindersToday: await remindersToday(db, recipient, now),
    channelLastHour: await channelLastHour(db, recipient, now),
    subjectLastHour: await touchesSince(db, subjectPlace(subject), now - HOUR_MS),
    ownInARow: await ownSince(db, [subject], spokenAt),
    systemLastMinute: await touchesSince(db, systemPlace(system), now - MINUTE_MS),
    approvalsToday: await approvalsSince(db, subject, now - (now % DAY_MS)),
  };
}

/** The most that any of the reached people got on their own local date. */
async function remindersToday(
  db: Kysely<Tables>,
  recipient: Recipient | null,
  now: number,
): Promise<number> {
  let most = 0;
  for (const { person, hours } of recipient?.people ?? []) {
    const since = startOfDay((at) => hours.localDate(at), now);
    most = Math.max(most, await unaskedSince(db, personPlace(person), since));
  }
  return most;
}

/** The first instant of the local date, to the minute: the date is asked for, since days are not always 24 h long. */
function startOfDay(localDate: (at: number) => string, now: number): number {
  const today = localDate(now);
  let before = now - 26 * HOUR_MS;
  let inside = now;
  while (inside - before > MINUTE_MS) {
    const middle = Math.floor((before + inside) / 2);
    if (localDate(middle) === today) inside = middle;
    else before = middle;
  }
  return inside - MINUTE_MS;
}

async function channelLastHour(
  db: Kysely<Tables>,
  recipient: Recipient | null,
  now: number,
): Promise<number> {
  const reach = recipient?.reach;
  if (reach?.audience !== 'channel' || reach.id === null) return 0;
  return await touchesSince(db, channelPlace(reach.system, reach.id), now - HOUR_MS);
}

function withPending(
  counts: Counts,
  pending: readonly Action[],
  recipient: Recipient | null,
): Counts {
  const more = pending.length;
  const sameReach = pending.filter(
    ({ reaches }) => reaches !== null && reaches.id === recipient?.reach.id,
  ).length;
  return {
    remindersToday: counts.remindersToday + (recipient === null ? 0 : sameReach),
    channelLastHour: counts.channelLastHour + sameReach,
    subjectLastHour: counts.subjectLastHour + more,
    ownInARow: counts.ownInARow + more,
    systemLastMinute: counts.systemLastMinute + more,
    approvalsToday: counts.approvalsToday + pending.filter(({ state }) => state === 'held').length,
  };
}

/** Our own actions on everything that is linked here, since a person last moved any of it. */
async function hopsOf(db: Kysely<Tables>, about: Circumstances): Promise<number> {
  if (about.related.length === 0) return 0;
  const chain = [about.subject, ...about.related];
  return await ownSince(db, chain, await lastHumanEvent(db, chain));
}
