import type { Action, Verdict } from '../domain/action.ts';
import type { Operation, WriteOperation } from '../domain/connector.ts';
import type { Mode } from '../domain/mode.ts';
import type { ProposedAction } from '../domain/plan.ts';
import type { Subject } from '../domain/subject.ts';

/** Everything the rules may look at. Pure data: the same case always gets the same verdict. */
export interface PolicyCase {
  readonly proposed: ProposedAction;
  /** Undefined when no connector declares it. */
  readonly operation: Operation | undefined;
  readonly subject: Subject;
  readonly mode: Mode;
  /** Operations that no mode and no approval makes possible. */
  readonly never: readonly string[];
  /** The messages that this cycle answers. */
  readonly answers: readonly string[];
  /** Earlier actions on this subject. */
  readonly history: readonly Action[];
}

/** One rule; `null` means that it has nothing to say. */
export interface PolicyRule {
  readonly name: string;
  readonly judge: (given: PolicyCase) => Omit<Verdict, 'rule'> | null;
}

const deny = (reason: string) => ({ answer: 'deny' as const, reason });
const ask = (reason: string) => ({ answer: 'ask' as const, reason });

const IN_EFFECT: ReadonlySet<Action['state']> = new Set(['held', 'sending', 'done', 'unknown']);

function changes(operation: Operation | undefined): operation is WriteOperation {
  return operation !== undefined && operation.effect !== 'read';
}

function parsedInput(given: PolicyCase): unknown {
  const parsed = given.operation?.input.safeParse(given.proposed.input);
  return parsed?.success === true ? parsed.data : undefined;
}

const unknownOperation: PolicyRule = {
  name: 'unknown-operation',
  judge: ({ operation, proposed }) =>
    operation === undefined ? deny(`no connector declares ${proposed.operation}`) : null,
};

const neverList: PolicyRule = {
  name: 'never-list',
  judge: ({ never, proposed }) =>
    never.includes(proposed.operation) ? deny(`${proposed.operation} is never done`) : null,
};

const readsAreNotActions: PolicyRule = {
  name: 'reads-are-not-actions',
  judge: ({ operation }) =>
    operation?.effect === 'read' ? deny('a plan proposes changes; reading is for Context') : null,
};

const validInput: PolicyRule = {
  name: 'valid-input',
  judge: (given) => {
    const parsed = given.operation?.input.safeParse(given.proposed.input);
    if (parsed === undefined || parsed.success) return null;
    const [issue] = parsed.error.issues;
    return deny(`input.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`);
  },
};

const targetBinding: PolicyRule = {
  name: 'target-binding',
  judge: (given) => {
    if (!changes(given.operation)) return null;
    const input = parsedInput(given);
    if (input === undefined) return null;
    const target = given.operation.target(input);
    if (target === given.subject) return null;
    return deny(`it would touch ${target}, the cycle is about ${given.subject}`);
  },
};

const oneAnswerPerMessage: PolicyRule = {
  name: 'one-answer-per-message',
  judge: ({ answers, history, proposed }) => {
    const earlier = history.find(
      (action) =>
        IN_EFFECT.has(action.state) &&
        action.operation === proposed.operation &&
        answers.length > 0 &&
        answers.every((message) => action.answers.includes(message)),
    );
    if (earlier === undefined) return null;
    return deny(`action ${earlier.id} has answered this already (${earlier.state})`);
  },
};

const destroyAsks: PolicyRule = {
  name: 'destroy-asks',
  judge: ({ operation }) =>
    operation?.effect === 'destroy' ? ask('it cannot be undone, so a person decides') : null,
};

const alwaysAsks: PolicyRule = {
  name: 'always-asks',
  judge: ({ operation }) =>
    changes(operation) && operation.asks === true
      ? ask('a person decides this in every mode')
      : null,
};

const modeAsks: PolicyRule = {
  name: 'mode-asks',
  judge: ({ mode }) => (mode === 'ask' ? ask('in mode ask a person decides every change') : null),
};

/** In the order in which they are read to a person; the most careful answer wins whatever the order. */
const POLICY: readonly PolicyRule[] = [
  unknownOperation,
  neverList,
  readsAreNotActions,
  validInput,
  targetBinding,
  oneAnswerPerMessage,
  destroyAsks,
  alwaysAsks,
  modeAsks,
];

/** Deny beats ask, ask beats allow; among equals the first rule is named. */
export function judge(given: PolicyCase, rules: readonly PolicyRule[] = POLICY): Verdict {
  const verdicts = rules.flatMap((rule) => {
    const answer = rule.judge(given);
    return answer === null ? [] : [{ ...answer, rule: rule.name }];
  });
  const denied = verdicts.find((verdict) => verdict.answer === 'deny');
  if (denied !== undefined) return denied;
  const [asked] = verdicts;
  return asked ?? { answer: 'allow', rule: 'no-objection', reason: 'no rule objects' };
}
