import { describe, expect, test } from 'vitest';
import type { WebhookReceiver } from '../http/start-webhook-receiver.ts';
import { startWebhookReceiver } from '../http/start-webhook-receiver.ts';
import { pythonJson } from './python-json.ts';
import { signSentry } from './sign-sentry.ts';
import type { SentryEmulator, SentryEmulatorOptions } from './start-sentry-emulator.ts';
import { startSentryEmulator } from './start-sentry-emulator.ts';

const MIA = '101';

interface Body {
  readonly action: string;
  readonly actor: object;
  readonly data: { readonly issue?: Record<string, unknown>; readonly comment?: string };
}

async function withSentry(
  use: (sentry: SentryEmulator) => Promise<void> | void,
  options: Partial<SentryEmulatorOptions> = {},
): Promise<void> {
  const sentry = await startSentryEmulator({ token: 'token', ...options });
  try {
    await use(sentry);
  } finally {
    await sentry.close();
  }
}

function ask(sentry: SentryEmulator, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: 'Bearer token', 'content-type': 'application/json' };
  return fetch(sentry.baseUrl + path, { redirect: 'manual', headers, ...init });
}

const bodies = ({ received }: WebhookReceiver): Body[] =>
  received.map(({ body }) => JSON.parse(String(body)) as Body);

test('JSON is written as Python writes it', () => {
  const value = { a: [1, 'é "x"', null, '🚀'], b: { c: true } };

  const text = pythonJson(value);

  expect(text).toBe('{"a": [1, "\\u00e9 \\"x\\"", null, "\\ud83d\\ude80"], "b": {"c": true}}');
  expect(JSON.parse(text)).toEqual(value);
});

test('it signs as the vector says', () => {
  const body = pythonJson({ action: 'created', data: { comment: 'café 🚀 1.0' } });

  const signature = signSentry(Buffer.from(body), 'sentry-client-secret-for-tests');

  expect(signature).toBe('7687c10e870fc36b1fc1cc028ef52186f53a0e7716f6b0f74c382874824f7270');
});

