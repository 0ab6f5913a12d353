import type { Action } from '../domain/action.ts';
import type { CycleTrace } from '../http/contract.ts';
import { table } from './output.ts';

const WIDTH = 80;

/** A text within 80 columns; its further lines stand under the first. */
function indented(indent: number, text: string): string[] {
  return table([[' '.repeat(indent - 2), text]], WIDTH);
}

const minute = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;

/** What woke the cycle, with the rule of triage that let it through. */
export function triggerLines(trace: CycleTrace): string[] {
  const { cycle, trigger } = trace;
  return [
    'Trigger',
    ...indented(2, `${cycle.subject}, ${minute(cycle.openedAt)}, mode ${cycle.mode}`),
    ...indented(2, `directives ${cycle.directives ?? 'not known'}`),
    ...trigger.events.flatMap((event) =>
      indented(2, `${event.kind}: ${event.title} (${event.rule})`),
    ),
  ];
}

/** What was read, from where and how fresh it was. */
export function contextLines(trace: CycleTrace): string[] {
  const sources = trace.context?.sources ?? [];
  return [
    'Context',
    ...sources.flatMap(({ source, ok, facts, readAt, durationMs, note }) =>
      indented(
        2,
        ok
          ? `${source}: ${facts} facts, read ${minute(readAt)}, ${durationMs} ms`
          : `${source}: not read: ${note ?? ''}`,
      ),
    ),
  ];
}

/** Who thought, what was read meanwhile, and why it was decided so. */
export function thinkLines(trace: CycleTrace): string[] {
  const { thought } = trace;
  if (thought === null) return ['Think', '  not yet'];
  return [
    `Think  by ${thought.planner === 'model' ? 'the model' : 'the rules, no model used'}`,
    ...trace.modelCalls.flatMap(({ model, outcome, usage }) =>
      indented(
        2,
        `${model} ${outcome}, ${usage.inputTokens} in (${usage.cacheReadTokens} cached), ${usage.outputTokens} out, ${usage.costUsd?.toFixed(4) ?? '-'} USD`,
      ),
    ),
    ...(thought.reads ?? []).flatMap(({ operation, subject, durationMs, ok, note }) =>
      indented(
        2,
        `read ${operation} of ${subject ?? '-'}: ${ok ? `${durationMs} ms` : (note ?? 'refused')}`,
      ),
    ),
    ...indented(2, thought.plan.reasoning),
    ...thought.plan.unknowns.flatMap((unknown) => indented(2, `not known: ${unknown}`)),
    ...thought.notes.flatMap((note) => indented(2, `note: ${note}`)),
  ];
}

/** Each proposed action with the rule that decided, its numbers, and what became of it. */
export function actLines(trace: CycleTrace): string[] {
  const { actions } = trace;
  return ['Act', ...(actions.length === 0 ? ['  nothing proposed'] : []), ...actions.flatMap(one)];
}

function one(action: Action): string[] {
  const { verdict, note, approval, effectUrl, attempts } = action;
  const seen = [verdict?.reason ?? '', ''];
  return [
    ...indented(2, `${action.state}: ${action.preview} (${action.purpose})`),
    ...(verdict === null ? [] : indented(4, verdictText(verdict))),
    ...(verdict?.until === undefined
      ? []
      : indented(4, `looked at again ${minute(verdict.until)}`)),
    ...numberLines(verdict),
    ...(approval === null ? [] : indented(4, `asked: pm-agent approve show ${approval}`)),
    ...(effectUrl === null ? [] : indented(4, effectUrl)),
    ...(attempts > 1 ? indented(4, `tried ${attempts} times`) : []),
    ...(note === null || seen.includes(note) ? [] : indented(4, note)),
  ];
}

type Verdict = NonNullable<Action['verdict']>;

function verdictText({ answer, rule, reason, until }: Verdict): string {
  const word = answer === 'deny' && until !== undefined ? 'not now' : answer;
  return `${word} by ${rule}: ${reason}`;
}

// These stand in the reason already.
const SAID: ReadonlySet<string> = new Set(['line', 'check', 'why']);

function numberLines(verdict: Verdict | null): string[] {
  const pairs = Object.entries(verdict?.numbers ?? {}).filter(([name]) => !SAID.has(name));
  if (pairs.length === 0) return [];
  return indented(4, pairs.map(([name, value]) => `${name} ${value}`).join(', '));
}

/** The lines of the journal that belong to the cycle. */
export function logLines(trace: CycleTrace): string[] {
  return [
    'Log',
    ...trace.journal.map((entry) => `  ${entry.seq}  ${entry.at.slice(11, 23)}  ${entry.kind}`),
  ];
}
