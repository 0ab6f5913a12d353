import type { PolicyCase } from './policy-case.ts';
import { speaks } from './policy-rule.ts';

/**
 * The cards, receipts and forms by which people decide: they need no decision of their own. Whatever changes an item is none
 * of them, whatever it is said to be for.
 */
export function isMachinery({ author, purpose, operation }: PolicyCase): boolean {
  if (author !== 'rules' || !speaks(operation)) return false;
  return purpose === 'approval' || purpose === 'receipt';
}
