import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Mode } from '../../src/domain/mode.ts';
import { ANSWER, MIA, QUESTION, startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { startOtlpReceiver } from '../helpers/otlp-receiver.ts';
import type { OtlpReceiver, ReceivedSpan } from '../helpers/otlp-receiver.ts';
import { freePort } from '../helpers/process.ts';
import { temporaryFolder } from '../helpers/store.ts';

const ALL = 'gateway,poller,scheduler,worker,api';
const SECRET = 'the-secret-of-the-receiver';

async function traced(
  receiver: OtlpReceiver,
  roles = ALL,
  mode: Mode = 'production',
): Promise<Agent> {
  return await startAgent({
    mode,
    model: true,
    env: {
      // A file: the second start goes on with it, whatever the other tests run on.
      DATABASE_URL: `sqlite:${temporaryFolder()}/traced.db`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${SECRET}`,
      PM_AGENT_ROLES: roles,
    },
  });
}

/** The span that a name has in a trace; throws when there is not exactly one. */
function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1) throw new Error(`${found.length} spans are called ${name}`);
  return found[0]!;
}

/** The trace that a cycle's action belongs to. */
function traceOf(spans: readonly ReceivedSpan[]): ReceivedSpan[] {
  const { traceId } = only(spans, 'action');
  return spans.filter((span) => span.traceId === traceId);
}

const WAY = ['receive', 'read', 'wait', 'cycle'];

describe('a question', () => {
  test('is one trace from its delivery to its effect, over two processes', async () => {
    const receiver = await startOtlpReceiver();
    const agent = await traced(receiver, 'gateway,poller,api');
    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.until('it is read', async () => {
      const { deliveries, events } = await agent.status();
      return deliveries.kept > 0 && deliveries.waiting === 0 && events.waiting > 0;
    });
    // The gateway ends; another process works the mail.
    await agent.restart({ PM_AGENT_ROLES: ALL });
    await agent.untilIdle();
    const [action] = await agent.actions();
    await agent.stop();

    const trace = traceOf(receiver.spans);

    expect(action).toMatchObject({ state: 'done' });
    const names = trace.map(({ name }) => name);
    expect(names.toSorted()).toEqual([...WAY, 'context', 'think', 'judge', 'action'].toSorted());
    const [receive, read, wait, cycle] = WAY.map((name) => only(trace, name));
    expect(receive).not.toHaveProperty('parentSpanId');
    expect([read, wait, cycle].map((span) => span?.parentSpanId)).toEqual(
      [receive, read, wait].map((span) => span?.spanId),
    );
    for (const name of ['context', 'think', 'judge', 'action']) {
      expect(only(trace, name).parentSpanId, name).toBe(cycle?.spanId);
    }
    expect(only(trace, 'action').attributes).toContainEqual({
      key: 'pm_agent.action',
      value: { stringValue: action!.id },
    });
    for (const { startTimeUnixNano: start, endTimeUnixNano: end } of trace) {
      expect(BigInt(end)).toBeGreaterThanOrEqual(BigInt(start));
    }
    expect(receiver.headers[0]).toMatchObject({
      path: '/v1/traces',
      authorization: `Bearer ${SECRET}`,
    });
  });

  test('leaves no words, names or secrets in its trace', async () => {
    const receiver = await startOtlpReceiver();
    const agent = await traced(receiver);
    agent.jira.addComment('ECD-1', MIA, `${QUESTION} It is about the orchid.`);
    await agent.untilIdle();
    await agent.stop();

    const text = receiver.bodies.join('\n');

    expect(traceOf(receiver.spans)).toHaveLength(8);
    for (const word of ['orchid', ANSWER, 'Guest checkout', 'Mia', MIA, SECRET, 'agent@example']) {
      expect(text, word).not.toContain(word);
    }
  });

  test('that leads to our own mailboxes names these by their kind alone', async () => {
    const receiver = await startOtlpReceiver();
    const agent = await traced(receiver, ALL, 'ask');
    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();
    await agent.stop();

    const subjects = receiver.spans
      .flatMap(({ attributes }) => attributes)
      .filter(({ key }) => key === 'pm_agent.subject')
      .map(({ value }) => value['stringValue']);
    expect([...new Set(subjects)].toSorted()).toEqual(['jira:issue:ECD-1', 'pm:approval']);
  });

  test('that was sent twice together with others is one cycle, linked to all its deliveries', async () => {
    const receiver = await startOtlpReceiver();
    const agent = await traced(receiver, 'gateway,poller,api');
    agent.jira.addComment('ECD-1', MIA, QUESTION);
    agent.jira.addComment('ECD-1', MIA, 'And since when?');
    await agent.until('both are read', async () => {
      const { events } = await agent.status();
      return events.waiting === 2;
    });
    await agent.restart({ PM_AGENT_ROLES: ALL });
    await agent.untilIdle();
    await agent.stop();

    const cycle = only(receiver.spans, 'cycle');
    const received = receiver.spans.filter(({ name }) => name === 'receive');
    const other = received.find(
      ({ traceId, spanId }) =>
        traceId !== cycle.traceId && cycle.links.some((link) => link.spanId === spanId),
    );

    expect(received.some(({ traceId }) => traceId === cycle.traceId)).toBe(true);
    expect(other).toBeDefined();
    expect(cycle.links).toEqual([{ traceId: other?.traceId, spanId: other?.spanId }]);
  });
});

describe('a receiver that is not there', () => {
  test.each([
    ['refuses', 400],
    ['fails', 503],
  ])('and %s changes nothing', async (_how, status) => {
    const receiver = await startOtlpReceiver();
    receiver.answer(status);
    const agent = await traced(receiver);
    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    expect(await agent.actions()).toMatchObject([{ state: 'done' }]);
    expect(agent.written()).toHaveLength(1);
    await agent.stop();
    expect(receiver.bodies.length).toBeGreaterThan(0);
    expect(receiver.spans).toHaveLength(0);
  });

  test('or listens nowhere changes nothing', async () => {
    const receiver = {
      ...(await startOtlpReceiver()),
      url: `http://127.0.0.1:${await freePort()}`,
    };
    const agent = await traced(receiver);
    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    expect(agent.written()).toHaveLength(1);
    await agent.stop();
  });
});

test('without the setting nothing of the machinery is loaded', () => {
  const script = `
    const { readConfig } = await import('./src/config.ts');
    const { startApp } = await import('./src/app.ts');
    const { silentLogger } = await import('./src/lib/logger.ts');
    const settings = { PORT: '0', DATABASE_URL: 'sqlite:${temporaryFolder()}/plain.db' };
    const app = await startApp(readConfig(settings), silentLogger);
    await app.stop();
    console.log(JSON.stringify(seen));`;
  const hook = `
    import { registerHooks } from 'node:module';
    globalThis.seen = [];
    registerHooks({ resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      if (found.url.includes('@opentelemetry/')) globalThis.seen.push(found.url);
      return found;
    } });`;
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const given = `data:text/javascript,${encodeURIComponent(hook)}`;
  const run = spawnSync(
    process.execPath,
    ['--import', given, '--input-type=module', '-e', script],
    { cwd: root, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' }, timeout: 60_000 },
  );

  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual([]);
});
