import { EVERY_CALL, WRITES } from '../pace.ts';
import type { Pace } from '../pace.ts';

/**
 * 5,000 in any hour, 900 in any minute; 80 writes in any minute and 500 in any hour (contracts/github.md section 3.1). An
 * hour touches five windows of a quarter at most, a minute two of a minute.
 */
export const GITHUB_PACES: readonly Pace[] = [
  { name: 'github-minute', points: 400, seconds: 60, alone: 100, covers: EVERY_CALL },
  { name: 'github-hour', points: 950, seconds: 900, alone: 230, covers: EVERY_CALL },
  { name: 'github-writes-minute', points: 30, seconds: 60, alone: 7, covers: WRITES },
  { name: 'github-writes-hour', points: 95, seconds: 900, alone: 20, covers: WRITES },
];
