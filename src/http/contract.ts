import { z } from 'zod';
import { Action } from '../domain/action.ts';
import { KeptContext, SourceReport } from '../domain/context.ts';
import { JournalEntry } from '../domain/journal.ts';
import { Thought } from '../domain/plan.ts';
import { Subject } from '../domain/subject.ts';
import { Trouble } from '../domain/trouble.ts';
import { JudgementStatus } from './contract-judgement.ts';
import { KeepingStatus } from './contract-keeping.ts';

/** An error of the HTTP API (RFC 9457), `application/problem+json`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  /** Stable: decide by this, never by the words. */
  kind: z.string(),
  instance: z.string(),
  errors: z.array(z.object({ field: z.string(), problem: z.string(), fix: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** The service's own page. */
export const ServiceInfo = z.object({
  name: z.literal('pm-agent'),
  version: z.string(),
  links: z.record(z.string(), z.string()),
});

export const Health = z.object({
  status: z.literal('ok'),
  version: z.string(),
  uptimeSeconds: z.number(),
});

export const Readiness = z.object({
  ready: z.boolean(),
  dependencies: z.array(
    z.object({
      name: z.string(),
      required: z.boolean(),
      ok: z.boolean(),
      ms: z.number().int(),
      /** The kind of the failure, or null. */
      failure: z.string().nullable(),
      /** What a person should know although it works. */
      note: z.string().optional(),
    }),
  ),
});
export type Readiness = z.infer<typeof Readiness>;

const Ability = z.object({ name: z.string(), on: z.boolean(), note: z.string() });

/** A cycle as lists show it. Money is US dollars, null when nothing was paid. */
export const CycleItem = z.object({
  id: z.string(),
  subject: z.string(),
  mode: z.string(),
  status: z.string(),
  step: z.string(),
  outcome: z.string().nullable(),
  planner: z.string().nullable(),
  attempts: z.number().int(),
  error: z.string().nullable(),
  openedAt: z.string(),
  finishedAt: z.string().nullable(),
  durationMs: z.number().int().nullable(),
  costUsd: z.number().nullable(),
  /** The version of the directives it was judged under. */
  directives: z.string().nullable(),
});
export type CycleItem = z.infer<typeof CycleItem>;

/** How the facts of one source and UTC day reached us. */
const SourceDay = z.object({
  source: z.string(),
  day: z.string(),
  pushOnly: z.number().int(),
  pollOnly: z.number().int(),
  both: z.number().int(),
  unseenByPoll: z.number().int(),
  missedShare: z.number().nullable(),
  medianDelayMs: z.number().nullable(),
  worstDelayMs: z.number().nullable(),
  missing: z.number().int(),
  repaired: z.number().int(),
  warning: z.boolean(),
});
export type SourceDay = z.infer<typeof SourceDay>;

/** The ledger of completeness, newest day first. */
export const Completeness = z.object({ warnAt: z.number(), items: z.array(SourceDay) });

const Line = z.object({
  source: z.string(),
  connected: z.boolean(),
  note: z.string(),
  since: z.string(),
});

const PolledSource = z.object({
  source: z.string(),
  scopes: z.number().int(),
  failing: z.number().int(),
  error: z.string().nullable(),
  succeeded: z.string().nullable(),
  next: z.string().nullable(),
});

/** What runs, what waits, what was done. */
export const Status = z.object({
  /** When this was read, by the clock of the server. */
  at: z.string(),
  mode: z.string(),
  version: z.string(),
  startedAt: z.string(),
  model: z.string().nullable(),
  connectors: z.array(z.object({ name: z.string(), abilities: z.array(Ability) })),
  /** Lines that we opened ourselves. */
  lines: z.array(Line),
  polls: z.array(PolledSource),
  /** Today, by source. */
  completeness: z.array(SourceDay),
  deliveries: z.object({ kept: z.number(), waiting: z.number(), quarantined: z.number() }),
  events: z.object({
    kept: z.number(),
    waiting: z.number(),
    ignored: z.number(),
    dead: z.number(),
  }),
  mailboxes: z.object({ waiting: z.number() }),
  cycles: z.object({ finished: z.number(), open: z.number(), failed: z.number() }),
  actions: z.object({
    done: z.number(),
    simulated: z.number(),
    held: z.number(),
    denied: z.number(),
    sending: z.number(),
    failed: z.number(),
    unknown: z.number(),
    deferred: z.number(),
    suppressed: z.number(),
    declined: z.number(),
  }),
  /** Room of the folders that the program fills; `low` is told, `full` makes the program not ready. */
  disk: z.array(
    z.object({
      place: z.string(),
      freeBytes: z.number(),
      totalBytes: z.number(),
      state: z.enum(['ok', 'low', 'full']),
    }),
  ),
  /** What is wrong with the program itself, as of the last look. */
  troubles: z.array(Trouble.pick({ id: true, level: true, what: true, command: true })),
  judgement: JudgementStatus,
  keeping: KeepingStatus,
  lastCycle: CycleItem.nullable(),
  spend: z.object({ calls: z.number(), usd: z.number(), todayUsd: z.number() }),
});
export type Status = z.infer<typeof Status>;

const DeliveryItem = z.object({
  id: z.string(),
  source: z.string(),
  /** Pushed, over a line of our own, or from the sender's list of deliveries. */
  way: z.enum(['webhook', 'socket', 'list']),
  deliveryId: z.string(),
  receivedAt: z.string(),
  bytes: z.number().int(),
  status: z.string(),
  note: z.string().nullable(),
  redelivered: z.number().int(),
  events: z.number().int(),
});

/** The answer to a delivery that is on the disk: it was new, or it was known already. */
export const DeliveryKept = z.object({ status: z.enum(['kept', 'known']) });

/** One delivery with its headers; the body, as text, only for approvers and admins. */
export const DeliveryDetail = DeliveryItem.extend({
  headers: z.record(z.string(), z.array(z.string())),
  body: z.string().nullable(),
  /** True when the body is longer than what is shown. */
  clipped: z.boolean(),
});

const EventItem = z.object({
  id: z.string(),
  key: z.string(),
  kind: z.string(),
  source: z.string(),
  subject: z.string(),
  at: z.string(),
  keptAt: z.string(),
  status: z.string(),
  rule: z.string(),
  reason: z.string(),
  title: z.string(),
  actor: z.string().nullable(),
  delivery: z.string().nullable(),
  cycle: z.string().nullable(),
});

/** A list: `next` is the cursor of the following page, or null. */
function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable(), total: z.number().int() });
}

