import type { Context } from '../domain/context.ts';
import type { ProjectEvent } from '../domain/event.ts';
import type { Thought } from '../domain/plan.ts';
import type { ThinkCall } from '../domain/planner.ts';
import { subjectParts } from '../domain/subject.ts';
import { isOwnEffect } from '../store/actions.ts';
import type { CycleParts } from './cycle-parts.ts';

/** A thought, and the events that its plan answers. */
export interface Fresh {
  readonly thought: Thought;
  /** A message that was said anew is not among them: its new version still waits. */
  readonly answered: readonly ProjectEvent[];
}

function quiet(reasoning: string, notes: readonly string[]): Thought {
  const plan = {
    shouldRespond: false,
    urgency: 'low',
    reasoning,
    actions: [],
    unknowns: [],
  } as const;
  return { plan: { ...plan, actions: [], unknowns: [] }, planner: 'rules', notes: [...notes] };
}

const ECHO = quiet('The agent wrote this itself.', [
  'own echo, recognised by what our actions made',
]);

const NOT_ASKED = quiet(
  'What was said is gone or was said anew; the newest version has its own event.',
  ['the plan answered words that do not stand any more, so nothing of it is done'],
);

const NOTHING_SAID = quiet('Nobody said anything; the rules alone have looked.', []);

/** Mail without words: a time has come, a person has decided, pressed or reacted. No planner is asked about it. */
const OWN_KINDS: ReadonlySet<string> = new Set([
  'sweep.due',
  'action.due',
  'approval.accepted',
  'button.pressed',
  'reaction.added',
]);

interface Thinking {
  readonly context: Context;
  /** Keys of events that the rules have dealt with. */
  readonly handled: ReadonlySet<string>;
}

/** Thinks about what is left to think about: own mailboxes have their own planner, silence needs none. */
export async function thinkAbout(
  parts: CycleParts,
  { context, handled }: Thinking,
  call: ThinkCall,
): Promise<Fresh> {
  const { system, kind } = subjectParts(context.subject);
  if (system === 'pm') return await withOwnPlanner(parts, { context, kind }, call);
  const left = context.events.filter(
    (event) => !OWN_KINDS.has(event.kind) && !handled.has(event.key),
  );
  if (left.length === 0) return { thought: NOTHING_SAID, answered: [] };
  if (await isOnlyEcho(parts, left)) return { thought: ECHO, answered: left };
  return await freshThought(parts, { ...context, events: left }, call);
}

async function withOwnPlanner(
  parts: CycleParts,
  { context, kind }: { readonly context: Context; readonly kind: string },
  call: ThinkCall,
): Promise<Fresh> {
  const planner = parts.ownPlanners.get(kind);
  if (planner === undefined) return { thought: NOTHING_SAID, answered: [] };
  return { thought: await planner.think(context, call), answered: [] };
}

/** The messages that a plan on these events answers. */
export function messagesOf(events: readonly ProjectEvent[]): string[] {
  return [...new Set(events.flatMap((event) => event.message ?? []))];
}

/**
 * A plan that would do something is made again, once, when the words it answers are gone or were edited by the time it
 * is there: nothing is done on stale state (R13).
 */
async function freshThought(parts: CycleParts, context: Context, call: ThinkCall): Promise<Fresh> {
  const thought = await parts.planner.think(context, call);
  if (thought.plan.actions.length === 0) return { thought, answered: context.events };
  const answered = await parts.standing(context.events, call.signal);
  const isFresh = answered.every((event, at) => event.message === context.events[at]?.message);
  if (isFresh) return { thought, answered };
  if (messagesOf(answered).length === 0) return { thought: NOT_ASKED, answered };
  return {
    thought: await parts.planner.think({ ...context, events: [...answered] }, call),
    answered,
  };
}

/**
 * As long as we do not know our own account, an echo is known by its message: the cycle that wrote it has ended before
 * this one began, so what it made is in the store.
 */
async function isOnlyEcho(parts: CycleParts, events: readonly ProjectEvent[]): Promise<boolean> {
  const unsure = events.filter((event) => !parts.knowsItself(event.source));
  if (unsure.length < events.length) return false;
  for (const event of unsure) {
    const ids = effectIdsOf(event.message);
    if (ids.length === 0 || !(await isOwnEffect(parts.store.db, ids))) return false;
  }
  return true;
}

/** What the effect of an action may be called that made this message: an id alone, or with its channel. */
function effectIdsOf(message: string | null): string[] {
  const words = message?.split(':') ?? [];
  const last = words.at(-1);
  if (last === undefined) return [];
  return [last, words.slice(-2).join(':'), last.split('/').at(-1) ?? last];
}
