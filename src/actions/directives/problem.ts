import type { Constitution } from '../../domain/constitution.ts';
import type { DirectiveEntry } from './entries.ts';

/** Something that can be loaded and still is not what its author meant. */
export interface DirectiveProblem {
  readonly line: number;
  readonly kind:
    'contradiction' | 'never-fires' | 'unknown-operation' | 'unknown-channel' | 'unknown-person';
  readonly problem: string;
  readonly fix: string;
}

/** The directives as they were understood. */
export interface ReviewCase {
  readonly constitution: Constitution;
  readonly entries: readonly DirectiveEntry[];
}
