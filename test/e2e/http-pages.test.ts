import type { KyselyPlugin } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import type { Dependency } from '../../src/http/server.ts';
import { ROUTES } from '../../src/http/roles.ts';
import { handClock, temporaryStore } from '../helpers/store.ts';
import { problemIn, startWorld } from './http-world.ts';

const fine: Dependency = { name: 'store', required: true, check: () => Promise.resolve() };
const down: Dependency = {
  name: 'queue',
  required: true,
  check: () => Promise.reject(new Failure('unavailable', 'secret-host:6379 refused')),
};
const hanging: Dependency = {
  name: 'jira',
  required: false,
  check: () => new Promise(() => undefined),
};

test('the first page says what this is and where things are', async () => {
  const world = await startWorld();

  const info = await (await world.ask('/')).json();

  expect(info).toMatchObject({
    name: 'pm-agent',
    version: '1.2.3',
    links: { docs: '/docs', 'webhook jira': '/webhooks/jira' },
  });
});

test('it is ready when every required dependency answers', async () => {
  const world = await startWorld({ parts: { dependencies: [fine] } });

  const answer = await world.ask('/ready');

  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    ready: true,
    dependencies: [{ name: 'store', ok: true, failure: null }],
  });
});

test('a dependency that fails is named with its kind, within its deadline, while the process lives', async () => {
  const world = await startWorld({ parts: { dependencies: [fine, down, hanging] } });

  const startedAt = Date.now();
  const answer = await world.ask('/ready');
  const text = await answer.text();

  expect(answer.status).toBe(503);
  expect(Date.now() - startedAt).toBeLessThan(4000);
  expect(JSON.parse(text)).toMatchObject({
    ready: false,
    dependencies: [
      { name: 'store', ok: true },
      { name: 'queue', ok: false, failure: 'unavailable' },
      { name: 'jira', required: false, ok: false, failure: 'timeout' },
    ],
  });
  expect(text).not.toContain('secret-host');
  expect((await world.ask('/health')).status).toBe(200);
});

test('a dependency that the program can do without does not stop it', async () => {
  const optional = { ...down, required: false };
  const world = await startWorld({ parts: { dependencies: [fine, optional] } });

  const answer = await world.ask('/ready');

  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ dependencies: [{ ok: true }, { ok: false }] });
});

test('probes that come together ask once, and again after two seconds', async () => {
  const clock = handClock();
  let asked = 0;
  const counted: Dependency = { ...fine, check: () => Promise.resolve(void (asked += 1)) };
  const world = await startWorld({ clock, parts: { dependencies: [counted] } });

  await Promise.all([world.ask('/ready'), world.ask('/ready')]);
  await world.ask('/ready');
  expect(asked).toBe(1);
  clock.move(2000);
  await world.ask('/ready');

  expect(asked).toBe(2);
});

test('a system that is well is asked again after its own time, one that fails after half a minute', async () => {
  const clock = handClock();
  const asked = { well: 0, ill: 0 };
  const well: Dependency = {
    ...fine,
    freshMs: 300_000,
    check: () => Promise.resolve(void (asked.well += 1)),
  };
  const ill: Dependency = {
    ...down,
    freshMs: 300_000,
    check: (signal) => {
      asked.ill += 1;
      return down.check(signal);
    },
  };
  const world = await startWorld({ clock, parts: { dependencies: [well, ill] } });

  await world.ask('/ready');
  clock.move(29_999);
  await world.ask('/ready');
  expect(asked).toEqual({ well: 1, ill: 1 });
  clock.move(1);
  await world.ask('/ready');
  expect(asked).toEqual({ well: 1, ill: 2 });
  clock.move(270_000);
  await world.ask('/ready');

  expect(asked).toEqual({ well: 2, ill: 3 });
});

test('the description lists every route of the program', async () => {
  const world = await startWorld();

  const answer = await world.ask('/openapi.json');
  const document = (await answer.json()) as { paths: Record<string, object>; openapi: string };

  const wanted = Object.keys(ROUTES)
    .map((route) => route.split(' ')[1] ?? '')
    .filter((path) => !path.startsWith('/docs'))
    .map((path) => path.replace(':connector', 'jira').replace(':operation', 'get-issue'))
    .map((path) => path.replace(':id', '{id}'));
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths).sort()).toEqual([...new Set(wanted)].sort());
  const page = JSON.stringify(document.paths['/api/cycles/{id}']);
  expect(page).toContain('headline');
  expect(page).toContain('application/problem+json');
});

