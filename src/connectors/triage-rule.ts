import type { ProjectEvent, Significance, TriageRule } from '../domain/event.ts';

/** An answer of a rule before its name is added. */
export type Judgement = Omit<Significance, 'rule'>;

/** A rule that names itself in its answer. */
export function rule(name: string, judge: (event: ProjectEvent) => Judgement | null): TriageRule {
  return {
    name,
    judge: (event) => {
      const judgement = judge(event);
      return judgement === null ? null : { ...judgement, rule: name };
    },
  };
}

/** Every event of a noun is kept and starts nothing. */
export function noted(noun: string, reason: string): TriageRule {
  return rule(noun, (event) => (event.kind.startsWith(`${noun}.`) ? sleeps(reason) : null));
}

/** Every event of a kind starts a cycle. */
export function wakesOn(name: string, on: { kind: string; reason: string }): TriageRule {
  return rule(name, (event) => (event.kind === on.kind ? wakes(on.reason) : null));
}

export function wakes(reason: string): Judgement {
  return { wakes: true, reason };
}

export function sleeps(reason: string): Judgement {
  return { wakes: false, reason };
}
