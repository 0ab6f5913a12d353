import type { Action } from '../../domain/action.ts';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { sha256 } from '../../lib/digest.ts';

/** SHA-256 over operation and canonical input: what an approval is bound to. */
export function digestOf({ operation, input }: Pick<Action, 'operation' | 'input'>): string {
  return sha256(`${operation}\n${canonicalJson(input)}`);
}
