import type { Action } from '../domain/action.ts';
import { KeptContext } from '../domain/context.ts';
import { Failure } from '../domain/failure.ts';
import { Thought } from '../domain/plan.ts';
import { actionsOfCycle } from '../store/actions.ts';
import { findCycleRow } from '../store/cycles.ts';
import { eventRowsOfCycle } from '../store/events.ts';
import { journalOfCycle } from '../store/journal.ts';
import { modelCallsOfCycle } from '../store/model-calls.ts';
import type { Store } from '../store/open.ts';
import type { CycleTrace } from './contract.ts';

type Unnamed = Omit<CycleTrace, 'headline'>;

function whyOf(trace: Unnamed): string {
  const last = trace.trigger.events.at(-1);
  if (last === undefined) return '';
  const asks = last.kind.startsWith('comment.') || last.kind === 'cycle.requested';
  if (last.actor !== null && asks) return `, because ${last.actor} asked`;
  return `, because of: ${last.title}`;
}

/** `jira.add-comment` as `comment`: what a person sees of an operation. */
function wordOf(action: Action): string {
  const verbAndNoun = action.operation.split('.')[1] ?? action.operation;
  const [verb = '', ...noun] = verbAndNoun.split('-');
  return noun.join(' ') || verb;
}

type Say = (about: string, why: string, action: Action) => string;

const DID: Readonly<Record<Action['state'], Say>> = {
  done: (about, why) => `Answered on ${about}${why}.`,
  simulated: (about, why) => `Would have answered on ${about}${why}; nothing was sent.`,
  held: (about, why) => `Waits for a person before answering on ${about}${why}.`,
  deferred: (about, _why, action) => `Will look at ${about} again later: ${ruleOf(action)}`,
  denied: (about, _why, action) => `Was not allowed to act on ${about}: ${ruleOf(action)}`,
  suppressed: (about, _why, action) => `Stayed silent on ${about}: ${ruleOf(action)}`,
  declined: (about) => `A person declined what was proposed on ${about}.`,
  expired: (about) => `Nobody decided in time on ${about}: not done.`,
  failed: (about, _why, action) => `Could not act on ${about}: ${action.note ?? 'it failed'}.`,
  unknown: (about) => `May have answered on ${about}, nobody can tell: look at it.`,
  sending: (about, why) => `Is answering on ${about}${why}.`,
  proposed: (about, why) => `Is about to answer on ${about}${why}.`,
};

// What needs a person's eye is told first.
const TOLD_FIRST: readonly Action['state'][] = [
  'unknown',
  'failed',
  'done',
  'sending',
  'proposed',
  'held',
  'deferred',
  'simulated',
  'expired',
  'declined',
  'denied',
  'suppressed',
];

function ruleOf(action: Action): string {
  return action.verdict === null
    ? 'no rule allows it.'
    : `${action.verdict.reason.replace(/\.+$/, '')}.`;
}

const LONGEST_REASON = 300;

function firstSentence(text: string): string {
  const end = text.search(/[.!?](?:\s|$)/);
  const sentence = end < 0 ? text : text.slice(0, end + 1);
  if (sentence.length <= LONGEST_REASON) return sentence;
  return `${sentence.slice(0, LONGEST_REASON)}…`;
}

/** The subject in words where it is a mailbox of our own. */
function aboutOf(subject: string): string {
  const [system, kind, id = ''] = subject.split(':');
  if (system !== 'pm') return subject;
  if (kind === 'person') return `the reminders of ${personIn(id)}`;
  return kind === 'approval' ? `the approval ${id}` : subject;
}

function personIn(id: string): string {
  try {
    return decodeURIComponent(id).replace(/^member:/, '');
  } catch {
    return id;
  }
}

/** One sentence that says what was done and why. */
function headlineOf(trace: Unnamed): string {
  const { cycle, thought, actions } = trace;
  const about = aboutOf(cycle.subject);
  const why = whyOf(trace);
  if (cycle.status === 'failed') return `Gave up on ${about}: ${cycle.error ?? 'it failed'}`;
  const rank = (action: Action): number => TOLD_FIRST.indexOf(action.state);
  const [told] = actions.toSorted((left, right) => rank(left) - rank(right));
  if (told !== undefined) return DID[told.state](`${about} (${wordOf(told)})`, why, told);
  if (thought === null || cycle.status === 'open') return `Works on ${about}${why}.`;
  const did = cycle.outcome === 'needs a person' ? 'Left to a person' : 'Did nothing on';
  return `${did} ${about}: ${firstSentence(thought.plan.reasoning)}`;
}

/** How old each reading was when the plan was made. */
function contextOf(text: string | null, decidedAt: string | null): CycleTrace['context'] {
  if (text === null) return null;
  const context = KeptContext.parse(JSON.parse(text));
  const sources = context.sources.map((source) => {
    const age = decidedAt === null ? null : Date.parse(decidedAt) - Date.parse(source.readAt);
    return { ...source, ageMs: age };
  });
  return { ...context, sources };
}

/** Everything that is known of a cycle. Throws `not-found`. */
export async function traceOf(store: Store, id: string): Promise<CycleTrace> {
  const { db } = store;
  const found = await findCycleRow(db, id);
  if (found === undefined) throw new Failure('not-found', `There is no cycle ${id}.`);
  const events = await eventRowsOfCycle(db, id);
  const deliveries = events.map((event) => event.delivery).filter((one) => one !== null);
  const actions = await actionsOfCycle(db, id);
  const decidedAt = actions[0]?.createdAt ?? found.row.finishedAt;
  const trace: Unnamed = {
    cycle: found.row,
    trigger: { events, deliveries: [...new Set(deliveries)] },
    context: contextOf(found.context, decidedAt),
    thought: found.thought === null ? null : Thought.parse(JSON.parse(found.thought)),
    modelCalls: await modelCallsOfCycle(db, id),
    actions,
    journal: await journalOfCycle(db, id),
    costUsd: found.row.costUsd,
  };
  return { headline: headlineOf(trace), ...trace };
}
