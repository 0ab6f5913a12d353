import type { Action } from '../domain/action.ts';
import type { Context } from '../domain/context.ts';
import type { Plan, ProposedAction, Thought, Urgency, Withheld } from '../domain/plan.ts';
import type { Planner } from '../domain/planner.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Trouble } from '../domain/trouble.ts';
import type { Store } from '../store/open.ts';
import type { Work } from '../store/writer.ts';
import { keepTroubleNote, troubleNote } from '../store/trouble-notes.ts';
import type { TroubleNote } from '../store/trouble-notes.ts';

export interface OperationsParts {
  readonly store: Store;
  /** The id of the channel for troubles; `null` when the directives name none, or it is not found. */
  readonly channel: () => string | null;
}

const OPERATION = 'slack.post-message';
// Two words about one trouble are at least so far apart: what comes and goes is not told each time.
const QUIET_MS = 3_600_000;
// Held is told as well: a person has it before them.
const TOLD: ReadonlySet<Action['state']> = new Set(['done', 'simulated', 'held', 'unknown']);

/**
 * Works the mailbox of a trouble of the program: proposes one message about how it stands by now, or about its end. Code
 * alone writes here, of kinds and ids. Safe to run again.
 */
export function operationsPlanner(parts: OperationsParts): Planner {
  return {
    name: 'operations',
    paid: false,
    think: async (context) => await think(parts, context),
  };
}

interface News {
  readonly proposed: NonNullable<TroubleNote['proposed']>;
  readonly level: Urgency;
  readonly text: string;
}

async function think(parts: OperationsParts, context: Context): Promise<Thought> {
  const { id } = subjectParts(context.subject);
  const note = await troubleNote(parts.store.db, id);
  const news = note === null ? null : newsOf(id, note, context);
  if (note === null || news === null) return thoughtOf({ level: 'low' });
  const { level, text, proposed } = news;
  const channel = parts.channel();
  if (channel === null) return thoughtOf({ level, withheld: noChannel(text) });
  await parts.store.write(async ({ db }) => {
    // Read again: the watch may have written since.
    const fresh = (await troubleNote(db, id)) ?? note;
    await keepTroubleNote(db, id, { ...fresh, proposed });
  });
  const reason = `trouble of the program: ${id}`;
  const input = { channel, text };
  const action = { operation: OPERATION, input, reason, purpose: 'operations' } as const;
  return thoughtOf({ level, action });
}

function newsOf(id: string, note: TroubleNote, { events }: Context): News | null {
  const { now, told } = note;
  if (now !== null) {
    if (told === now.mark) return null;
    return { proposed: { mark: now.mark }, level: now.level, text: textOf(now) };
  }
  const isEnd = events.some(({ kind }) => kind === 'trouble.ended');
  return isEnd ? { proposed: 'end', level: 'low', text: `pm-agent: over: ${id}.` } : null;
}

function textOf({ what, level, command }: Trouble): string {
  return `pm-agent, ${level}: ${what}\nMore: ${command}`;
}

function noChannel(text: string): Withheld {
  return {
    preview: text.slice(0, 200),
    operation: OPERATION,
    rule: 'channels',
    reason: 'no_operations_channel',
    until: null,
    numbers: {},
  };
}

interface Thinking {
  readonly level: Urgency;
  readonly action?: ProposedAction;
  readonly withheld?: Withheld;
}

function thoughtOf({ level, action, withheld }: Thinking): Thought {
  const plan: Plan = {
    shouldRespond: action !== undefined,
    urgency: level,
    reasoning: 'How a trouble of the program stands by now.',
    actions: action === undefined ? [] : [action],
    unknowns: [],
  };
  const left = withheld === undefined ? [] : [withheld];
  return { plan, planner: 'rules', notes: [], withheld: left };
}

/** Remembers what was told of a trouble, in the transaction that ends the cycle. */
export async function rememberTold(work: Work, action: Action, now: number): Promise<void> {
  if (action.purpose !== 'operations' || !TOLD.has(action.state)) return;
  const { id } = subjectParts(action.subject);
  const note = await troubleNote(work.db, id);
  if (note === null || note.proposed === null) return;
  const { proposed } = note;
  const told = proposed === 'end' ? null : proposed.mark;
  const nextAt = now + QUIET_MS;
  await keepTroubleNote(work.db, id, { ...note, told, proposed: null, nextAt, tries: 0 });
}