test('the page of the description loads everything from here', async () => {
  const world = await startWorld();

  const page = await world.ask('/docs/');
  const html = await page.text();
  const policy = page.headers.get('content-security-policy') ?? '';

  const loaded = [...html.matchAll(/(?:src|href)="(?<path>[^"]+)"/g)].map(
    (match) => match.groups?.['path'] ?? '',
  );
  expect(page.status).toBe(200);
  expect(loaded.length).toBeGreaterThan(4);
  expect(loaded.filter((path) => !path.startsWith('./'))).toEqual([]);
  expect(html).not.toMatch(/https?:\/\//);
  expect(html).not.toMatch(/<script[^>]*>[^<\s]/);
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/https?:|upgrade-insecure-requests/);
  for (const path of loaded) {
    expect((await world.ask(`/docs/${path.slice(2)}`)).status).toBe(200);
  }
  const start = await (await world.ask('/docs/static/swagger-initializer.js')).text();
  expect(start).toContain('"validatorUrl":null');
  expect((await world.ask('/docs')).status).toBe(200);
  expect((await world.ask('/docs/json')).status).toBe(200);
  expect((await world.ask('/docs/static/%2e%2e/package.json')).status).toBe(404);
});

test('the metrics count receipts and what the store holds', async () => {
  const world = await startWorld();
  await world.deliver('{"comment":"1"}');
  await world.deliver('{"comment":"1"}');
  await world.deliver('{"comment":"1"}', { signature: null });
  await world.read();

  const answer = await world.ask('/metrics');
  const text = await answer.text();

  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(text).toContain('pm_agent_webhook_receipts_total{source="jira",receipt="accepted"} 1');
  expect(text).toContain('pm_agent_webhook_receipts_total{source="jira",receipt="duplicate"} 1');
  expect(text).toContain('pm_agent_webhook_receipts_total{source="jira",receipt="rejected"} 1');
  expect(text).toContain('pm_agent_events{state="kept"} 1');
  expect(text).toContain('pm_agent_mailboxes_waiting 1');
  expect(text).toMatch(/pm_agent_mailbox_age_seconds \d/);
  expect(text).toContain('pm_agent_event_loop_lag_seconds');
  expect(await (await world.ask('/metrics')).text()).toContain('receipt="accepted"} 1');
});

test('the metrics count what was set aside, under the name that the store and the alert have for it', async () => {
  const world = await startWorld();
  const aside = async () => {
    const text = await (await world.ask('/metrics')).text();
    return /^pm_agent_deliveries\{state="quarantined"\} (.*)$/m.exec(text)?.[1];
  };

  const before = await aside();
  await world.deliver('no json', { id: 'odd' });
  await world.read();

  expect([before, await aside()]).toEqual(['0', '1']);
});

test('the metrics are told while the store is away, without what it would have to tell', async () => {
  const world = await startWorld();
  await world.deliver('{"comment":"1"}');
  expect(await (await world.ask('/metrics')).text()).toContain('pm_agent_store_up 1\n');
  await world.store.db.destroy();

  expect((await world.deliver('{"comment":"2"}', { id: 'refused' })).status).toBe(503);
  const answer = await world.ask('/metrics');
  const text = await answer.text();

  expect(answer.status).toBe(200);
  expect(text).toContain('pm_agent_store_up 0\n');
  expect(text).toContain('receipt="unavailable"} 1');
  expect(text).toContain('receipt="accepted"} 1');
  expect(text).toMatch(/pm_agent_event_loop_lag_seconds \d/);
  expect(text).toContain('pm_agent_uptime_seconds');
  // What was true before the store was gone is not told as if it were so now.
  expect(text).not.toMatch(/pm_agent_(?:deliveries|mailboxes_waiting|backup_failing)/);
});

test('a store that never comes back with an answer does not hold up the metrics', async () => {
  const store = await temporaryStore();
  const asked = Promise.withResolvers<undefined>();
  const hangs: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: () => {
      asked.resolve(undefined);
      return new Promise(() => undefined);
    },
  };
  const db = store.db.withPlugin(hangs);
  const world = await startWorld({ parts: { store: { ...store, db } } });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());

  const answer = world.ask('/metrics');
  await asked.promise;
  await vi.advanceTimersByTimeAsync(8_000);

  expect(await (await answer).text()).toContain('pm_agent_store_up 0\n');
});

test('the open pages tell nothing of any project', async () => {
  const world = await startWorld();
  await world.deliver('{"comment":"1"}');
  await world.read();

  for (const path of ['/', '/health', '/ready', '/metrics', '/openapi.json', '/docs/']) {
    const text = await (await world.ask(path)).text();
    expect(text).not.toMatch(/ECD-12"|Mia Sander/);
  }
});

test('an unknown path and an unknown method are problems of their own', async () => {
  const world = await startWorld();

  const path = await world.ask('/api/nothing?token=secret');
  const method = await world.ask('/health', { method: 'POST' });

  expect(path.status).toBe(404);
  expect(await problemIn(path)).toEqual({
    type: 'urn:pm-agent:problem:not-found',
    title: 'There is no such thing',
    status: 404,
    detail: 'GET /api/nothing does not exist here.',
    kind: 'not-found',
    instance: '/api/nothing',
  });
  expect(method.status).toBe(405);
  expect(method.headers.get('allow')).toBe('GET, HEAD');
});
