import { EVERY_CALL } from '../pace.ts';
import type { Pace } from '../pace.ts';

/** Bursts of 100 a second and endpoint are allowed; ten in all is what to design for (contracts/jira.md section 3.8). */
export const JIRA_PACES: readonly Pace[] = [
  { name: 'jira', points: 10, seconds: 1, alone: 2, covers: EVERY_CALL },
];
