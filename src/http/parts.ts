import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DecideParts } from '../actions/approvals/ballot.ts';
import type { DirectivesInForce } from '../actions/directives/in-force.ts';
import type { OperationMode } from '../actions/mode-of.ts';
import type { Asker, ReadDesk } from '../actions/read-desk.ts';
import type { Connector } from '../domain/connector.ts';
import type { Constitution } from '../domain/constitution.ts';
import type { Mode } from '../domain/mode.ts';
import type { Person } from '../domain/person.ts';
import type { Queue } from '../domain/queue.ts';
import type { Reader } from '../inbox/reader.ts';
import type { Receiver } from '../inbox/receive.ts';
import type { LineState } from '../inbox/sockets.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { RateLimit } from '../lib/rate-limit.ts';
import type { Store } from '../store/open.ts';
import type { Allowed } from './allowed-networks.ts';
import type { Status } from './contract.ts';
import type { Figures } from './figures.ts';
import type { Tail } from './tail.ts';

/** Something the program needs or uses; `check` really asks it and throws a `Failure`. */
export interface Dependency {
  readonly name: string;
  /** Without it the program is not ready. */
  readonly required: boolean;
  readonly check: (signal: AbortSignal) => Promise<void>;
  /** For how long an answer that was good is not asked for again, milliseconds; two seconds unless told. */
  readonly freshMs?: number;
  /** What a person should know although it works; `null` when there is nothing. */
  readonly note?: () => Promise<string | null>;
}

/** How much room a folder has that the program fills, in bytes. */
export type DiskPlace = Status['disk'][number];

/** What is told of polling, open lines and people; the parts behind it are wired by the program. */
export interface Watch {
  /** The share of facts that push may miss before it is said. */
  readonly missedWarn: number;
  readonly lines: () => readonly LineState[];
  readonly people: () => readonly Person[];
  /** Makes everything of a source (`null`: of all) due now. Resolves with the sources. Throws `not-found`. */
  readonly pollNow: (ask: {
    readonly source: string | null;
    readonly since?: number;
  }) => Promise<readonly string[]>;
}

/** What is told of judgement, and what a person may set off. */
interface JudgementFace {
  readonly constitution: () => Constitution;
  readonly modes: readonly OperationMode[];
  /** Deferred actions that are due now are judged again without waiting. */
  readonly lookAtDeferred: () => void;
}

/** How often may be asked. */
export interface HttpLimits {
  /** Per token; null: as often as anybody likes. */
  readonly api: RateLimit | null;
  /** Wrong tokens per address over all processes; null: each process counts its own. */
  readonly wrongTokens: RateLimit | null;
}

/** The MCP servers of this process. */
export interface McpFace {
  readonly systems: readonly string[];
  /** The names under which their clients reach us, beside those of this machine. */
  readonly hosts: readonly string[];
  /** Answers a request whose token was checked. Never throws. */
  readonly handle: (
    system: string,
    exchange: {
      readonly asker: Asker;
      readonly request: IncomingMessage;
      readonly response: ServerResponse;
      readonly body: unknown;
    },
  ) => Promise<void>;
}

/** What of the HTTP face a process serves. */
interface Faces {
  readonly webhooks: boolean;
  /** `looking`: what changes something is refused. */
  readonly api: 'all' | 'looking' | 'none';
  /** The page of the documented API. */
  readonly docs: boolean;
}

/** What the HTTP face is handed. */
export interface HttpParts {
  readonly version: string;
  readonly mode: Mode;
  readonly startedAt: number;
  readonly adminToken: string | null;
  readonly store: Store;
  readonly receiver: Receiver;
  readonly reader: Reader;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly connectors: readonly Connector[];
  /** The model's name, or null when the rules planner answers. */
  readonly model: string | null;
  /** What of it this process serves; all of it unless said otherwise. */
  readonly faces?: Faces;
  /** Where other programs read through our operations; absent where the API services are not served. */
  readonly services?: ReadDesk;
  /** Absent where no MCP server is served. */
  readonly mcp?: McpFace;
  /** How many proxies before us may say whose address a request comes from, or theirs; nobody unless said otherwise. */
  readonly trustProxy?: number | readonly string[];
  /** When the certificate of our own listener ends, epoch milliseconds; null before it listens, absent without one. */
  readonly tlsEndsAt?: () => number | null;
  /** Who may send webhooks; absent: whoever can sign. */
  readonly allowed?: Allowed;
  /** Absent: nothing but the wrong tokens that this process saw. */
  readonly limits?: HttpLimits;
  readonly dependencies: readonly Dependency[];
  readonly watch: Watch;
  /** Where answers to approvals are taken; absent where nobody may give one. */
  readonly deciding?: DecideParts;
  /** The directives in force; absent where none are kept. */
  readonly directives?: DirectivesInForce;
  readonly judgement: JudgementFace;
  /** What was counted while the program worked; absent where nobody counts. */
  readonly figures?: Figures;
  /** The room on the disks; absent where nothing is written. */
  readonly disk?: () => Promise<readonly DiskPlace[]>;
  /** Whether the program takes backups by itself. */
  readonly keepsBackups?: boolean;
  /** Told after commits, it shows new entries at once; without it they are looked for twice a second. */
  readonly tail?: Tail;
}
