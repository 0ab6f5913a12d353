import { Status } from '../http/contract.ts';
import { abilityRows } from './ability-rows.ts';
import { apiClient } from './client.ts';
import { EXIT } from './exit.ts';
import { safe, table } from './output.ts';
import type { Given } from './given.ts';

const MINUTE_MS = 60_000;

/** `3 d`, `4 h`, `12 min`. */
function age(since: string): string {
  const minutes = Math.floor((Date.now() - Date.parse(since)) / MINUTE_MS);
  if (minutes < 60) return `${Math.max(0, minutes)} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / (24 * 60))} d`;
}

/** How the systems are watched: lines of our own, polls, and what push has missed today. */
function watchLines(status: Status): string[] {
  const time = (at: string | null) => (at === null ? 'never' : `${age(at)} ago`);
  const rows = [
    ...status.lines.map((line) => [
      line.source,
      'line',
      line.connected ? 'open' : 'lost',
      `${line.note}, since ${age(line.since)}`,
    ]),
    ...status.polls.map((poll) => [
      poll.source,
      'poll',
      poll.failing > 0 ? 'failing' : 'ok',
      poll.failing > 0
        ? `${poll.failing} of ${poll.scopes} scopes: ${poll.error ?? ''}`
        : `${poll.scopes} scopes, last ${time(poll.succeeded)}`,
    ]),
    ...status.completeness.map((day) => [
      day.source,
      'today',
      day.warning ? 'MISSED' : 'ok',
      missedToday(day),
    ]),
  ];
  return table(rows);
}

function missedToday(day: Status['completeness'][number]): string {
  const pushed = day.pushOnly + day.both + day.unseenByPoll;
  const share = day.missedShare === null ? '' : ` (${(day.missedShare * 100).toFixed(1)}%)`;
  const gaps =
    day.missing === 0 ? '' : `, ${day.repaired} of ${day.missing} lost deliveries fetched`;
  return `${pushed} facts by push, ${day.pollOnly} found by polling only${share}${gaps}`;
}

function linesOf(status: Status, url: string): string[] {
  const { deliveries, events, cycles, actions, lastCycle, spend } = status;
  const abilities = abilityRows(status.connectors).map(({ system, ability, on, note }) => [
    system,
    ability,
    on ? 'on' : 'off',
    note,
  ]);
  const last =
    lastCycle === null
      ? 'none yet'
      : `${lastCycle.openedAt.slice(11, 16)} ${lastCycle.subject} ${lastCycle.outcome ?? lastCycle.status}`;
  return [
    `pm-agent ${status.version}   ${status.mode}   up ${age(status.startedAt)}   ${url}`,
    ...table([
      ...abilities,
      ['model', '', status.model === null ? 'off' : 'on', status.model ?? 'rules planner'],
    ]),
    ...watchLines(status),
    `deliveries ${deliveries.kept}, waiting ${deliveries.waiting}, unreadable ${deliveries.failed}`,
    `events ${events.kept}, waiting ${events.waiting}, ignored ${events.ignored}, set aside ${events.dead}`,
    `cycles ${cycles.finished} finished, ${cycles.open} open, ${cycles.failed} failed · mailboxes waiting ${status.mailboxes.waiting}`,
    `actions ${actions.done} done, ${actions.simulated} simulated, ${actions.held} held, ${actions.denied} denied, ${actions.failed} failed, ${actions.unknown} unknown`,
    `model ${spend.calls} calls, ${spend.usd.toFixed(4)} USD, today ${spend.todayUsd.toFixed(4)} USD`,
    `last cycle ${safe(last)}`,
  ];
}

/** One screen of what runs, what waits and what was done. */
export async function status(given: Given): Promise<number> {
  const client = apiClient(given);
  const answer = await client.get('/api/status', Status);
  given.out.result(answer, linesOf(answer, client.url));
  if (answer.lastCycle !== null) given.out.say(`next: pm-agent cycles why ${answer.lastCycle.id}`);
  return EXIT.done;
}
