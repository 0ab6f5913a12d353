import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SentryEmulator } from '../../../emulators/sentry/start-sentry-emulator.ts';
import { startSentryEmulator } from '../../../emulators/sentry/start-sentry-emulator.ts';
import type { PollPage } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { sentryConnector } from './index.ts';
import { normaliseSentry } from './normalise.ts';

const MIA = '101';
const INES = '102';
const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const START = Date.parse('2026-11-20T10:05:00.000Z');

let sentry: SentryEmulator;
/** Sentry's clock, and how far ours is behind it. */
let time: number;
let behind: number;

async function start(more: { indexLagMs?: number } = {}): Promise<void> {
  sentry = await startSentryEmulator({ token: 'token', now: () => new Date(time), ...more });
  // Nobody listens: bodies are read from the log, as pushes that never came.
  sentry.aimWebhook({ url: 'http://127.0.0.1:9/webhooks', secret: 'secret' });
}

beforeEach(async () => {
  time = START;
  behind = 0;
  await start();
});

afterEach(() => sentry.close());

const call = { signal: new AbortController().signal };
const pass = (ms: number): void => {
  time += ms;
};

function poller() {
  const connector = sentryConnector({
    baseUrl: sentry.baseUrl,
    siteUrl: null,
    token: 'token',
    organization: 'acme',
    projects: ['payments'],
    webhookSecrets: [],
    pollSeconds: 900,
    mayWrite: false,
  });
  if (connector.poll === undefined) throw new Error('no poll');
  return connector.poll;
}

/** Polls to the end, as the poller does. */
async function pollAll(from: string | null, poll = poller()) {
  const events: ProjectEvent[] = [];
  let cursor = from;
  let page: PollPage;
  let pages = 0;
  do {
    const ask = { scope: 'payments', cursor, since: START - behind, now: time - behind };
    page = await poll.fetch(ask, call);
    events.push(...page.events);
    cursor = page.cursor;
    pages += 1;
  } while (page.more && pages < 100);
  return { events, cursor: page.cursor, pages };
}

function pushed(): ProjectEvent[] {
  return sentry.deliveries.flatMap(({ body }) => {
    return normaliseSentry(JSON.parse(String(body)), {}).events;
  });
}

const keys = (events: readonly ProjectEvent[]): string[] => events.map(({ key }) => key).toSorted();
const reads = (path: RegExp): number => sentry.requests.filter((one) => path.test(one.path)).length;

const capture = (title: string): string => sentry.captureError('payments', { title }).row.id;

/** Something of every kind that a poll can find. */
function actEverything(): void {
  const id = capture('RangeError: Größe');
  pass(SECOND);
  sentry.assign(id, MIA, `user:${INES}`);
  pass(SECOND);
  sentry.comment(id, INES, 'Looking at it');
  pass(SECOND);
  sentry.resolve(id, INES);
  pass(40 * SECOND);
  capture('RangeError: Größe');
  pass(SECOND);
  sentry.ignore(id, MIA);
  pass(HOUR);
  sentry.escalate(id);
  pass(SECOND);
  sentry.assign(capture('TypeError: no card'), MIA, 'team:301');
}

