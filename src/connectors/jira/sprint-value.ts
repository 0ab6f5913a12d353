import { z } from 'zod';
import { Id } from './payload.ts';

const LIMIT = 200;
const Text = z.string().nullable().catch(null);

const Sprint = z.object({
  id: Id.nullable().catch(null),
  name: z.string(),
  state: z.string().transform((state) => state.toLowerCase()),
  startDate: Text,
  endDate: Text,
});
/** A sprint as the sprint field of an issue holds it; `state` is `future`, `active` or `closed`. */
export type SprintValue = z.infer<typeof Sprint>;

/**
 * The sprints in a sprint field: a list of objects (team-managed and company-managed projects of Cloud), one object (the
 * agile API), or the lines of old sites (`...Sprint@1f[id=7,state=ACTIVE,name=Sprint 7,...]`). What does not fit is left out.
 */
export function sprintsOf(value: unknown): readonly SprintValue[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.slice(0, LIMIT).flatMap((one) => {
    const parsed = Sprint.safeParse(typeof one === 'string' ? fieldsOf(one) : one);
    return parsed.success ? [parsed.data] : [];
  });
}

/** The sprint an issue is in: the active one of the list, else the nearest future one. */
export function currentSprint(value: unknown): SprintValue | null {
  const sprints = sprintsOf(value);
  const active = sprints.find(({ state }) => state === 'active');
  if (active !== undefined) return active;
  const future = sprints.filter(({ state }) => state === 'future');
  // One without a date comes last.
  const [nearest] = future.toSorted((a, b) =>
    (a.startDate ?? '9999').localeCompare(b.startDate ?? '9999'),
  );
  return nearest ?? null;
}

const LINE_LIMIT = 2_000;
const NAMES = ['id', 'state', 'name', 'startDate', 'endDate'];
// A name may hold commas, so a value ends where the next known key begins, or with the bracket.
const NEXT =
  /,(?=(?:id|rapidViewId|state|name|goal|startDate|endDate|completeDate|activatedDate|sequence|synced|autoStartStop|incompleteIssuesDestinationId)=)/;

function fieldsOf(line: string): Readonly<Record<string, string>> {
  const start = line.indexOf('[');
  const end = line.lastIndexOf(']');
  if (start < 0 || end < start || line.length > LINE_LIMIT) return {};
  const pairs = line.slice(start + 1, end).split(NEXT);
  const fields = pairs.flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    return NAMES.includes(name) && value !== '<null>' ? [[name, value]] : [];
  });
  return Object.fromEntries(fields);
}
