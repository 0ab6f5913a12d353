import type { Status } from '../http/contract.ts';
import { ageBetween } from './status-judgement.ts';

/** How the store is kept: one line, and one more after a restore. */
export function keepingRows({ keeping, at }: Status): string[][] {
  const { backup, restored } = keeping;
  const rows = [['backup', backupText(backup, at)]];
  if (restored === null) return rows;
  const age = ageBetween(restored.at, at);
  const what = `restored ${age} ago to ${restored.backupAt.slice(0, 16).replace('T', ' ')} UTC`;
  return [...rows, ['', `${what}; what may have been done is looked for first`]];
}

function backupText(backup: Status['keeping']['backup'], at: string): string {
  const { last, failed, on } = backup;
  const good =
    last === null
      ? 'none yet'
      : `${ageBetween(last.at, at)} ago, ${(last.bytes / 1e6).toFixed(1)} MB, read back`;
  const fault =
    failed === null ? '' : ` LAST TRY FAILED ${ageBetween(failed.at, at)} ago: ${failed.kind}`;
  return `${good}${on ? '' : ' (not taken by itself)'}${fault}`;
}
