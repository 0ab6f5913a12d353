import type { z } from 'zod';
import type { Reach } from './action.ts';
import type { ProjectEvent, TriageRule } from './event.ts';
import type { Fact } from './fact.ts';
import type { Situation } from './situation.ts';
import type { Subject } from './subject.ts';

/** Lower-case header names; a header that came twice keeps both values. */
export type Headers = Readonly<Record<string, readonly string[]>>;

/** HMAC over the raw body, with a time before it where the sender signs one. */
export interface HmacScheme {
  readonly kind: 'hmac';
  readonly header: string;
  /** What stands before the hex digest, e.g. `sha256=`; may be empty. */
  readonly prefix: string;
  readonly algorithm: 'sha256';
  /** The signed bytes are then `<version>:<time>:<body>`; the time is in epoch seconds. */
  readonly signedTime?: {
    readonly header: string;
    readonly version: string;
    readonly toleranceSeconds: number;
  };
}

/** A bearer token of the sender, signed with the shared secret. It does not cover the body. */
interface JwtScheme {
  readonly kind: 'jwt';
  readonly header: 'authorization';
  readonly prefix: 'Bearer ';
  readonly algorithm: 'HS256';
}

/** A signature scheme is data, so one check serves all systems. */
type SignatureScheme = HmacScheme | JwtScheme;

/** One way in which a sender proves itself. */
export interface Proof {
  readonly scheme: SignatureScheme;
  /** One or two secrets; two while a secret is being changed. Never empty. */
  readonly secrets: readonly string[];
}

/** What a body became: events in order, or the reason why there are none. */
export interface Normalised {
  readonly events: readonly ProjectEvent[];
  /** Set when `events` is empty. */
  readonly reason?: string;
}

/** How pushed bodies are read, however they came. */
export interface Reading {
  /** The JSON inside of a body that is not JSON itself (a form). Throws nothing; the bytes as they are when there is none. */
  readonly unwrap?: (body: Uint8Array, headers: Headers) => Uint8Array;
  /** Turns a parsed body into events. Never throws on content: what does not fit gives a reason. */
  normalise(body: unknown, headers: Headers): Normalised;
}

/** The push side of a connector. */
export interface Webhook extends Reading {
  /** Never empty. The first whose header came with the request decides. */
  readonly proofs: readonly Proof[];
  /** Where the body limit of the sender lies, in bytes. */
  readonly bodyLimit: number;
  /** The header that names the delivery and stays the same on retries; `null` where only the body names it. */
  readonly deliveryHeader: string | null;
  /** True where the sender reads the answer's body: it then gets an empty one. */
  readonly silent?: true;
  /** What a sender that only tests the address wants to hear; `null` for every real delivery. The body is verified. */
  readonly challenge?: (body: Uint8Array) => string | null;
}

/** What a polling call is asked for. Instants are epoch milliseconds. */
export interface PollAsk {
  readonly scope: string;
  /** What the last page gave; `null` the first time. */
  readonly cursor: string | null;
  /** Without a cursor: facts from this instant on are wanted. */
  readonly since: number;
  readonly now: number;
}

/** A page of facts, oldest first as far as the system allows. */
export interface PollPage {
  readonly events: readonly ProjectEvent[];
  /** Kept in the same transaction as the events. Reaches back by the overlap that the system needs. */
  readonly cursor: string;
  /** True when more waits: the next page is asked for at once. */
  readonly more: boolean;
}

/** The pull side of a connector: finds what push has missed. */
export interface Poll {
  readonly everySeconds: number;
  /** How many scopes may be polled in a minute; with more scopes each waits longer. */
  readonly mostPerMinute?: number;
  /** The kinds of events that polling can find. What push alone can see is not counted as missed by polling. */
  readonly sees: readonly string[];
  /** What is polled on its own, each with its own cursor: a project, a repository, a channel. */
  scopes(call: Call): Promise<readonly string[]>;
  /** Gives the same events, with the same keys, as the push side. Throws a `Failure`. */
  fetch(ask: PollAsk, call: Call): Promise<PollPage>;
}

/** A delivery that the sender says it has made. */
export interface ListedDelivery {
  /** The value of the delivery header. */
  readonly id: string;
  readonly at: number;
  /** What the connector needs to open it. */
  readonly ref: string;
}

/** Where the sender keeps a list of its deliveries: those that never came are fetched from there. */
export interface DeliveryList {
  readonly everySeconds: number;
  /** Deliveries since an instant, in any order. Throws a `Failure`. */
  list(since: number, call: Call): Promise<readonly ListedDelivery[]>;
  /** The delivery as it was sent. Throws a `Failure`. */
  open(listed: ListedDelivery, call: Call): Promise<TakenMessage>;
}

/** What came over a line that we opened ourselves: proven by the line, so it carries no signature. */
export interface TakenMessage {
  /** The same when the sender repeats it. */
  readonly name: string;
  readonly headers: Headers;
  /** JSON, as a webhook would bring it. */
  readonly body: Uint8Array;
}

export interface SocketHands {
  /** Resolves when the message is on the disk; only then may it be acknowledged. Rejects when it was not kept. */
  readonly keep: (message: TakenMessage) => Promise<void>;
  /** For the log and the status page. */
  readonly state: (state: 'connected' | 'lost', note: string) => void;
}

