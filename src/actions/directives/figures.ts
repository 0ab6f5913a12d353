import type { Limits } from '../../domain/constitution.ts';
import { DEFAULT_LIMITS } from './defaults.ts';
import type { DirectiveEntry } from './entries.ts';
import type { Complain, Path } from './fault.ts';
import { FIGURES } from './rules.ts';
import type { FigureName, LimitsSection } from './rules.ts';

type Value = number | boolean;

/** A figure as the directives set it, and where. */
export interface SetFigure {
  readonly name: string;
  readonly value: Value;
  readonly line: number;
  readonly path: Path;
}

/** Whether a key is the name of a figure. */
export function isFigure(name: string): name is FigureName {
  return Object.hasOwn(FIGURES, name);
}

/** The figures that stand behind sentences. */
export function figuresOf(entries: readonly DirectiveEntry[]): SetFigure[] {
  return entries.flatMap(({ rule, place, path }) =>
    Object.entries(rule ?? {}).flatMap(([name, value]: [string, unknown]) => {
      if (typeof value !== 'number' && name !== 'working_hours') return [];
      const figure = value === true || value === false || typeof value === 'number' ? value : null;
      return figure === null
        ? []
        : [{ name, value: figure, line: place.line, path: [...path, 'rule', name] }];
    }),
  );
}

/** Two sentences with two figures for one limit: nobody but the author can say which is meant. */
export function complainOfContradictions(figures: readonly SetFigure[], complain: Complain): void {
  for (const [name, group] of Map.groupBy(figures, (figure) => figure.name)) {
    const [first, ...others] = group;
    const other = others.find(({ value }) => value !== first?.value);
    if (first === undefined || other === undefined) continue;
    complain(other.path, {
      problem: `${name} is ${other.value} here and ${first.value} on line ${first.line}`,
      fix: 'Decide for one figure',
    });
  }
}

/** The limits in force: a figure behind a sentence, else that of the section `limits`, else the default. */
export function limitsOf(
  section: LimitsSection | undefined,
  figures: readonly SetFigure[],
): Limits {
  const values: Record<string, Value> = {};
  for (const [name, value] of Object.entries(section ?? {})) {
    if (value !== undefined) values[name] = value;
  }
  for (const { name, value } of figures) values[name] = value;
  let limits: Limits = DEFAULT_LIMITS;
  for (const [name, value] of Object.entries(values)) limits = withValue(limits, name, value);
  return limits;
}

function withValue(limits: Limits, name: string, value: Value): Limits {
  if (typeof value === 'boolean') return { ...limits, quietHours: value };
  if (!isFigure(name)) return limits;
  const figure = FIGURES[name];
  if (figure.stale === undefined) return { ...limits, ...figure.set(value) };
  return { ...limits, staleDays: { ...limits.staleDays, [figure.stale]: value } };
}
