import { EVERY_CALL } from '../pace.ts';
import type { Pace } from '../pace.ts';

/** No figure is published, only headers tell it (contracts/sentry.md section 3): ours is modest. */
export const SENTRY_PACES: readonly Pace[] = [
  { name: 'sentry', points: 8, seconds: 1, alone: 2, covers: EVERY_CALL },
];