describe('what push has missed', () => {
  test('is found with the very keys of the pushes, once', async () => {
    const first = await pollAll(null);
    pass(MINUTE);
    actEverything();
    pass(20 * MINUTE);

    const second = await pollAll(first.cursor);
    const third = await pollAll(second.cursor);

    expect(first.events).toEqual([]);
    expect(keys(second.events)).toEqual(keys(pushed()));
    expect(second.events).toHaveLength(9);
    expect(third.events).toEqual([]);
  });

  test('reads as the pushes do', async () => {
    actEverything();

    const polled = new Map((await pollAll(null)).events.map((event) => [event.key, event]));

    for (const event of pushed()) {
      const { kind, subject, scope, actor, message, changes, text } = event;
      expect(polled.get(event.key)).toMatchObject({
        kind,
        subject,
        scope,
        actor,
        message,
        changes,
      });
      expect(polled.get(event.key)?.text).toBe(text);
    }
  });

  test('is found when a quiet error was changed long ago and others have occurred since', async () => {
    const id = capture('RangeError: quiet');
    const first = await pollAll(null);
    pass(26 * HOUR);
    sentry.resolve(id, MIA);
    pass(HOUR);
    capture('TypeError: loud');

    const { events } = await pollAll(first.cursor);

    expect(keys(events)).toEqual(keys(pushed().slice(1)));
  });

  test('keeps its key when the error has occurred since it was changed', async () => {
    const id = capture('RangeError: busy');
    const first = await pollAll(null);
    pass(3 * HOUR);
    sentry.ignore(id, MIA);
    pass(3 * HOUR);
    capture('RangeError: busy');

    const { events } = await pollAll(first.cursor);

    expect(keys(events)).toEqual(keys(pushed().slice(1)));
  });

  test('is found when an error came back twice between two polls', async () => {
    const id = capture('RangeError: again');
    const first = await pollAll(null);
    sentry.resolve(id, MIA);
    pass(2 * HOUR);
    capture('RangeError: again');
    const second = await pollAll(first.cursor);
    pass(2 * HOUR);
    sentry.resolve(id, MIA);
    pass(2 * HOUR);
    capture('RangeError: again');

    const { events } = await pollAll(second.cursor);

    const missing = keys(pushed()).filter(
      (key) => ![...keys(first.events), ...keys(second.events)].includes(key),
    );
    expect(keys(events)).toEqual(expect.arrayContaining(missing));
    expect(missing).toHaveLength(2);
  });

  test('is found at the first poll, for a quiet error too', async () => {
    time = START - 2 * HOUR;
    const id = capture('RangeError: quiet');
    sentry.comment(id, MIA, 'Long ago');
    time = START + MINUTE;
    sentry.comment(id, MIA, 'Just now');

    const { events } = await pollAll(null);

    expect(events.map(({ text }) => text)).toEqual(['Just now']);
  });

  test('is found below the newest hundred errors within an hour', async () => {
    const quiet = capture('RangeError: quiet');
    for (let count = 0; count < 120; count += 1) {
      pass(20 * SECOND);
      capture(`TypeError: ${count}`);
    }
    const first = await pollAll(null);
    pass(15 * MINUTE);
    sentry.comment(quiet, MIA, 'Still there?');
    pass(MINUTE);
    const soon = await pollAll(first.cursor);
    pass(HOUR);

    const later = await pollAll(soon.cursor);

    expect(soon.events).toEqual([]);
    expect(later.events.map(({ text }) => text)).toEqual(['Still there?']);
  });

  test.each([0, 5 * MINUTE, -5 * MINUTE])(
    'is found with a clock that is %i ms behind',
    async (ms) => {
      behind = ms;
      pass(SECOND);
      actEverything();

      expect(keys((await pollAll(null)).events)).toEqual(keys(pushed()));
    },
  );
});

describe('lists that lag by two minutes', () => {
  test('lose nothing and give nothing twice', async () => {
    await sentry.close();
    await start({ indexLagMs: 2 * MINUTE });
    const found: ProjectEvent[] = [];
    let { cursor } = await pollAll(null);
    for (let round = 0; round < 12; round += 1) {
      const id = capture(`RangeError: ${round}`);
      if (round % 3 === 0) sentry.resolve(id, MIA);
      if (round % 3 === 1) sentry.comment(id, INES, `Comment ${round}`);
      pass(50 * SECOND);
      const page = await pollAll(cursor);
      found.push(...page.events);
      cursor = page.cursor;
    }
    pass(3 * MINUTE);
    found.push(...(await pollAll(cursor)).events);

    expect([...new Set(keys(found))]).toEqual(keys(pushed()));
    expect(found.filter(({ kind }) => kind === 'error.created')).toHaveLength(12);
  });
});

test('an error that no list showed yet when all were compared is found later', async () => {
  await sentry.close();
  await start({ indexLagMs: 2 * MINUTE });
  const first = await pollAll(null);
  pass(2 * HOUR);
  capture('RangeError: late');
  pass(30 * SECOND);
  const compared = await pollAll(first.cursor);
  pass(3 * MINUTE);

  const { events } = await pollAll(compared.cursor);

  expect(compared.events).toEqual([]);
  expect(keys(events)).toEqual(keys(pushed()));
});

