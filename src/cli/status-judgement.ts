import type { Status } from '../http/contract.ts';

const MINUTE_MS = 60_000;
// A pause without an end is kept as one until then.
const FOR_EVER = '9999';

/** `12 min`, `4 h`, `3 d` between two instants; never less than nothing. */
export function ageBetween(from: string, to: string): string {
  const minutes = Math.floor((Date.parse(to) - Date.parse(from)) / MINUTE_MS);
  if (minutes < 60) return `${Math.max(0, minutes)} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / (24 * 60))} d`;
}

const minute = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;

/** What may leave, what waits for people, and what it costs. */
export function judgementRows({ judgement, at }: Status): string[][] {
  const { pausedUntil, modes, directives, approvals, today, sweeps } = judgement;
  return [
    ...(pausedUntil === null ? [] : [['paused', pauseText(pausedUntil)]]),
    ...(modes.length === 0
      ? []
      : [['modes', modes.map(({ operations, mode }) => `${operations} ${mode}`).join(', ')]]),
    ['directives', directives.version],
    ...(directives.problem === null ? [] : [['', `FILE NOT IN FORCE: ${directives.problem}`]]),
    ['approvals', approvalText(approvals, at)],
    [
      'today',
      `${today.sent} sent, ${today.deferred} deferred, ${today.suppressed} suppressed, ${today.denied} denied`,
    ],
    ['budget', budgetText(judgement.budget)],
    ['watched', watchText(sweeps, at)],
  ];
}

function pauseText(until: string): string {
  const end = until.startsWith(FOR_EVER) ? 'until pm-agent resume' : `until ${minute(until)}`;
  return `NOTHING LEAVES ${end}; listening goes on`;
}

function approvalText({ open, nextExpiry }: Status['judgement']['approvals'], at: string): string {
  if (open === 0) return 'none waits for a person';
  const waits = `${open} ${open === 1 ? 'waits' : 'wait'} for a person`;
  if (nextExpiry === null) return waits;
  return `${waits}; the next ends in ${ageBetween(at, nextExpiry)}, ${minute(nextExpiry)}`;
}

type Budget = Status['judgement']['budget'];

function budgetText({ today, month }: Budget): string {
  return `today ${moneyText(today)}; month ${moneyText(month)}`;
}

/** `0.27 of 10.00 USD`, with what is set aside for calls under way. */
function moneyText({ spentUsd, reservedUsd, limitUsd }: Budget['today']): string {
  const limit = limitUsd === null ? 'USD, no limit' : `of ${limitUsd.toFixed(2)} USD`;
  const reserved = reservedUsd > 0 ? ` (${reservedUsd.toFixed(2)} set aside)` : '';
  const over = limitUsd !== null && spentUsd >= limitUsd ? ' USED UP' : '';
  return `${spentUsd.toFixed(2)} ${limit}${reserved}${over}`;
}

function watchText({ watched, next }: Status['judgement']['sweeps'], at: string): string {
  const items = `${watched} ${watched === 1 ? 'item' : 'items'}`;
  return next === null ? items : `${items}, the next is looked at in ${ageBetween(at, next)}`;
}
