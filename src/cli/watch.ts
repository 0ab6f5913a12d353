import { Completeness, People, Polls, PollsDue } from '../http/contract.ts';
import type { SourceDay } from '../http/contract.ts';
import { Failure } from '../domain/failure.ts';
import { apiClient } from './client.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { table } from './output.ts';

const BAR = 10;

/** A delay as people say it: `0.4 s`, `12 s`, `5 min`, `3 h`. */
function delay(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** The share of a day that came by push, drawn: `#` came, `.` was missed. */
function bar(missed: number | null): string {
  if (missed === null) return '';
  const lost = missed === 0 ? 0 : Math.max(1, Math.round(missed * BAR));
  return '#'.repeat(BAR - lost) + '.'.repeat(lost);
}

const percent = (share: number | null) => (share === null ? '-' : `${(share * 100).toFixed(1)}%`);

const HEAD = ['day', 'source', 'push', 'both', 'poll', 'missed', '', 'median', 'worst', 'gaps'];

function rowOf(day: SourceDay): string[] {
  return [
    day.day,
    day.source,
    String(day.pushOnly + day.unseenByPoll),
    String(day.both),
    String(day.pollOnly),
    percent(day.missedShare),
    bar(day.missedShare),
    delay(day.medianDelayMs),
    delay(day.worstDelayMs),
    `${day.repaired}/${day.missing}${day.warning ? ' !' : ''}`,
  ];
}

/** What push has missed, by source and day. */
export async function showCompleteness(given: Given, options: { days: string }): Promise<number> {
  const ledger = await apiClient(given).get(
    `/api/completeness?days=${encodeURIComponent(options.days)}`,
    Completeness,
  );
  const lines = ledger.items.length === 0 ? [] : table([HEAD, ...ledger.items.map(rowOf)], 110);
  given.out.result(ledger, lines.length > 0 ? lines : ['Nothing was seen in these days.']);
  const warned = ledger.items.filter((day) => day.warning).length;
  if (warned > 0) {
    given.out.say(`${warned} day(s) above ${percent(ledger.warnAt)}: pm-agent webhooks verify`);
  }
  return EXIT.done;
}

/** Every scope that is polled, and how its last poll went. */
export async function showPolls(given: Given): Promise<number> {
  const polls = await apiClient(given).get('/api/polls', Polls);
  const time = (at: string | null) => (at === null ? '-' : at.slice(5, 16).replace('T', ' '));
  const rows = polls.items.map((poll) => [
    poll.source,
    poll.scope,
    `ok ${time(poll.succeeded)}`,
    poll.running ? 'running' : `next ${time(poll.next)}`,
    poll.failures > 0 ? `${poll.failures} failed: ${poll.error ?? ''}` : '',
  ]);
  given.out.result(polls, rows.length > 0 ? table(rows, 110) : ['Nothing is polled.']);
  return EXIT.done;
}

/** Polls now, again from an instant on if one is given. */
export async function pollNow(
  given: Given,
  options: { readonly source: string | undefined; readonly since?: string },
): Promise<number> {
  const { source, since } = options;
  if (since !== undefined && Number.isNaN(Date.parse(since))) {
    const fix = 'Give it like 2026-11-01T00:00:00Z.';
    throw new Failure('invalid-input', `--since ${since} is not an instant.`, { fix });
  }
  const body = {
    ...(source === undefined ? {} : { source }),
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
  };
  const due = await apiClient(given).post('/api/polls', body, PollsDue);
  given.out.result({ ok: true, ...due }, [`Polling ${due.sources.join(', ') || 'nothing'} now.`]);
  given.out.say('next: pm-agent polls');
  return EXIT.done;
}

/** People and their accounts. */
export async function showPeople(given: Given): Promise<number> {
  const people = await apiClient(given).get('/api/people', People);
  const rows = people.items.map((person) => [
    person.name,
    person.zone ?? '-',
    person.accounts.map((one) => `${one.system}:${one.account} (${one.joinedBy})`).join(', '),
  ]);
  const empty = 'Nobody yet: people appear with the first events. See config/people.example.yaml.';
  given.out.result(people, rows.length > 0 ? table(rows, 100) : [empty]);
  return EXIT.done;
}