describe('the cost', () => {
  test('at rest is one call', async () => {
    capture('RangeError: quiet');
    const poll = poller();
    const first = await pollAll(null, poll);
    pass(15 * MINUTE);
    const before = sentry.requests.length;

    const second = await pollAll(first.cursor, poll);

    expect(second.events).toEqual([]);
    expect(sentry.requests.length - before).toBe(1);
  });

  test('of one changed issue among many is one more', async () => {
    const ids = Array.from({ length: 30 }, (_, count) => capture(`RangeError: ${count}`));
    const poll = poller();
    const first = await pollAll(null, poll);
    pass(15 * MINUTE);
    sentry.resolve(ids[7] ?? '', MIA);
    const before = sentry.requests.length;

    const second = await pollAll(first.cursor, poll);

    expect(second.events.map(({ kind }) => kind)).toEqual(['error.resolved']);
    expect(sentry.requests.length - before).toBe(2);
  });
});

describe('pages', () => {
  test('are read to the end, a list and at most twenty issues at a time', async () => {
    const { cursor } = await pollAll(null);
    pass(MINUTE);
    for (let count = 0; count < 230; count += 1) {
      const id = capture(`RangeError: ${count}`);
      if (count % 3 === 0) sentry.comment(id, MIA, 'Seen');
      pass(SECOND);
    }

    const page = await pollAll(cursor);

    expect(keys(page.events)).toEqual(keys(pushed()));
    expect(page.pages).toBeGreaterThan(3);
    expect(page.cursor.length).toBeLessThan(40_000);
  });

  test('stop at what is known', async () => {
    for (let count = 0; count < 250; count += 1) {
      capture(`RangeError: ${count}`);
      pass(10 * SECOND);
    }
    const { cursor } = await pollAll(null);
    pass(15 * MINUTE);
    const before = reads(/\/issues\/$/);

    const { events } = await pollAll(cursor);

    expect(events).toEqual([]);
    expect(reads(/\/issues\/$/) - before).toBe(1);
  });

  test('that fail leave the cursor where it was, and cost nothing', async () => {
    const first = await pollAll(null);
    pass(MINUTE);
    actEverything();
    sentry.faults.push({ kind: 'status', status: 403, match: { path: /\/issues\/\d+\/$/ } });

    const failed = pollAll(first.cursor);

    await expect(failed).rejects.toMatchObject({ kind: 'forbidden' });
    expect(keys((await pollAll(first.cursor)).events)).toEqual(keys(pushed()));
  });

  test('that are given twice are noticed', async () => {
    for (let count = 0; count < 101; count += 1) capture(`RangeError: ${count}`);
    const first = await poller().fetch(
      { scope: 'payments', cursor: null, since: START, now: time },
      call,
    );
    const link = '<x>; rel="next"; results="true"; cursor="0:100:0"';
    const headers = { link };
    sentry.faults.push({
      kind: 'status',
      status: 200,
      headers,
      body: [],
      match: { path: /issues\/$/ },
    });

    const again = poller().fetch(
      { scope: 'payments', cursor: first.cursor, since: START, now: time },
      call,
    );

    expect(first.more).toBe(true);
    await expect(again).rejects.toMatchObject({ kind: 'bad-answer' });
  });
});

test('too many calls: it waits until the reset that Sentry names', async () => {
  await sentry.close();
  sentry = await startSentryEmulator({
    token: 'token',
    now: () => new Date(time),
    limit: { calls: 1, windowMs: 10 * MINUTE },
  });

  const failed = pollAll(null);

  await expect(failed).rejects.toMatchObject({ kind: 'rate-limited', retryAfterMs: 5 * MINUTE });
});

test('an issue that was deleted since it was listed is passed over', async () => {
  const first = await pollAll(null);
  const gone = capture('RangeError: gone');
  sentry.comment(gone, MIA, 'One');
  sentry.faults.push({ kind: 'status', status: 404, match: { path: /\/issues\/\d+\/$/ } });

  const { events } = await pollAll(first.cursor);

  expect(events.map(({ kind }) => kind)).toEqual(['error.created']);
});

test.each(['nonsense', '{}', '{"floor":-1}'])('a cursor %s is refused', async (cursor) => {
  await expect(pollAll(cursor)).rejects.toMatchObject({ kind: 'bad-answer' });
});

test('what is polled: the named projects, or all of the organisation', async () => {
  const all = sentryConnector({
    baseUrl: sentry.baseUrl,
    siteUrl: null,
    token: 'token',
    organization: 'acme',
    projects: [],
    webhookSecrets: [],
    pollSeconds: 900,
    mayWrite: false,
  });

  expect(await poller().scopes(call)).toEqual(['payments']);
  expect(await all.poll?.scopes(call)).toEqual(['payments', 'web']);
});
