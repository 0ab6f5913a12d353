import type { Operation } from '../../domain/connector.ts';
import { understandDirectives } from './compile.ts';
import type { CompileParts } from './compile.ts';
import { enforcementsOf } from './describe-rule.ts';
import type { Enforcement } from './describe-rule.ts';
import type { DirectiveFault } from './fault.ts';
import { problemsOf } from './review-problems.ts';
import type { DirectiveProblem } from './problem.ts';

/** A sentence and what enforces it; nothing: it is advice to the model. */
export interface ReviewedLine {
  readonly line: number;
  readonly section: string;
  readonly text: string;
  readonly enforced: readonly Enforcement[];
}

/** What the directives mean to code: each sentence, and what does not fit together. */
export type Review =
  | { readonly faults: readonly DirectiveFault[] }
  | {
      readonly version: string;
      readonly lines: readonly ReviewedLine[];
      readonly problems: readonly DirectiveProblem[];
    };

/** Everything that reviewing needs beside the text. */
export interface ReviewParts extends CompileParts {
  /** All operations that any connector declares, whether it is configured or not. */
  readonly operations: readonly Operation[];
}

/** Explains a text of the directives line by line, and finds what contradicts or can never fire. */
export function reviewDirectives(text: string, parts: ReviewParts): Review {
  const understood = understandDirectives(text, parts);
  if ('faults' in understood) return understood;
  const lines = understood.entries.map((entry) => ({
    line: entry.place.line,
    section: entry.section,
    text: entry.text,
    enforced: enforcementsOf(entry),
  }));
  const problems = problemsOf(understood, parts.operations);
  return { version: understood.constitution.version, lines, problems };
}
