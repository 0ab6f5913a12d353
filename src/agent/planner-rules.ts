import type { Talk } from '../domain/connector.ts';
import type { Context } from '../domain/context.ts';
import type { ProjectEvent } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import type { Plan, ProposedAction, Thought } from '../domain/plan.ts';
import type { Planner } from '../domain/planner.ts';
import { subjectParts } from '../domain/subject.ts';
import { isAddressed } from './addressed.ts';
import type { Addressing } from './addressed.ts';

export interface RulesSettings extends Addressing {
  /** What a person is called, where the event knows only an id. */
  readonly nameOf: (system: string, account: string) => string | null;
}

const QUIET: Plan = {
  shouldRespond: false,
  urgency: 'low',
  reasoning: 'Nobody asked the agent anything; no rule calls for a word.',
  actions: [],
  unknowns: [],
};

// Requests for a change need a person's judgement; the rules never guess which change is meant.
const REQUEST = /\b(please|can you|could you|would you|move|assign|close|reopen|delete|change)\b/i;
const MOST_FACTS = 6;
const LONGEST_FACT = 300;

// The facts that answer "how does it stand", in the order in which people ask for them.
const TELLING = ['status', 'assignee', 'priority', 'sprint', 'due'];

/** The item that a fact is about, as its id tells: `jira:issue:ECD-12#status`. */
function itemOf(fact: Fact): string {
  return fact.id.split('#')[0] ?? fact.id;
}

function factLine(fact: Fact, context: Context): string {
  const text = fact.text.replaceAll(/\s+/g, ' ').slice(0, LONGEST_FACT);
  const item = itemOf(fact);
  return item === context.subject ? `- ${text}` : `- ${subjectParts(item).id}: ${text}`;
}

/** Where people can look at items that are not the place of the answer itself. */
function linkLines(facts: readonly Fact[], context: Context): string[] {
  const elsewhere = facts.filter((fact) => fact.url !== null && itemOf(fact) !== context.subject);
  return [...new Set(elsewhere.map(({ url }) => url ?? ''))];
}

function tellingFacts(context: Context): readonly Fact[] {
  const rank = (fact: Fact) => TELLING.indexOf(fact.kind);
  return context.facts
    .filter((fact) => rank(fact) >= 0)
    .sort((left, right) => rank(left) - rank(right))
    .slice(0, MOST_FACTS);
}

function readAt(context: Context): string {
  const at = context.sources.find((source) => source.ok)?.readAt;
  return at === undefined ? 'unknown time' : `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}

function answerText(event: ProjectEvent, context: Context, name: string): string {
  const { kind, id } = subjectParts(context.subject);
  // Where people talk, the place is plain; its id would be noise.
  const where = kind === 'thread' ? '' : ` on ${id}`;
  const facts = tellingFacts(context);
  const missing = context.sources.filter((source) => !source.ok);
  const lines = [`${name}, I have read your message${where}.`];
  if (facts.length > 0) {
    const told = facts.map((fact) => factLine(fact, context));
    lines.push('', `As of ${readAt(context)}:`, ...told, ...linkLines(facts, context));
  }
  for (const source of missing) lines.push('', `I could not read ${source.source} just now.`);
  if (REQUEST.test(event.text ?? '')) {
    lines.push('', 'This asks for a change or a judgement: a person needs to look at it.');
  }
  lines.push('', 'No model was used for this answer, only rules and the facts above.');
  return lines.join('\n');
}

interface Answering {
  readonly event: ProjectEvent;
  readonly talk: Talk | undefined;
  readonly name: string;
}

function answerTo({ event, talk, name }: Answering, context: Context): ProposedAction | null {
  const reply = talk?.reply(event, answerText(event, context, name)) ?? null;
  if (reply === null) return null;
  const reason = `${name} addressed the agent directly.`;
  return { operation: reply.operation, input: { ...reply.input }, reason, purpose: 'answer' };
}

function planFor(context: Context, settings: RulesSettings): Plan {
  const asked = context.events.filter(
    (event) =>
      event.message !== null &&
      !context.answered.includes(event.message) &&
      isAddressed(event, settings),
  );
  const last = asked.at(-1);
  if (last === undefined) return QUIET;
  const needsPerson = REQUEST.test(last.text ?? '');
  const { source, actor } = last;
  const name = (actor && (settings.nameOf(source, actor.id) ?? actor.name)) ?? 'Somebody';
  const action = answerTo({ event: last, talk: settings.talk(source), name }, context);
  return {
    shouldRespond: action !== null,
    urgency: needsPerson ? 'medium' : 'low',
    reasoning: `${name} addressed the agent: acknowledged with the facts at hand.`,
    actions: action === null ? [] : [action],
    unknowns: needsPerson ? ['Whether to do what was asked: a person needs to decide.'] : [],
  };
}

/** Deterministic planner: answers a direct question with the facts it has, flags what needs a person, else is silent. */
export function rulesPlanner(settings: RulesSettings): Planner {
  return {
    name: 'rules',
    paid: false,
    think: (context): Promise<Thought> =>
      Promise.resolve({ plan: planFor(context, settings), planner: 'rules', notes: [] }),
  };
}