/** Push over a line that we open ourselves, where there is no public address. */
export interface Socket extends Reading {
  /** Opens the line and keeps it open until the signal ends; resolves then. */
  run(hands: SocketHands, signal: AbortSignal): Promise<void>;
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

/** Something that we made in a target, with the marker that it bears. */
export interface OwnEffect extends Effect {
  readonly marker: string;
  /** When it was made, by the target's clock, epoch milliseconds; `null` when the target does not tell. */
  readonly at: number | null;
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
  /**
   * The subject that is read, where it is exactly one: the model may then read it while it thinks about that subject.
   * Absent: not offered to the model, since what it reads may not be for the readers of the subject.
   */
  readonly about?: (input: z.infer<Input>) => Subject;
  readonly run: (input: z.infer<Input>, call: Call) => Promise<unknown>;
}

export interface WriteOperation<Input extends z.ZodType = z.ZodType> extends OperationBase<Input> {
  readonly effect: 'write' | 'destroy';
  /** True for what a person decides in every mode, although it could be undone. */
  readonly asks?: true;
  /** Made by code only: never offered to a model. */
  readonly internal?: true;
  /** The subject that an input would touch: policy compares it with the subject of the cycle. */
  readonly target: (input: z.infer<Input>) => Subject;
  /** Whom it reaches; absent: those who read the item that it touches. */
  readonly reaches?: (input: z.infer<Input>) => Reach;
  /** The words that people would read, for the checks of content. Absent: none but names and ids. */
  readonly words?: (input: z.infer<Input>) => string;
  /** Absent when this process may not write to the system: simulation, or no credentials. */
  readonly write?: {
    readonly run: (input: z.infer<Input>, call: WriteCall) => Promise<Effect>;
    /**
     * Looks for the marker in the target, or whether the target is as wanted already. `null` means: it is not there.
     * Absent where nothing can be read back: after an unclear end such an action is held for a person, never sent again.
     */
    readonly find?: (input: z.infer<Input>, call: WriteCall) => Promise<Effect | null>;
    /**
     * All that we made at the same place since an instant (epoch milliseconds), whichever action it was: so a store that was
     * put back finds what it has forgotten. Only where each run adds something; where a run sets a state, `find` tells.
     * Throws `too-large` when it cannot see all of it.
     */
    readonly ours?: (
      input: z.infer<Input>,
      since: number,
      call: WriteCall,
    ) => Promise<readonly OwnEffect[]>;
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
  /** Further ids under which our own actions appear, e.g. a bot id beside a user id. */
  readonly aliases?: readonly string[];
  /** What the credentials allow, as the system tells it; found out without writing. */
  readonly grants?: readonly Grant[];
  /** How far the system's clock is ahead of ours, in milliseconds; `null` or absent where it was not told. */
  readonly clockSkewMs?: number | null;
}

/** One thing that the credentials should allow. `null`: the system does not tell. */
export interface Grant {
  readonly name: string;
  readonly held: boolean | null;
  readonly note: string;
}

/** What a system tells of one of its accounts. */
export interface Profile {
  readonly name: string;
  /** Where the system shows it. */
  readonly email: string | null;
  /** IANA name of the time zone. */
  readonly zone: string | null;
  readonly kind: 'person' | 'bot' | 'unknown';
}

/** What has to be done from time to time so that push goes on, e.g. webhooks that end by themselves. */
export interface Upkeep {
  readonly everySeconds: number;
  /** Safe to repeat. Resolves with what was done, for the journal. Throws a `Failure`. */
  run(call: Call): Promise<string>;
}

/** How a message stands now. */
export interface Standing {
  /** When it was last edited, ISO 8601 UTC; `null` when it never was, or the system does not tell. */
  readonly editedAt: string | null;
}

/** How people of a system speak to us, and how they are answered where they spoke. */
export interface Talk {
  /** Whether an event speaks to one of our accounts, in the system's own way of mentioning or of writing to somebody. */
  readonly addresses: (event: ProjectEvent, ours: readonly string[]) => boolean;
  /** The proposal that answers a message; `null` for an event that cannot be answered. */
  readonly reply: (
    event: ProjectEvent,
    text: string,
  ) => { readonly operation: string; readonly input: Readonly<Record<string, unknown>> } | null;
}

/** Our side of one outside system. An absent ability means that the system, or this installation, cannot. */
export interface Connector {
  readonly name: string;
  readonly webhook?: Webhook;
  readonly socket?: Socket;
  readonly poll?: Poll;
  readonly deliveryList?: DeliveryList;
  /** Absent in simulation: it is a change outside. */
  readonly upkeep?: Upkeep;
  /** Ordered; the first rule that decides wins. */
  readonly triage: readonly TriageRule[];
  readonly operations: readonly Operation[];
  /** What it knows of a subject. Throws a `Failure`; the cycle goes on without it. */
  readonly gather?: (subject: Subject, call: Call) => Promise<readonly Fact[]>;
  /** How a subject stands, for the rules; `null` when it is gone or of a kind that is not watched. Throws a `Failure`. */
  readonly survey?: (subject: Subject, call: Call) => Promise<Situation | null>;
  /** One cheap call that proves the credentials and says who we are. Throws a `Failure`. */
  readonly check?: (call: Call) => Promise<Identity>;
  readonly talk?: Talk;
  /** The id of a place (a channel) by the name that people use, e.g. `#leads`; `null` when there is none. Throws a `Failure`. */
  readonly place?: (name: string, call: Call) => Promise<string | null>;
  /**
   * A message as it stands now, read anew; `null` when it is gone. What is no message of its own (a new issue) always
   * stands. Throws a `Failure`.
   */
  readonly reread?: (event: ProjectEvent, call: Call) => Promise<Standing | null>;
  /** True where anybody can make it say something (errors, mails): tickets that its events name are not followed. */
  readonly openToAnyone?: true;
  /** Looks an account up, `null` when there is none. Throws a `Failure`. */
  readonly profile?: (accountId: string, call: Call) => Promise<Profile | null>;
  /** For the start banner and the health page: what is on, what is off and why. */
  readonly abilities: readonly Ability[];
}

export interface Ability {
  readonly name: string;
  readonly on: boolean;
  readonly note: string;
}
