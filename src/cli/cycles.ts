import { CycleTrace, Cycles } from '../http/contract.ts';
import type { CycleItem } from '../http/contract.ts';
import { Failure } from '../domain/failure.ts';
import { apiClient } from './client.ts';
import type { ApiClient } from './client.ts';
import { EXIT } from './exit.ts';
import { safe, table } from './output.ts';
import type { Given } from './given.ts';
import { subjectNamed } from './trigger.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface ListOptions {
  readonly subject?: string;
  readonly status?: string;
  readonly limit?: string;
}

function rowOf(cycle: CycleItem): string[] {
  return [
    cycle.openedAt.slice(0, 16).replace('T', ' '),
    cycle.subject.split(':').slice(2).join(':'),
    cycle.outcome ?? cycle.status,
    cycle.planner ?? '',
    cycle.id,
  ];
}

/** The newest cycles, one a line. */
export async function listCycles(given: Given, options: ListOptions): Promise<number> {
  const query = new URLSearchParams({ limit: options.limit ?? '20' });
  if (options.subject !== undefined) query.set('subject', subjectNamed(options.subject));
  if (options.status !== undefined) query.set('status', options.status);
  const page = await apiClient(given).get(`/api/cycles?${query.toString()}`, Cycles);
  const lines = table(page.items.map(rowOf), 110);
  given.out.result(page, lines.length > 0 ? lines : ['No cycles yet.']);
  given.out.say(`${page.items.length} of ${page.total} · next: pm-agent cycles why <id>`);
  return EXIT.done;
}

async function traceNamed(client: ApiClient, named: string): Promise<CycleTrace> {
  if (UUID.test(named)) return await client.get(`/api/cycles/${named}`, CycleTrace);
  const query = new URLSearchParams({ subject: subjectNamed(named), limit: '1' });
  const [last] = (await client.get(`/api/cycles?${query.toString()}`, Cycles)).items;
  if (last === undefined) {
    const fix = 'Name a cycle of `pm-agent cycles list`, or an item such as ECD-12.';
    throw new Failure('not-found', `there is no cycle on ${named}`, { fix });
  }
  return await client.get(`/api/cycles/${last.id}`, CycleTrace);
}

function triggerLines(trace: CycleTrace): string[] {
  const { cycle, trigger } = trace;
  return [
    `Trigger  ${cycle.openedAt}  ${cycle.subject}  mode ${cycle.mode}`,
    ...trigger.events.map((event) => `  ${event.kind}  ${event.title}  (${event.rule})`),
  ];
}

function contextLines(trace: CycleTrace): string[] {
  const sources = trace.context?.sources ?? [];
  return [
    'Context',
    ...sources.map((source) =>
      source.ok
        ? `  ${source.source}  ${source.facts} facts, read ${source.readAt}, ${source.durationMs} ms`
        : `  ${source.source}  not read: ${source.note ?? ''}`,
    ),
  ];
}

function thinkLines(trace: CycleTrace): string[] {
  const { thought } = trace;
  if (thought === null) return ['Think', '  not yet'];
  const calls = trace.modelCalls.map(
    (call) =>
      `  ${call.model} ${call.outcome}, ${call.usage.inputTokens} in, ${call.usage.outputTokens} out, ${call.usage.costUsd?.toFixed(4) ?? '-'} USD`,
  );
  return [
    `Think  by ${thought.planner === 'model' ? 'the model' : 'the rules, no model used'}`,
    ...calls,
    `  ${thought.plan.reasoning}`,
    ...thought.plan.unknowns.map((unknown) => `  not known: ${unknown}`),
    ...thought.notes.map((note) => `  note: ${note}`),
  ];
}

function actLines(trace: CycleTrace): string[] {
  return [
    'Act',
    ...(trace.actions.length === 0 ? ['  nothing proposed'] : []),
    ...trace.actions.flatMap((action) => [
      `  ${action.state}  ${action.preview}`,
      `    ${action.verdict?.answer ?? '-'} by ${action.verdict?.rule ?? '-'}: ${action.verdict?.reason ?? ''}`,
      ...(action.effectUrl === null ? [] : [`    ${action.effectUrl}`]),
      ...(action.note === null ? [] : [`    ${action.note}`]),
    ]),
  ];
}

function logLines(trace: CycleTrace): string[] {
  return [
    'Log',
    ...trace.journal.map((entry) => `  ${entry.seq}  ${entry.at.slice(11, 23)}  ${entry.kind}`),
  ];
}

/** The whole trace of one cycle. */
export async function showCycle(given: Given, named: string): Promise<number> {
  const trace = await traceNamed(apiClient(given), named);
  const parts = [triggerLines, contextLines, thinkLines, actLines, logLines];
  const lines = [trace.headline, ...parts.flatMap((part) => ['', ...part(trace)])];
  given.out.result(trace, lines.map(safe));
  return EXIT.done;
}

/** One sentence and what it rests on. */
export async function whyCycle(given: Given, named: string): Promise<number> {
  const trace = await traceNamed(apiClient(given), named);
  const lines = [trace.headline, ...thinkLines(trace).slice(1), ...actLines(trace).slice(1)];
  given.out.result(trace, lines.map(safe));
  given.out.say(`next: pm-agent cycles show ${trace.cycle.id}`);
  return EXIT.done;
}