export const Deliveries = pageSchema(DeliveryItem);
export const Events = pageSchema(EventItem);
export const Cycles = pageSchema(CycleItem);
export const Actions = pageSchema(Action);
export const Journal = pageSchema(JournalEntry);

const ModelCallItem = z.object({
  at: z.string(),
  model: z.string(),
  outcome: z.string(),
  usage: z.object({
    inputTokens: z.number(),
    cacheReadTokens: z.number(),
    cacheWriteTokens: z.number(),
    outputTokens: z.number(),
    costUsd: z.number().nullable(),
  }),
  durationMs: z.number(),
});

/** What Think was given; `ageMs` is how old a reading was when the plan was made. */
const TraceContext = KeptContext.extend({
  sources: z.array(SourceReport.extend({ ageMs: z.number().int().nullable() })),
});

/** The whole trace of a cycle. */
export const CycleTrace = z.object({
  /** One sentence: what was done and why. */
  headline: z.string(),
  cycle: CycleItem,
  trigger: z.object({ events: z.array(EventItem), deliveries: z.array(z.string()) }),
  context: TraceContext.nullable(),
  thought: Thought.nullable(),
  modelCalls: z.array(ModelCallItem),
  actions: z.array(Action),
  journal: z.array(JournalEntry),
  costUsd: z.number().nullable(),
});
export type CycleTrace = z.infer<typeof CycleTrace>;

export const TriggerRequest = z.strictObject({
  subject: Subject,
});
export const Triggered = z.object({ event: z.string() });
export const ReplayRequest = z.strictObject({ delivery: z.string().min(1).max(100) });
export const Replayed = z.object({ events: z.array(z.string()), note: z.string().nullable() });
export const TokenRequest = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(['viewer', 'approver', 'admin']),
});
/** The only answer that ever holds a token. */
export const TokenMade = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  token: z.string(),
});
const TokenItem = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  createdAt: z.string(),
  revokedAt: z.string().nullable(),
});
export const Tokens = z.object({ items: z.array(TokenItem) });
export const TokenEnded = z.object({ revoked: z.number().int() });

/** Every scope that is polled. */
export const Polls = z.object({
  items: z.array(
    z.object({
      source: z.string(),
      scope: z.string(),
      next: z.string(),
      running: z.boolean(),
      succeeded: z.string().nullable(),
      failed: z.string().nullable(),
      failures: z.number().int(),
      error: z.string().nullable(),
    }),
  ),
});
export const PollRequest = z.strictObject({
  source: z.string().max(50).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
});
export const PollsDue = z.object({ sources: z.array(z.string()) });

/** People with their accounts. E-mail addresses stay inside. */
export const People = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      zone: z.string().nullable(),
      accounts: z.array(
        z.object({
          system: z.string(),
          account: z.string(),
          name: z.string(),
          kind: z.string(),
          joinedBy: z.string(),
        }),
      ),
    }),
  ),
});
