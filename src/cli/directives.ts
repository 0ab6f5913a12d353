import { readFileSync } from 'node:fs';
import { changesBetween } from '../actions/directives/changes.ts';
import { compileDirectives } from '../actions/directives/compile.ts';
import { faultLine } from '../actions/directives/fault.ts';
import type { DirectiveFault } from '../actions/directives/fault.ts';
import { lineDiff, shortDiff } from '../actions/directives/line-diff.ts';
import { reviewDirectives } from '../actions/directives/review.ts';
import type { ReviewedLine } from '../actions/directives/review.ts';
import { declaredOperations } from '../app-operations.ts';
import { loadDirectivesSettings } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { DirectiveHistory, Directives, DirectivesApplied } from '../http/contract-directives.ts';
import { apiClient } from './client.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { safe, table } from './output.ts';

const SENTENCE = 80;

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const fix = 'Name a readable file.';
    throw new Failure('invalid-input', `${file} cannot be read.`, { cause, fix });
  }
}

/** A file with faults ends every command the same way: all faults on stdout, exit code 5. */
function tellFaults(given: Given, file: string, faults: readonly DirectiveFault[]): number {
  const lines = faults.map((fault) => faultLine(file, fault));
  given.out.result({ ok: false, file, faults }, lines);
  given.out.say(`${faults.length} fault(s): nothing of this file can come into force`);
  return EXIT.problems;
}

function shortened(text: string): string {
  const line = safe(text);
  return line.length <= SENTENCE ? line : `${line.slice(0, SENTENCE - 3)}...`;
}

function enforcedBy({ enforced }: ReviewedLine): string {
  const names = [...new Set(enforced.map(({ by }) => by))];
  return names.length === 0 ? 'advice only' : names.join(', ');
}

/** Explains a file line by line and finds what does not fit together. Works without a server. */
export async function checkDirectives(given: Given, named: string | undefined): Promise<number> {
  const { path, holidays } = loadDirectivesSettings();
  const file = named ?? path;
  const operations = await declaredOperations();
  const review = reviewDirectives(textOf(file), { holidays, operations });
  if ('faults' in review) return tellFaults(given, file, review.faults);
  const { lines, problems, version } = review;
  const rows = lines.map((one) => [String(one.line), enforcedBy(one), shortened(one.text)]);
  const told = problems.map(
    ({ line, kind, problem, fix }) =>
      `${file}${line === 0 ? '' : `:${line}`} ${kind}: ${problem}. ${fix}.`,
  );
  const ok = problems.length === 0;
  const shown = table([['line', 'enforced by', 'sentence'], ...rows]);
  given.out.result({ ok, file, version, lines, problems }, [...shown, ...told]);
  const advice = lines.filter(({ enforced }) => enforced.length === 0).length;
  given.out.say(`${lines.length} sentences, ${advice} advice only, ${problems.length} problem(s)`);
  return ok ? EXIT.done : EXIT.problems;
}

/** What a file would change, as lines and in plain words. Changes nothing. */
export async function diffDirectives(given: Given, file: string): Promise<number> {
  const { holidays } = loadDirectivesSettings();
  const text = textOf(file);
  const wanted = compileDirectives(text, { holidays });
  if ('faults' in wanted) return tellFaults(given, file, wanted.faults);
  const inForce = await apiClient(given).get('/api/directives', Directives);
  const present = compileDirectives(inForce.text, { holidays });
  // What is in force was compiled by the server; another version of this program may read it otherwise.
  const changes = 'faults' in present ? [] : changesBetween(present.ok, wanted.ok);
  const diff = shortDiff(lineDiff(inForce.text, text));
  const versions = { from: inForce.version, to: wanted.ok.version };
  const lines = diff.length === 0 ? ['Nothing changes.'] : [...diff, '', ...changes];
  given.out.result({ ...versions, changes, diff }, lines.map(safe));
  if (diff.length > 0) given.out.say(`next: pm-agent directives apply ${file}`);
  return EXIT.done;
}

/** Puts a file in force. One with a fault never gets as far as the server. */
export async function applyDirectives(
  given: Given,
  options: { readonly file: string; readonly note?: string },
): Promise<number> {
  const { file, note } = options;
  const text = textOf(file);
  const wanted = compileDirectives(text, loadDirectivesSettings());
  if ('faults' in wanted) return tellFaults(given, file, wanted.faults);
  const body = { text, ...(note === undefined ? {} : { note }) };
  const done = await apiClient(given).post('/api/directives', body, DirectivesApplied);
  return tellApplied(given, done);
}

/** Puts an earlier version in force again. */
export async function revertDirectives(given: Given, version: string): Promise<number> {
  const client = apiClient(given);
  const done = await client.post('/api/directives/revert', { version }, DirectivesApplied);
  return tellApplied(given, done);
}

function tellApplied(given: Given, done: DirectivesApplied): number {
  const { changed, version, before } = done;
  const line = changed
    ? `In force: ${version} (before ${before}).`
    : `${version} is in force already.`;
  given.out.result({ ok: true, ...done }, [line]);
  if (changed) given.out.say(`back: pm-agent directives revert ${before}`);
  return EXIT.done;
}

/** Every version that was in force. */
export async function showHistory(given: Given): Promise<number> {
  const history = await apiClient(given).get('/api/directives/history', DirectiveHistory);
  const rows = history.items.map((one) => [
    one.version,
    one.inForce ? 'in force' : '',
    one.appliedAt.slice(0, 16).replace('T', ' '),
    one.author,
    one.note ?? '',
  ]);
  given.out.result(history, rows.length > 0 ? table(rows) : ['No versions yet.']);
  return EXIT.done;
}
