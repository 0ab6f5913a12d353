import { z } from 'zod';
import { ActionState } from '../domain/action.ts';
import type { Clock } from '../lib/clock.ts';
import type { ListFilter } from '../store/deliveries.ts';

const DURATION = /^(?<count>\d{1,5})(?<unit>[smhd])$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}/;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function isInstant(text: string): boolean {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text));
}

/** `24h`, `7d`, or an ISO 8601 instant. */
const Since = z
  .string()
  .max(40)
  .refine((text) => DURATION.test(text) || isInstant(text), {
    message: 'It is neither an ISO 8601 instant nor a duration.',
  });

const common = {
  source: z.string().max(50).optional(),
  subject: z.string().max(300).optional(),
  since: Since.optional().describe('An ISO 8601 instant, or a duration such as 24h or 7d'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

const NumberCursor = z.string().regex(/^\d{1,15}$/, 'It is no cursor of this list.');
const IdCursor = z.uuid('It is no cursor of this list.');

function queryOf<Status extends z.ZodType, Cursor extends z.ZodType>(
  status: Status,
  cursor: Cursor,
) {
  return z.strictObject({
    ...common,
    status: status.optional(),
    cursor: cursor.optional().describe('The `next` of an earlier page'),
  });
}

export const DeliveriesQuery = queryOf(z.enum(['kept', 'read', 'quarantined']), NumberCursor);
export const EventsQuery = queryOf(
  z.enum(['waiting', 'taken', 'settled', 'dead', 'ignored']),
  NumberCursor,
);
export const CyclesQuery = queryOf(z.enum(['open', 'finished', 'failed']), IdCursor);
export const ActionsQuery = queryOf(ActionState, IdCursor);
/** `status` is the kind of the entry, e.g. `action.settled`; `source` its first word. */
export const JournalQuery = queryOf(z.string().max(50), NumberCursor);

type Query = Omit<z.infer<typeof JournalQuery>, 'status'> & {
  readonly status?: string | undefined;
};

/** What the store filters by. */
export function filterOf(query: Query, clock: Clock): ListFilter {
  const { since, ...rest } = query;
  return { ...rest, since: since === undefined ? undefined : instantOf(since, clock) };
}

function instantOf(since: string, clock: Clock): number {
  const groups = DURATION.exec(since)?.groups;
  if (groups === undefined) return Date.parse(since);
  return clock.now() - Number(groups['count']) * (UNIT_MS[groups['unit'] ?? ''] ?? 0);
}
