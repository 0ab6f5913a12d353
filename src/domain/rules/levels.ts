import type { Urgency } from '../plan.ts';

/** Levels from the calmest to the most urgent. */
export const LEVELS: readonly Urgency[] = ['low', 'medium', 'high', 'critical'];

/** Where each level stands in that order, as numbers that compare. */
export const RANK: Readonly<Record<Urgency, number>> = { low: 0, medium: 1, high: 2, critical: 3 };
