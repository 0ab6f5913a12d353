import type { ModelMessage, ToolSet } from 'ai';
import { z } from 'zod';
import type { Context } from '../domain/context.ts';
import type { Operation, ReadOperation } from '../domain/connector.ts';
import { Failure } from '../domain/failure.ts';
import { Plan } from '../domain/plan.ts';
import type { Thought } from '../domain/plan.ts';
import type { Planner, ThinkCall } from '../domain/planner.ts';
import { subjectParts } from '../domain/subject.ts';
import type { ModelChoice } from './model-provider.ts';
import { modelPlanSchema } from './model-schema.ts';
import { sortFirst } from './model-triage.ts';
import type { Addressed } from './model-triage.ts';
import { paidModel } from './paid-model.ts';
import type { PaidModel, PaidModelParts, Reply } from './paid-model.ts';
import { contextPrompt, promptAgain, stablePrompt } from './prompt.ts';
import { offeredReads, readTools, readableSubjects, readingDesk } from './reading.ts';
import type { Desk, Read } from './reading.ts';

export interface ModelPlannerSettings extends PaidModelParts {
  /** Asked in this order: the next one when one cannot be reached. Never empty. */
  readonly models: readonly ModelChoice[];
  /** What the model reads of the directives in force now. */
  readonly directives: () => string;
  /** What may be proposed, and what may be read while thinking. */
  readonly operations: readonly Operation[];
  /** Runs the reads; `null`: the model reads nothing but its prompt. */
  readonly read: Read | null;
  /** A cheap model in front, for what does not speak to the agent. */
  readonly triage: { readonly model: ModelChoice; readonly addressed: Addressed } | null;
  /** Who thinks when no model can, or none may be paid. */
  readonly fallback: Planner;
}

const MOST_OUTPUT_TOKENS = 4_000;
/** Calls of a model for one plan: those that read, the one with the plan, and the one that puts it right. */
const MOST_STEPS = 4;

// The next model may be reached where this one is not. A refusal, a wrong key or an empty purse would be the same there.
const TO_THE_NEXT: ReadonlySet<Failure['kind']> = new Set([
  'rate-limited',
  'unavailable',
  'broken-line',
  'timeout',
  'conflict',
]);

/** Asks a model for a plan; one bad answer is sent back with its fault named, then the rules think. */
export function modelPlanner(settings: ModelPlannerSettings): Planner {
  const models = settings.models.map((choice) => paidModel(choice, settings));
  const { triage } = settings;
  const sorter =
    triage === null
      ? null
      : { model: paidModel(triage.model, settings), addressed: triage.addressed };
  const faceOf = faces(settings);
  return {
    name: `model ${models.map(({ name }) => name).join(', ')}`,
    paid: true,
    think: async (context, call) => {
      const sorted = sorter === null ? null : await sortFirst(sorter, context, call);
      if (sorted?.kind === 'quiet') return sorted.thought;
      const talk = talkAbout(context, { settings, call, face: faceOf(context) });
      const end = await askInTurn(models, talk);
      const notes = [...(sorted?.notes ?? []), ...end.notes];
      if (end.kind === 'plan') return withReads({ plan: end.plan, planner: 'model', notes }, talk);
      call.signal.throwIfAborted();
      const thought = await settings.fallback.think(context, call);
      return withReads({ ...thought, notes: [end.why, ...notes, ...thought.notes] }, talk);
    },
  };
}

interface Face {
  readonly stable: string;
  readonly schema: ReturnType<typeof modelPlanSchema>;
  readonly reads: readonly ReadOperation[];
  readonly tools: ToolSet;
  readonly shapeBytes: number;
}

/**
 * What the model is offered for a subject of a system: its own operations, since no other could touch the subject. The
 * provider takes few optional properties in one schema, and the prompt stays short; each system's part is cached.
 */
function faces(settings: ModelPlannerSettings): (context: Context) => Face {
  const known = new Map<string, { readonly directives: string; readonly face: Face }>();
  return ({ subject }) => {
    const { system } = subjectParts(subject);
    const directives = settings.directives();
    const before = known.get(system);
    if (before?.directives === directives) return before.face;
    const own = settings.operations.filter(({ name }) => name.startsWith(`${system}.`));
    const face = faceFor(own, { system, directives, mayRead: settings.read !== null });
    known.set(system, { directives, face });
    return face;
  };
}

function faceFor(
  own: readonly Operation[],
  given: { readonly system: string; readonly directives: string; readonly mayRead: boolean },
): Face {
  const schema = modelPlanSchema(own);
  const reads = given.mayRead ? offeredReads(own, given.system) : [];
  const shape = [schema, ...reads.map(({ input }) => input)].map((one) =>
    JSON.stringify(z.toJSONSchema(one, { unrepresentable: 'any', io: 'input' })),
  );
  const words = reads.map(({ name, summary }) => `${name}${summary}`);
  return {
    stable: stablePrompt(given.directives, own),
    schema,
    reads,
    tools: readTools(reads),
    shapeBytes: Buffer.byteLength([...shape, ...words].join('')),
  };
}

