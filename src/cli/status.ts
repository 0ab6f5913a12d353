import { Status } from '../http/contract.ts';
import { apiClient } from './client.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { safe, table } from './output.ts';
import { ageBetween, judgementRows } from './status-judgement.ts';
import { keepingRows } from './status-keeping.ts';
import { systemRows } from './status-systems.ts';
import { subjectWords } from './subject-words.ts';

const MIB = 1024 * 1024;

function headOf(status: Status, url: string): string {
  const { version, mode, startedAt, at } = status;
  return `pm-agent ${version}   ${mode}   up ${ageBetween(startedAt, at)}   ${url}`;
}

/** What came in and what was made of it, since the first start. */
function countRows(status: Status): string[][] {
  const { deliveries, events, cycles, actions, lastCycle } = status;
  const last =
    lastCycle === null
      ? 'none yet'
      : `${lastCycle.openedAt.slice(11, 16)} ${subjectWords(lastCycle.subject)}: ${lastCycle.outcome ?? lastCycle.status}`;
  const acted = [
    `${actions.done} done`,
    `${actions.simulated} simulated`,
    `${actions.held} held`,
    `${actions.denied} denied`,
    `${actions.declined} declined or expired`,
    ...(actions.sending > 0 ? [`${actions.sending} on the way`] : []),
    ...(actions.failed > 0 ? [`${actions.failed} FAILED`] : []),
    ...(actions.unknown > 0 ? [`${actions.unknown} UNKNOWN`] : []),
  ];
  return [
    [
      'deliveries',
      `${deliveries.kept} kept, ${deliveries.waiting} waiting, ${deliveries.quarantined} unreadable`,
    ],
    [
      'events',
      `${events.kept} kept, ${events.waiting} waiting, ${events.ignored} ignored, ${events.dead} set aside`,
    ],
    [
      'cycles',
      `${cycles.finished} finished, ${cycles.open} open, ${cycles.failed} failed, ${status.mailboxes.waiting} mailboxes waiting`,
    ],
    ['actions', acted.join(', ')],
    ...diskRows(status),
    ...status.troubles.map(({ what, command }) => ['TROUBLE', `${safe(what)} ${command}`]),
    ['last cycle', safe(last)],
  ];
}

/** Only what has become scarce. */
function diskRows({ disk }: Status): string[][] {
  return disk
    .filter(({ state }) => state !== 'ok')
    .map(({ place, freeBytes, state }) => [
      'disk',
      `${state === 'full' ? 'FULL' : 'NEARLY FULL'}: ${Math.floor(freeBytes / MIB)} MiB free for the ${place}`,
    ]);
}

function linesOf(status: Status, url: string): string[] {
  return [
    headOf(status, url),
    ...table([
      ...systemRows(status),
      ...judgementRows(status),
      ...countRows(status),
      ...keepingRows(status),
    ]),
  ];
}

function nextOf({ judgement, lastCycle }: Status): string | null {
  if (judgement.pausedUntil !== null) return 'pm-agent resume';
  if (judgement.directives.problem !== null) return 'pm-agent directives check';
  if (judgement.approvals.open > 0) return 'pm-agent approve list';
  return lastCycle === null ? null : `pm-agent cycles why ${lastCycle.id}`;
}

/** One screen of what runs, what waits and what was done. */
export async function status(given: Given): Promise<number> {
  const client = apiClient(given);
  const answer = await client.get('/api/status', Status);
  given.out.result(answer, linesOf(answer, client.url));
  const next = nextOf(answer);
  if (next !== null) given.out.say(`next: ${next}`);
  return EXIT.done;
}
