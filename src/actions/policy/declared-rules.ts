import { matchesOperation } from '../directives/operation-pattern.ts';
import { NEVER } from '../never-list.ts';
import { deny } from './policy-rule.ts';
import type { PolicyRule } from './policy-rule.ts';

/** An operation that no connector declares does not exist. */
export const unknownOperation: PolicyRule = {
  name: 'unknown-operation',
  summary: 'An operation that no connector declares is denied.',
  judge: ({ operation, proposed }) =>
    operation === undefined ? deny(`no connector declares ${proposed.operation}`) : null,
};

/** What no mode, directive or approval makes possible. */
export const neverList: PolicyRule = {
  name: 'never-list',
  summary: 'Deleting, merging and pushing are denied, whatever the directives say.',
  judge: ({ proposed }) =>
    NEVER.some((pattern) => matchesOperation(pattern, proposed.operation))
      ? deny(`${proposed.operation} is never done`)
      : null,
};

/** Reading is for Context and for tools. */
export const readsAreNotActions: PolicyRule = {
  name: 'reads-are-not-actions',
  summary: 'A plan proposes changes; a read in it is denied.',
  judge: ({ operation }) =>
    operation?.effect === 'read' ? deny('a plan proposes changes; reading is for Context') : null,
};

/** The schema of the operation is the only shape there is. */
export const validInput: PolicyRule = {
  name: 'valid-input',
  summary: 'Input that does not fit the schema of its operation is denied.',
  judge: ({ operation, proposed }) => {
    const parsed = operation?.input.safeParse(proposed.input);
    if (parsed === undefined || parsed.success) return null;
    const [issue] = parsed.error.issues;
    return deny(`input.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`);
  },
};

/** What was made for code alone is not for a model. */
export const internalOperation: PolicyRule = {
  name: 'internal-operation',
  summary: 'Operations that code uses for its own screens are denied to a model.',
  judge: ({ operation, author }) =>
    author === 'model' && operation !== undefined && 'internal' in operation
      ? deny('this is for code alone')
      : null,
};