/** One thought: what is asked, what is read meanwhile, and on whose account. */
interface Talk {
  readonly prompt: string;
  readonly face: Face;
  readonly desk: Desk;
  readonly call: ThinkCall;
}

function talkAbout(
  context: Context,
  given: { readonly settings: ModelPlannerSettings; readonly call: ThinkCall; readonly face: Face },
): Talk {
  const { settings, call, face } = given;
  const read: Read = settings.read ?? (() => Promise.reject(new Failure('denied', 'no reads')));
  const desk = readingDesk(
    { read, clock: settings.clock },
    { operations: face.reads, subjects: readableSubjects(context), signal: call.signal },
  );
  return { prompt: contextPrompt(context), face, desk, call };
}

function withReads(thought: Thought, { desk }: Talk): Thought {
  return desk.records.length === 0 ? thought : { ...thought, reads: [...desk.records] };
}

type TalkEnd =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly notes: readonly string[] }
  /** No plan of a model; `why` is the note for people. */
  | { readonly kind: 'none'; readonly why: string; readonly notes: readonly string[] };

/** Down the chain as long as models cannot be reached. */
async function askInTurn(models: readonly PaidModel[], talk: Talk): Promise<TalkEnd> {
  const notes: string[] = [];
  let last: Reply<Plan> | null = null;
  for (const model of models) {
    if (last !== null && !isForTheNext(last)) break;
    if (last?.kind === 'failed') notes.push(handedOver(model, last.failure));
    const { reply, repaired } = await planOf(model, talk);
    if (reply.kind === 'answer') {
      return { kind: 'plan', plan: reply.value, notes: repaired ? [...notes, REPAIRED] : notes };
    }
    last = reply;
  }
  return { kind: 'none', why: `the rules decided, because ${whyNone(last)}`, notes };
}

const REPAIRED = 'the first answer did not fit the schema and was asked for again';

function isForTheNext(reply: Reply<Plan>): boolean {
  return reply.kind === 'failed' && TO_THE_NEXT.has(reply.failure.kind);
}

function handedOver({ name }: PaidModel, { kind, message }: Failure): string {
  return `${name} was asked, because the model before it could not be: ${kind} (${message})`;
}

function whyNone(reply: Reply<Plan> | null): string {
  if (reply?.kind === 'unaffordable') return reply.note;
  if (reply?.kind === 'refusal') return 'the model could not: denied (the model refused to answer)';
  if (reply?.kind === 'failed') {
    const { kind, message, fix } = reply.failure;
    const help = fix === undefined ? '' : ` ${fix}.`;
    return `the model could not: ${kind} (${message})${help}`;
  }
  return 'the model could not: bad-answer (the model gave no plan in two tries)';
}

interface Asked {
  readonly reply: Reply<Plan>;
  /** True when the first answer did not fit. */
  readonly repaired: boolean;
}

/** The plan of one model, in two rounds at the most; in the second it may not read any more. */
async function planOf(model: PaidModel, talk: Talk): Promise<Asked> {
  const { desk } = talk;
  const prompt = promptAgain(talk.prompt, { read: desk.blocks, fault: null });
  const first = await round(model, talk, { prompt, steps: MOST_STEPS - 1 });
  if (first.kind !== 'malformed') return { reply: first, repaired: false };
  const again = promptAgain(talk.prompt, { read: desk.blocks, fault: first.fault });
  return { reply: await round(model, talk, { prompt: again, steps: 1 }), repaired: true };
}

/** Asks, answers what the model wants to read, and asks again, until there is a plan. */
async function round(
  model: PaidModel,
  { face, desk, call }: Talk,
  { prompt, steps }: { readonly prompt: string; readonly steps: number },
): Promise<Reply<Plan>> {
  const messages: ModelMessage[] = [{ role: 'user', content: prompt }];
  for (let step = 1; step <= steps; step += 1) {
    const mayRead = step < steps && desk.open();
    const question = { ...face, messages, mayRead, maxOutputTokens: MOST_OUTPUT_TOKENS };
    const reply = await model.ask(question, call);
    if (reply.kind !== 'calls') return checked(reply);
    messages.push(...reply.said, await desk.answer(reply.calls));
  }
  return {
    kind: 'malformed',
    fault: 'nothing more may be read: answer with the plan',
    usage: null,
  };
}

/** The provider's schema is looser than ours (lengths, counts): what does not fit ours is malformed too. */
function checked(reply: Reply<unknown>): Reply<Plan> {
  if (reply.kind !== 'answer') return reply;
  const plan = Plan.safeParse(reply.value);
  if (plan.success) return { ...reply, value: plan.data };
  const [issue] = plan.error.issues;
  const fault = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`;
  return { kind: 'malformed', fault, usage: reply.usage };
}
