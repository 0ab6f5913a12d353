import { Failure } from '../domain/failure.ts';
import { Cycles, CycleTrace } from '../http/contract.ts';
import type { CycleItem } from '../http/contract.ts';
import { apiClient } from './client.ts';
import type { ApiClient } from './client.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { safe, table } from './output.ts';
import { subjectWords } from './subject-words.ts';
import { actLines, contextLines, logLines, thinkLines, triggerLines } from './trace-lines.ts';
import { subjectNamed } from './trigger.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NOTHING = 'nothing needed';
const LOOKED_THROUGH = 50;

export interface ListOptions {
  readonly subject?: string;
  readonly status?: string;
  readonly limit?: string;
}

// Two lines each: the id alone takes half of the eighty columns, and is what people copy.
function listed(cycle: CycleItem): string[] {
  const { id, openedAt, planner, subject } = cycle;
  const outcome = cycle.outcome ?? cycle.status;
  const by = planner === null ? '' : ` (${planner})`;
  return [
    `${id}  ${openedAt.slice(0, 16).replace('T', ' ')}`,
    ...table([['', `${subjectWords(subject)}: ${outcome}${by}`]]),
  ];
}

/** The newest cycles. */
export async function listCycles(given: Given, options: ListOptions): Promise<number> {
  const query = new URLSearchParams({ limit: options.limit ?? '20' });
  if (options.subject !== undefined) query.set('subject', subjectNamed(options.subject));
  if (options.status !== undefined) query.set('status', options.status);
  const page = await apiClient(given).get(`/api/cycles?${query.toString()}`, Cycles);
  const lines = page.items.flatMap(listed);
  given.out.result(page, lines.length > 0 ? lines : ['No cycles yet.']);
  given.out.say(`${page.items.length} of ${page.total} · next: pm-agent cycles why <id>`);
  return EXIT.done;
}

/** A cycle by its id; for an item the newest that did something, since most looks find nothing to do. */
async function traceNamed(client: ApiClient, named: string): Promise<CycleTrace> {
  if (UUID.test(named)) return await client.get(`/api/cycles/${named}`, CycleTrace);
  const subject = subjectNamed(named);
  const query = new URLSearchParams({ subject, limit: String(LOOKED_THROUGH) });
  const { items } = await client.get(`/api/cycles?${query.toString()}`, Cycles);
  const [newest] = items;
  if (newest === undefined) {
    const fix = 'Name a cycle of `pm-agent cycles list`, an item such as ECD-12, or a person.';
    throw new Failure('not-found', `there is no cycle on ${named}`, { fix });
  }
  const { id } = items.find(({ outcome }) => outcome !== NOTHING) ?? newest;
  return await client.get(`/api/cycles/${id}`, CycleTrace);
}

/** The whole trace of one cycle. */
export async function showCycle(given: Given, named: string): Promise<number> {
  const trace = await traceNamed(apiClient(given), named);
  const parts = [triggerLines, contextLines, thinkLines, actLines, logLines];
  const lines = parts.flatMap((part) => ['', ...part(trace)]);
  given.out.result(trace, [...headline(trace), ...lines.map(safe)]);
  return EXIT.done;
}

function headline(trace: CycleTrace): string[] {
  return table([[trace.headline]]);
}

/** One sentence and what it rests on. */
export async function whyCycle(given: Given, named: string): Promise<number> {
  const trace = await traceNamed(apiClient(given), named);
  const lines = [...headline(trace), ...thinkLines(trace).slice(1), ...actLines(trace).slice(1)];
  given.out.result(trace, lines.map(safe));
  given.out.say(`next: pm-agent cycles show ${trace.cycle.id}`);
  return EXIT.done;
}
