import { z } from 'zod';
import { defineWrite } from '../../src/domain/connector.ts';
import type { Effect, Operation, WriteOperation } from '../../src/domain/connector.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { FailureKind } from '../../src/domain/failure.ts';

/** A target that keeps what was written, and fails as told: before or after applying. */
export class FakeTarget {
  readonly effects: { marker: string; issue: string; text: string }[] = [];
  readonly runs: string[] = [];
  private readonly failures: { kind: FailureKind; applied: boolean; retryAfterMs?: number }[] = [];
  private readonly blind: { kind: FailureKind; retryAfterMs?: number }[] = [];
  /** How often it was asked for a marker. */
  looks = 0;

  /** The next sends fail with these, in order. */
  failNext(...failures: { kind: FailureKind; applied: boolean; retryAfterMs?: number }[]): this {
    this.failures.push(...failures);
    return this;
  }

  /** The next look-ups for a marker fail with these. */
  blindNext(...failures: (FailureKind | { kind: FailureKind; retryAfterMs: number })[]): this {
    this.blind.push(...failures.map((one) => (typeof one === 'string' ? { kind: one } : one)));
    return this;
  }

  readonly find = (marker: string): Effect | null => {
    this.looks += 1;
    const failure = this.blind.shift();
    if (failure !== undefined) {
      const { kind, ...details } = failure;
      throw new Failure(kind, 'cannot look', details);
    }
    const at = this.effects.findIndex((effect) => effect.marker === marker);
    return at < 0 ? null : { id: `effect-${at}`, url: null };
  };

  readonly run = (input: { issue: string; text: string }, marker: string): Effect => {
    this.runs.push(marker);
    const failure = this.failures.shift();
    if (failure === undefined || failure.applied) this.effects.push({ marker, ...input });
    if (failure !== undefined) {
      const { retryAfterMs } = failure;
      throw new Failure(
        failure.kind,
        'on purpose',
        retryAfterMs === undefined ? {} : { retryAfterMs },
      );
    }
    return { id: `effect-${this.effects.length - 1}`, url: null };
  };
}

const Input = z.object({ issue: z.string(), text: z.string().min(1).max(4000) });

/** `jira.add-comment` over a fake target; without one it cannot write. */
export function commentOperation(
  target: FakeTarget | null,
  effect: WriteOperation['effect'] = 'write',
): Operation {
  const write =
    target === null
      ? {}
      : {
          write: {
            run: (input: z.infer<typeof Input>, call: { marker: string }) =>
              Promise.resolve().then(() => target.run(input, call.marker)),
            find: (_input: z.infer<typeof Input>, call: { marker: string }) =>
              Promise.resolve().then(() => target.find(call.marker)),
          },
        };
  return defineWrite({
    name: 'jira.add-comment',
    summary: 'Add a comment to an issue.',
    effect,
    input: Input,
    target: ({ issue }) => `jira:issue:${issue}`,
    words: ({ text }) => text,
    preview: ({ issue, text }) => `Comment on ${issue}: ${text.slice(0, 80)}`,
    ...write,
  });
}
