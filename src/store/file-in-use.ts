import { DatabaseSync } from 'node:sqlite';
import { isLocked } from './sqlite-failure.ts';

/**
 * Whether somebody has the file of a store open, this process included: only who has it alone may leave the write-ahead log.
 * What cannot be opened as a store at all is in nobody's use.
 */
export function isInUse(file: string): boolean {
  const raw = new DatabaseSync(file, { timeout: 0 });
  const modeOf = (statement: string): unknown => raw.prepare(statement).get()?.['journal_mode'];
  try {
    if (modeOf('pragma journal_mode') !== 'wal') return false;
    if (modeOf('pragma journal_mode = delete') === 'wal') return true;
    modeOf('pragma journal_mode = wal');
    return false;
  } catch (error) {
    return isLocked(error);
  } finally {
    raw.close();
  }
}
