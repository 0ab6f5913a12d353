import type { Status } from '../http/contract.ts';
import { ageBetween } from './status-judgement.ts';

type System = Status['connectors'][number];

/** One line a system: what is on, what is off, and what is wrong. `pm-agent doctor` tells why. */
export function systemRows(status: Status): string[][] {
  return [
    ...status.connectors.map((system) => [system.name, systemText(status, system)]),
    ['model', status.model ?? 'off: the rules planner answers'],
  ];
}

function systemText(status: Status, { name, abilities }: System): string {
  const on = abilities.filter((one) => one.on).map((one) => one.name);
  if (on.length === 0) return 'off: not configured';
  const off = abilities.filter((one) => !one.on).map((one) => one.name);
  return [
    `on: ${on.join(', ')}`,
    ...(off.length === 0 ? [] : [`off: ${off.join(', ')}`]),
    ...lineText(status, name),
    ...pollText(status, name),
    ...missedText(status, name),
  ].join(' · ');
}

function lineText({ lines, at }: Status, name: string): string[] {
  return lines
    .filter(({ source, connected }) => source === name && !connected)
    .map(({ note, since }) => `LINE LOST for ${ageBetween(since, at)} (${note})`);
}

function pollText({ polls, at }: Status, name: string): string[] {
  const poll = polls.find(({ source }) => source === name);
  if (poll === undefined) return [];
  if (poll.failing > 0) {
    return [`POLL FAILS in ${poll.failing} of ${poll.scopes} scopes: ${poll.error ?? ''}`];
  }
  return poll.succeeded === null
    ? ['not polled yet']
    : [`polled ${ageBetween(poll.succeeded, at)} ago`];
}

/** What push has missed today, where it is too much. */
function missedText({ completeness }: Status, name: string): string[] {
  return completeness
    .filter(({ source, warning }) => source === name && warning)
    .map(({ pollOnly, missedShare, missing, repaired }) => {
      const share = missedShare === null ? '' : ` (${(missedShare * 100).toFixed(1)}%)`;
      const gaps = missing === 0 ? '' : `, ${repaired} of ${missing} lost deliveries fetched`;
      return `PUSH MISSED ${pollOnly} facts today${share}${gaps}`;
    });
}
