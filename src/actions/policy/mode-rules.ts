import { isMachinery } from './machinery.ts';
import { ask, isChange, later } from './policy-rule.ts';
import type { PolicyRule } from './policy-rule.ts';

/** A person has stopped everything that goes out. */
export const paused: PolicyRule = {
  name: 'paused',
  summary: 'While the agent is paused nothing leaves; it is judged again afterwards.',
  judge: ({ pausedUntil, now, operation }) =>
    pausedUntil !== null && pausedUntil > now && isChange(operation)
      ? later('the agent is paused', pausedUntil)
      : null,
};

/** In mode ask a person decides every change, except for the very cards by which they are asked. */
export const modeAsks: PolicyRule = {
  name: 'mode-asks',
  summary: 'In mode ask every change waits for a person.',
  judge: (given) => {
    if (given.mode !== 'ask' || isMachinery(given)) return null;
    return ask('in mode ask a person decides every change');
  },
};
