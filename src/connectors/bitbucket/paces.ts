import { EVERY_CALL } from '../pace.ts';
import type { Pace } from '../pace.ts';

/** 1,000 in any hour, which touches five windows of a quarter at most (contracts/bitbucket.md section 3). */
export const BITBUCKET_PACES: readonly Pace[] = [
  { name: 'bitbucket', points: 190, seconds: 900, alone: 45, covers: EVERY_CALL },
];
