import type { Generated } from 'kysely';
import type { Account } from '../domain/person.ts';
import type {
  ApprovalVotesTable,
  ApprovalsTable,
  DirectiveVersionsTable,
  NudgesTable,
  ProblemsTable,
  SpendingsTable,
  StandingGrantsTable,
  SweepsTable,
  TouchesTable,
} from './tables-judgement.ts';

/**
 * Every table. Bound values are numbers, text and bytes only (0/1 for truth, epoch milliseconds for instants,
 * JSON as text), so that SQLite and PostgreSQL run the same queries.
 */
export interface Tables {
  deliveries: DeliveriesTable;
  delivery_bodies: DeliveryBodiesTable;
  events: EventsTable;
  event_bodies: EventBodiesTable;
  sightings: SightingsTable;
  mailboxes: MailboxesTable;
  cycles: CyclesTable;
  model_calls: ModelCallsTable;
  actions: ActionsTable;
  journal: JournalTable;
  tokens: TokensTable;
  notes: NotesTable;
  polls: PollsTable;
  gaps: GapsTable;
  accounts: AccountsTable;
  directive_versions: DirectiveVersionsTable;
  approvals: ApprovalsTable;
  approval_votes: ApprovalVotesTable;
  standing_grants: StandingGrantsTable;
  sweeps: SweepsTable;
  problems: ProblemsTable;
  nudges: NudgesTable;
  touches: TouchesTable;
  spendings: SpendingsTable;
  leases: LeasesTable;
  tallies: TalliesTable;
  model_totals: ModelTotalsTable;
}

/** How many rows of a table stand in each state. The database keeps it by triggers; nobody writes here. */
interface TalliesTable {
  place: string;
  state: string;
  total: number;
}

/** What the calls of each model have cost together. The database keeps it by triggers; nobody writes here. */
interface ModelTotalsTable {
  model: string;
  calls: number;
  usd: number;
}

export interface DeliveriesTable {
  seq: Generated<number>;
  id: string;
  source: string;
  /** webhook | socket | list */
  way: Generated<'webhook' | 'socket' | 'list'>;
  delivery_id: string;
  received_at: number;
  bytes: number;
  /** kept → read | quarantined */
  state: string;
  note: string | null;
  redelivered: Generated<number>;
}

/**
 * The bytes of a delivery, apart from its state: a change of state would otherwise write the whole body again.
 */
export interface DeliveryBodiesTable {
  /** The delivery's own number. */
  seq: number;
  headers: string;
  body: Uint8Array;
}

export interface EventsTable {
  seq: Generated<number>;
  id: string;
  key: string;
  kind: string;
  source: string;
  subject: string;
  at: string;
  kept_at: number;
  delivery: string | null;
  /** waiting → taken → settled | dead; ignored from the start */
  state: string;
  cycle: string | null;
  rule: string;
  reason: string;
  /** When it was first pushed to us (webhook, socket) and first found by polling or in a list of deliveries. */
  pushed_at: number | null;
  /** How long the first push took, in milliseconds. */
  push_delay: number | null;
  polled_at: number | null;
  /** person | bot | unknown | self; null when nobody is named. */
  actor_kind: string | null;
}

/** What an event says, as JSON; apart from its state for the same reason. */
interface EventBodiesTable {
  /** The event's own number. */
  seq: number;
  body: string;
}

interface SightingsTable {
  seq: Generated<number>;
  event_key: string;
  /** webhook | socket | poll | person | schedule */
  way: string;
  delivery: string | null;
  at: number;
}

interface MailboxesTable {
  subject: string;
  /** When somebody may claim it; null when it has no mail. While claimed: the end of the lease. */
  due_at: number | null;
  owner: string | null;
  fence: number;
  attempts: number;
  /** The cycle to go on with after a wait or a crash. */
  cycle: string | null;
  error: string | null;
  /** How much earlier than `due_at` it counts as due among others, in milliseconds. */
  head_start: Generated<number>;
}

export interface CyclesTable {
  id: string;
  subject: string;
  mode: string;
  /** open → finished | failed */
  state: string;
  step: string;
  outcome: string | null;
  context: string | null;
  thought: string | null;
  planner: string | null;
  attempts: number;
  error: string | null;
  opened_at: number;
  updated_at: number;
  finished_at: number | null;
  /** The version of the directives it was judged under. */
  directives: string | null;
}

interface ModelCallsTable {
  seq: Generated<number>;
  cycle: string;
  at: number;
  model: string;
  outcome: string;
  input_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
  duration_ms: number;
}

export interface ActionsTable {
  id: string;
  cycle: string;
  subject: string;
  ordinal: number;
  operation: string;
  effect: string;
  input: string;
  digest: string;
  preview: string;
  reason: string;
  mode: string;
  state: string;
  verdict: string | null;
  attempts: number;
  answers: string;
  effect_id: string | null;
  effect_url: string | null;
  note: string | null;
  created_at: number;
  sent_at: number | null;
  /** Before this instant it may not be sent again: the target may still be working on the last try. */
  resend_after: number | null;
  settled_at: number | null;
  purpose: Generated<string>;
  /** A deferred action is judged again then. */
  due_at: number | null;
  /** The person whose words led to it. */
  asked_by: string | null;
  /** Whom it reaches, as JSON. */
  reaches: string | null;
  /** The approval that asks or asked for it. */
  approval: string | null;
  /** The version of the directives it was judged under. */
  directives: string | null;
  /** model | rules */
  author: Generated<string>;
}

export interface JournalTable {
  seq: number;
  at: string;
  kind: string;
  subject: string | null;
  cycle: string | null;
  data: string;
  hash: string;
}

interface TokensTable {
  id: string;
  name: string;
  role: string;
  hash: string;
  created_at: number;
  revoked_at: number | null;
}

/** Single values that outlive a process: the last mode, who we are in a system. */
interface NotesTable {
  name: string;
  value: string;
}

/** One cursor per source and scope, with the lease of whoever polls it now. Instants in epoch milliseconds. */
export interface PollsTable {
  source: string;
  scope: string;
  cursor: string | null;
  /** From when on facts are wanted: the first start, unless told otherwise. */
  since: number;
  /** `null` when the connector does not name the scope any more: its cursor is kept. */
  next_at: number | null;
  owner: string | null;
  leased_until: number | null;
  /** Raised with every claim and request: a poller that lost its lease cannot write with an old one. */
  fence: number;
  failures: number;
  succeeded_at: number | null;
  failed_at: number | null;
  /** Kind and message of the last failure, `null` after a success. */
  error: string | null;
}

/** A delivery that its sender lists and that never came; `repaired_at` once it was fetched. */
interface GapsTable {
  source: string;
  name: string;
  at: number;
  found_at: number;
  repaired_at: number | null;
}

/** An account of one of the systems, and the person it belongs to. */
interface AccountsTable {
  system: string;
  account: string;
  person: string;
  name: string;
  email: string | null;
  zone: string | null;
  kind: Account['kind'];
  /** How the person was found. */
  joined_by: Account['joinedBy'];
  looked_up_at: number | null;
}

/** Which process runs what only one may run; the fence grows with every change of hands. */
interface LeasesTable {
  name: string;
  owner: string;
  fence: number;
  until: number;
}
