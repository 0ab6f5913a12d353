import type { z } from 'zod';
import type { ProjectEvent, TriageRule } from './event.ts';
import type { Fact } from './fact.ts';
import type { Subject } from './subject.ts';

/** Lower-case header names; a header that came twice keeps both values. */
export type Headers = Readonly<Record<string, readonly string[]>>;

/** A signature scheme is data, so one check serves all systems. */
export interface SignatureScheme {
  readonly header: string;
  /** What stands before the hex digest, e.g. `sha256=`. */
  readonly prefix: string;
  readonly algorithm: 'sha256';
}

/** What a body became: events in order, or the reason why there are none. */
export interface Normalised {
  readonly events: readonly ProjectEvent[];
  /** Set when `events` is empty. */
  readonly reason?: string;
}

/** The push side of a connector. */
export interface Webhook {
  readonly scheme: SignatureScheme;
  /** One or two secrets; two while a secret is being changed. Never empty. */
  readonly secrets: readonly string[];
  /** Where the body limit of the sender lies, in bytes. */
  readonly bodyLimit: number;
  /** The header that names the delivery and stays the same on retries. */
  readonly deliveryHeader: string;
  /** Turns a parsed body into events. Never throws on content: what does not fit gives a reason. */
  normalise(body: unknown, headers: Headers): Normalised;
}

/** What one call outside may use. */
export interface Call {
  readonly signal: AbortSignal;
}

/** What an operation that changes something is handed besides its input. */
export interface WriteCall extends Call {
  /** Unique per action; left in the target so that the action can be found again. */
  readonly marker: string;
}

/** Proof that a change arrived: the id of what was made and where to see it. */
export interface Effect {
  readonly id: string;
  readonly url: string | null;
}

interface OperationBase<Input extends z.ZodType> {
  /** `connector.verb-noun`. */
  readonly name: string;
  /** Read by people and by the model. */
  readonly summary: string;
  readonly input: Input;
  /** The line a person reads first. */
  readonly preview: (input: z.infer<Input>) => string;
}

export interface ReadOperation<Input extends z.ZodType = z.ZodType> extends OperationBase<Input> {
  readonly effect: 'read';
  readonly output: z.ZodType;
  readonly run: (input: z.infer<Input>, call: Call) => Promise<unknown>;
}

export interface WriteOperation<Input extends z.ZodType = z.ZodType> extends OperationBase<Input> {
  readonly effect: 'write' | 'destroy';
  /** The subject that an input would touch: policy compares it with the subject of the cycle. */
  readonly target: (input: z.infer<Input>) => Subject;
  /** Absent when this process may not write to the system: simulation, or no credentials. */
  readonly write?: {
    readonly run: (input: z.infer<Input>, call: WriteCall) => Promise<Effect>;
    /** Looks for the marker in the target. `null` means: it is not there. */
    readonly find: (input: z.infer<Input>, call: WriteCall) => Promise<Effect | null>;
  };
}

export type Operation = ReadOperation | WriteOperation;

/** Types an operation from its schema; the declaration is the only place that knows it. */
export function defineRead<Input extends z.ZodType>(operation: ReadOperation<Input>): Operation {
  return operation;
}

/** Types a changing operation from its schema. */
export function defineWrite<Input extends z.ZodType>(operation: WriteOperation<Input>): Operation {
  return operation;
}

/** What we are in a system: our own account, so that our own events can be recognised. */
export interface Identity {
  readonly accountId: string;
  readonly name: string;
}

/** Our side of one outside system. An absent ability means that the system, or this installation, cannot. */
export interface Connector {
  readonly name: string;
  readonly webhook?: Webhook;
  /** Ordered; the first rule that decides wins. */
  readonly triage: readonly TriageRule[];
  readonly operations: readonly Operation[];
  /** What it knows of a subject. Throws a `Failure`; the cycle goes on without it. */
  readonly gather?: (subject: Subject, call: Call) => Promise<readonly Fact[]>;
  /** One cheap call that proves the credentials and says who we are. Throws a `Failure`. */
  readonly check?: (call: Call) => Promise<Identity>;
  /** For the start banner and the health page: what is on, what is off and why. */
  readonly abilities: readonly Ability[];
}

export interface Ability {
  readonly name: string;
  readonly on: boolean;
  readonly note: string;
}