describe('webhooks', () => {
  test('carry the headers of Sentry and a signature of their exact bytes', async () => {
    await using receiver = await startWebhookReceiver();
    const webhook = { url: receiver.url, secret: 'secret' };
    await withSentry(
      async (sentry) => {
        sentry.captureError('payments', { title: 'RangeError: Größe' });
        await sentry.idle();
      },
      { webhook, now: () => new Date('2026-11-20T09:00:00.000Z') },
    );

    const [one] = receiver.received;
    expect(one?.headers).toMatchObject({
      'sentry-hook-resource': 'issue',
      'sentry-hook-timestamp': '1795165200',
      'sentry-hook-signature': signSentry(one?.body ?? Buffer.alloc(0), 'secret'),
    });
    expect(one?.headers['request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(String(one?.body)).toContain('Gr\\u00f6\\u00dfe');
  });

  test('are sent once, whatever is answered', async () => {
    await using receiver = await startWebhookReceiver();
    receiver.answerWith(503, null);
    await withSentry(
      async (sentry) => {
        sentry.captureError('payments', { title: 'One' });
        sentry.captureError('payments', { title: 'Two' });
        await sentry.idle();
        expect(sentry.deliveries).toMatchObject([{ attempts: [503] }, { attempts: [null] }]);
      },
      { webhook: { url: receiver.url, secret: 'secret' } },
    );
  });

  test('tell of the life of an error, and who moved it', async () => {
    await using receiver = await startWebhookReceiver();
    await withSentry(
      async (sentry) => {
        const { id } = sentry.captureError('payments', { title: 'One' }).row;
        sentry.captureError('payments', { title: 'One' });
        sentry.assign(id, MIA, 'user:102');
        sentry.assign(id, MIA, 'user:103');
        sentry.resolve(id, MIA);
        sentry.captureError('payments', { title: 'One' });
        sentry.ignore(id, MIA);
        sentry.captureError('payments', { title: 'One' });
        await ask(sentry, `/organizations/acme/issues/${id}/`, {
          method: 'PUT',
          body: JSON.stringify({ status: 'resolved' }),
        });
        sentry.unresolve(id, MIA);
        await sentry.idle();
      },
      { webhook: { url: receiver.url, secret: 'secret' } },
    );

    const person = { type: 'user', id: 101, name: 'Mia Berg' };
    const itself = { type: 'application', id: 'sentry', name: 'Sentry' };
    expect(bodies(receiver)).toMatchObject([
      { action: 'created', actor: itself, data: { issue: { count: '1', status: 'unresolved' } } },
      { action: 'assigned', actor: person, data: { assignee: { type: 'user', id: 102 } } },
      { action: 'resolved', actor: person, data: { resolution_type: 'now' } },
      { action: 'unresolved', actor: itself, data: { issue: { substatus: 'regressed' } } },
      { action: 'archived', actor: person },
      { action: 'resolved', actor: { type: 'application', name: 'pm-agent' } },
      { action: 'unresolved', actor: person },
    ]);
  });

  test('of a new error come twice where an alert rule fires', async () => {
    await using receiver = await startWebhookReceiver();
    await withSentry(
      async (sentry) => {
        sentry.captureError('payments', { title: 'One' });
        sentry.fireMetricAlert('payments', { name: 'Many', action: 'critical', text: '9' });
        await sentry.idle();
      },
      { webhook: { url: receiver.url, secret: 'secret' }, alertOnNewIssues: 'New errors' },
    );

    const resources = receiver.received.map(({ headers }) => headers['sentry-hook-resource']);
    expect(resources).toEqual(['issue', 'event_alert', 'metric_alert']);
  });
});

describe('REST', () => {
  test('redirects a path without the slash at its end', () =>
    withSentry(async (sentry) => {
      const response = await ask(sentry, '/organizations/acme/issues?query=');

      expect(response.status).toBe(301);
      expect(response.headers.get('location')).toBe(
        `${sentry.baseUrl}/organizations/acme/issues/?query=`,
      );
    }));

  test('names a next page always, and says whether it holds anything', () =>
    withSentry(async (sentry) => {
      for (const title of ['One', 'Two', 'Three']) sentry.captureError('payments', { title });
      const links = [];
      for (const cursor of ['0:0:0', '0:2:0']) {
        const path = `/organizations/acme/issues/?query=&limit=2&cursor=${cursor}`;
        links.push((await ask(sentry, path)).headers.get('link'));
      }

      expect(links[0]).toMatch(/rel="next"; results="true"; cursor="0:2:0"$/);
      expect(links[1]).toMatch(/rel="next"; results="false"; cursor="0:4:0"$/);
    }));

  test.each([
    ['a wrong token', { path: '/', status: 401, headers: { authorization: 'Bearer x' } }],
    ['a missing scope', { path: '/organizations/acme/members/', status: 403 }],
    ['a hidden project', { path: '/organizations/acme/issues/?project=9', status: 403 }],
    ['an unknown issue', { path: '/organizations/acme/issues/9/', status: 404 }],
    ['an unknown organisation', { path: '/organizations/other/issues/', status: 404 }],
    ['an unknown path', { path: '/nothing/', status: 404 }],
    ['an odd order', { path: '/organizations/acme/issues/?sort=odd', status: 400 }],
    ['an odd page', { path: '/organizations/acme/issues/?limit=101', status: 400 }],
    ['an odd cursor', { path: '/organizations/acme/issues/?cursor=x', status: 400 }],
    ['an odd period', { path: '/organizations/acme/issues/?statsPeriod=x', status: 400 }],
    ['a method', { path: '/organizations/acme/issues/', status: 405, method: 'DELETE' }],
  ])('refuses %s', (_, { path, status, ...init }) =>
    withSentry(
      async (sentry) => {
        expect((await ask(sentry, path, init)).status).toBe(status);
      },
      { scopes: ['event:read'] },
    ),
  );

  test('refuses the same comment twice within the hour', () =>
    withSentry(async (sentry) => {
      const { id } = sentry.captureError('payments', { title: 'One' }).row;
      const post = () =>
        ask(sentry, `/organizations/acme/issues/${id}/notes/`, {
          method: 'POST',
          body: JSON.stringify({ text: 'Hello' }),
        });

      expect([(await post()).status, (await post()).status]).toEqual([201, 400]);
      expect(sentry.writes).toBe(1);
    }));

  test('tells how many calls are left, and refuses what is over', () =>
    withSentry(
      async (sentry) => {
        const first = await ask(sentry, '/');
        const second = await ask(sentry, '/');

        expect(first.headers.get('x-sentry-rate-limit-remaining')).toBe('0');
        expect(second.status).toBe(429);
        expect(second.headers.get('x-sentry-rate-limit-reset')).toBe('1795165260');
        expect(second.headers.get('retry-after')).toBeNull();
      },
      {
        limit: { calls: 1, windowMs: 60_000 },
        now: () => new Date('2026-11-20T09:00:00.000Z'),
      },
    ));

  test('lists lag behind, a single issue does not', async () => {
    let time = Date.parse('2026-11-20T09:00:00.000Z');
    await withSentry(
      async (sentry) => {
        const statuses = async () => {
          const list = await ask(sentry, '/organizations/acme/issues/?query=');
          return ((await list.json()) as { status: string }[]).map(({ status }) => status);
        };
        const { id } = sentry.captureError('payments', { title: 'One' }).row;
        const atOnce = await statuses();
        const single = await ask(sentry, `/organizations/acme/issues/${id}/`);
        time += 120_000;
        sentry.resolve(id, MIA);
        const later = await statuses();
        time += 120_000;

        expect(single.status).toBe(200);
        expect([atOnce, later, await statuses()]).toEqual([[], ['unresolved'], ['resolved']]);
      },
      { indexLagMs: 120_000, now: () => new Date(time) },
    );
  });
});
