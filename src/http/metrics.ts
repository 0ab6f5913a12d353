import { setImmediate } from 'node:timers/promises';
import { Counter, Gauge, Registry } from 'prom-client';
import type { HttpParts } from './parts.ts';
import { statusOf } from './status.ts';
import type { ReceiptCounts } from './webhooks.ts';

/** How long the event loop takes for one turn: measured when asked, so that no timer runs between two scrapes. */
async function loopLag(): Promise<number> {
  const before = performance.now();
  await setImmediate();
  return (performance.now() - before) / 1000;
}

function processMetrics(gauge: (name: string, help: string) => Gauge) {
  const memory = gauge('resident_memory_bytes', 'Resident memory of the process.');
  const heap = gauge('heap_used_bytes', 'Used heap of the process.');
  const cpu = gauge('cpu_seconds', 'Processor time that the process has used.');
  const lag = gauge(
    'event_loop_lag_seconds',
    'One turn of the event loop, measured at the scrape.',
  );
  const busy = gauge(
    'event_loop_utilization',
    'Busy share of the event loop since the last scrape.',
  );
  let last = performance.eventLoopUtilization();
  return async (): Promise<void> => {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const now = performance.eventLoopUtilization();
    memory.set(rss);
    heap.set(heapUsed);
    cpu.set((user + system) / 1e6);
    busy.set(performance.eventLoopUtilization(now, last).utilization);
    last = now;
    lag.set(await loopLag());
  };
}

function receiptMetric(receipts: ReceiptCounts, registers: Registry[]) {
  const answers = new Counter({
    name: 'pm_agent_webhook_receipts_total',
    help: 'Webhook requests by source and receipt.',
    labelNames: ['source', 'receipt'],
    registers,
  });
  return (): void => {
    answers.reset();
    for (const [source, counts] of receipts) {
      for (const [receipt, count] of Object.entries(counts))
        answers.inc({ source, receipt }, count);
    }
  };
}

/**
 * Prometheus metrics, read when they are asked for: nothing runs between two scrapes. Names begin with `pm_agent_`.
 */
export function createMetrics(parts: HttpParts, receipts: ReceiptCounts) {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `pm_agent_${name}`, help, labelNames, registers });
  const counts = [
    ['deliveries', gauge('deliveries', 'Deliveries in the store.', ['state'])],
    ['events', gauge('events', 'Events in the store.', ['state'])],
    ['cycles', gauge('cycles', 'Cycles by state.', ['state'])],
    ['actions', gauge('actions', 'Actions by state.', ['state'])],
  ] as const;
  const mailboxes = gauge('mailboxes_waiting', 'Mailboxes with mail or an open cycle.');
  const usd = gauge('model_spend_usd', 'What the model has cost, in US dollars.');
  const calls = gauge('model_calls', 'Calls of the model.');
  const uptime = gauge('uptime_seconds', 'Seconds since the start.');
  const ofProcess = processMetrics(gauge);
  const answers = receiptMetric(receipts, registers);
  return async (): Promise<{ type: string; text: string }> => {
    const status = await statusOf(parts);
    for (const [name, metric] of counts) {
      for (const [state, count] of Object.entries(status[name])) metric.set({ state }, count);
    }
    mailboxes.set(status.mailboxes.waiting);
    usd.set(status.spend.usd);
    calls.set(status.spend.calls);
    uptime.set((parts.clock.now() - parts.startedAt) / 1000);
    await ofProcess();
    answers();
    return { type: registry.contentType, text: await registry.metrics() };
  };
}
