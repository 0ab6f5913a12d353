import type { Generated } from 'kysely';

/** Every text of the directives that was in force, oldest first; going back adds a row. */
export interface DirectiveVersionsTable {
  seq: Generated<number>;
  version: string;
  text: string;
  author: string;
  note: string | null;
  applied_at: number;
}

/** See `domain/approval.ts`. */
export interface ApprovalsTable {
  id: string;
  action: string;
  digest: string;
  target_version: string | null;
  operation: string;
  subject: string;
  preview: string;
  reason: string;
  rule: string;
  state: string;
  level: string;
  asked_at: number;
  expires_at: number;
  needed: number;
  /** Person ids as JSON. */
  excluded: string;
  decided_by: string | null;
  decided_via: string | null;
  decided_at: number | null;
  note: string | null;
}

export interface ApprovalVotesTable {
  approval: string;
  person: string;
  name: string;
  via: string;
  at: number;
}

export interface StandingGrantsTable {
  id: string;
  operation: string;
  subject: string | null;
  granted_by: string;
  created_at: number;
  until: number;
  revoked_at: number | null;
}

/** When a subject is looked at next although nothing happened. */
export interface SweepsTable {
  subject: string;
  level: string;
  /** Names of the rules that fired, as JSON. */
  rules: string;
  calm: number;
  checked_at: number | null;
  next_at: number | null;
}

/** One person, one item, one reason, with the rung of the ladder it stands on. */
export interface ProblemsTable {
  id: string;
  item: string;
  reason: string;
  person: string;
  level: string;
  line: string;
  url: string | null;
  /** Since when the item waits. */
  since: number;
  opened_at: number;
  /** 0 before the first reminder, then 1 to 4. */
  step: number;
  stepped_at: number | null;
  acknowledged_at: number | null;
  progress_at: number | null;
  snoozed_until: number | null;
  /** "Not for me". */
  declined_at: number | null;
  due_at: number | null;
  closed_at: number | null;
}

/** Every reminder that was sent, by problem; unique by person, item, reason and local day. */
export interface NudgesTable {
  seq: Generated<number>;
  problem: string;
  person: string;
  item: string;
  reason: string;
  day: string;
  action: string;
  at: number;
}

/** Every time a person or a channel heard from us; `place` is `person:<id>`, `channel:<id>` or a subject. */
export interface TouchesTable {
  seq: Generated<number>;
  place: string;
  purpose: string;
  action: string;
  at: number;
  slot: string | null;
}

/** Money for one model call: reserved before, settled after. US dollars. */
export interface SpendingsTable {
  seq: Generated<number>;
  cycle: string;
  person: string | null;
  model: string;
  at: number;
  day: string;
  month: string;
  reserved_usd: number;
  settled_usd: number | null;
}
