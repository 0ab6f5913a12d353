import { jsonSchema, tool } from 'ai';
import type { ModelMessage, ToolSet } from 'ai';
import { z } from 'zod';
import type { Operation, ReadOperation } from '../domain/connector.ts';
import type { Context } from '../domain/context.ts';
import { asFailure } from '../domain/failure.ts';
import type { ReadRecord } from '../domain/plan.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import type { Clock } from '../lib/clock.ts';
import { dataBlock, inertLabel } from './inert.ts';
import type { ToolCall } from './model-client.ts';

/** Runs a read for the model. Throws a `Failure`. */
export type Read = (
  operation: ReadOperation,
  input: unknown,
  signal: AbortSignal,
) => Promise<unknown>;

interface ReadingParts {
  readonly read: Read;
  readonly clock: Clock;
}

/** What may be read in one thought, and by what. */
interface ReadingScope {
  readonly operations: readonly ReadOperation[];
  /** The subjects of the cycle: what its readers may know. */
  readonly subjects: ReadonlySet<Subject>;
  readonly signal: AbortSignal;
}

/** Where the model's reads of one thought are made, counted and written down. */
export interface Desk {
  /** False once nothing more may be read. */
  readonly open: () => boolean;
  /** Answers every call, with data or with the sentence that says why not. Never throws for what a call asks. */
  readonly answer: (calls: readonly ToolCall[]) => Promise<ModelMessage>;
  /** In order, refused ones too. */
  readonly records: readonly ReadRecord[];
  /** What was read, as fenced blocks. */
  readonly blocks: readonly string[];
}

const MOST_READS = 8;
const READ_MS = 10_000;
// About 20,000 tokens of what people write and systems answer.
const MOST_CHARACTERS = 60_000;
const LONGEST_RESULT = 20_000;

/** The reads that a model may be offered for a system: those that say what they are about. */
export function offeredReads(operations: readonly Operation[], system: string): ReadOperation[] {
  return operations
    .filter((operation) => operation.effect === 'read')
    .filter(({ name, about }) => about !== undefined && name.startsWith(`${system}.`))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

const TICKETS = 'jira';
const MOST_RELATED = 3;

/**
 * What may be read in the cycle of a subject: the subject, and for a ticket what its mail came from elsewhere. Never the
 * other way round: those who read a pull request or a conversation may not be allowed to read the ticket.
 */
export function readableSubjects({
  subject,
  events,
}: Pick<Context, 'subject' | 'events'>): ReadonlySet<Subject> {
  if (subjectParts(subject).system !== TICKETS) return new Set([subject]);
  const related = new Set(events.flatMap((event) => event.related ?? []));
  const elsewhere = [...related].filter((one) => subjectParts(one).system !== TICKETS);
  return new Set([subject, ...elsewhere.slice(0, MOST_RELATED)]);
}

// The provider takes letters, digits, `_` and `-`.
const toolName = (operation: string) => operation.replaceAll('.', '_');

/** The reads as tools, in a fixed order and without code to run: what is asked for goes through a desk. */
export function readTools(operations: readonly ReadOperation[]): ToolSet {
  return Object.fromEntries(
    operations.map(({ name, summary, input }) => {
      const schema = z.toJSONSchema(input, { unrepresentable: 'any', io: 'input' });
      // Passed on as it is: inputs are checked at the desk, by the operation's own schema.
      const inputSchema = jsonSchema({ ...JSON_OBJECT.parse(schema), type: 'object' });
      return [toolName(name), tool({ description: summary, inputSchema })];
    }),
  );
}

const JSON_OBJECT = z.record(z.string(), z.json());

/** A desk for one thought, with the bounds of all its reads together. */
export function readingDesk(parts: ReadingParts, scope: ReadingScope): Desk {
  const reading: Reading = { ...parts, ...scope, records: [], blocks: [], room: MOST_CHARACTERS };
  return {
    open: () => isOpen(reading),
    records: reading.records,
    blocks: reading.blocks,
    answer: async (calls) => {
      const content = [];
      // One after the other, so that the bounds are the same whatever answers first.
      for (const call of calls) {
        const output = await answerOne(reading, call);
        const { id: toolCallId, name } = call;
        content.push({ type: 'tool-result' as const, toolCallId, toolName: name, output });
      }
      return { role: 'tool', content };
    },
  };
}

interface Reading extends ReadingParts, ReadingScope {
  readonly records: ReadRecord[];
  readonly blocks: string[];
  room: number;
}

const isOpen = ({ records, room }: Reading) => records.length < MOST_READS && room > 0;

interface Output {
  readonly type: 'text' | 'error-text';
  readonly value: string;
}

async function answerOne(reading: Reading, call: ToolCall): Promise<Output> {
  const operation = reading.operations.find(({ name }) => toolName(name) === call.name);
  const named = operation?.name ?? inertLabel(call.name, 100);
  const wanted = wantedRead(operation, call, reading.subjects);
  const { subject } = wanted;
  const startedAt = reading.clock.now();
  const note = (why: string | null): void => {
    const durationMs = Math.max(0, reading.clock.now() - startedAt);
    reading.records.push({ operation: named, subject, durationMs, ok: why === null, note: why });
  };
  if (!isOpen(reading)) return { type: 'error-text', value: 'nothing more may be read' };
  if (wanted.kind === 'refused') {
    note(wanted.note);
    return { type: 'error-text', value: wanted.note };
  }
  const result = await readOnce(reading, wanted);
  note(result.ok ? null : result.text);
  if (!result.ok) return { type: 'error-text', value: result.text };
  const piece = { id: named, about: `${wanted.subject}, read just now`, text: result.text };
  const block = dataBlock(piece, Math.min(LONGEST_RESULT, reading.room));
  reading.room -= block.length;
  reading.blocks.push(block);
  return { type: 'text', value: block };
}

type Wanted =
  | {
      readonly kind: 'read';
      readonly operation: ReadOperation;
      readonly input: unknown;
      readonly subject: Subject;
    }
  | { readonly kind: 'refused'; readonly subject: Subject | null; readonly note: string };

/** Whether a call may be made: it names an offered read, its input fits, and it is about a subject of this cycle. */
function wantedRead(
  operation: ReadOperation | undefined,
  call: ToolCall,
  subjects: ReadonlySet<Subject>,
): Wanted {
  const refused = (note: string, subject: Subject | null = null): Wanted => ({
    kind: 'refused',
    note,
    subject,
  });
  if (operation?.about === undefined) return refused('there is no such tool');
  const parsed = operation.input.safeParse(call.input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    return refused(inertLabel(`the input does not fit: ${where} ${issue?.message ?? ''}`));
  }
  const subject = operation.about(parsed.data);
  if (subjects.has(subject)) return { kind: 'read', operation, input: parsed.data, subject };
  const shown = inertLabel(subject, 100);
  return refused(`${shown} is not a subject of this cycle, so it is not read here`, shown);
}

interface Result {
  readonly ok: boolean;
  readonly text: string;
}

async function readOnce(
  { read, signal }: Reading,
  { operation, input }: Extract<Wanted, { kind: 'read' }>,
): Promise<Result> {
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(READ_MS)]);
    const found = await read(operation, input, deadline);
    return { ok: true, text: JSON.stringify(found) };
  } catch (error) {
    // The system's own words could be anybody's: the kind alone is told to the model.
    return { ok: false, text: `it could not be read: ${asFailure(error).kind}` };
  }
}
