import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { Counter, Gauge, Registry } from 'prom-client';
import { asFailure } from '../domain/failure.ts';
import type { Logger } from '../lib/logger.ts';
import { memoryLimit } from '../lib/memory-limit.ts';
import { nextDue } from '../store/mailboxes.ts';
import type { Status } from './contract.ts';
import { judgementMetrics } from './metrics-judgement.ts';
import { keepingMetrics } from './metrics-keeping.ts';
import type { DiskPlace, HttpParts } from './parts.ts';
import { statusOf } from './status.ts';
import type { ReceiptCounts } from './webhooks.ts';

// Coarse enough to cost nothing, fine enough for what people notice.
const DELAY_MS = 20;
/** Prometheus waits ten seconds for an answer. */
const PATIENCE_MS = 8_000;

/** How long the event loop takes for one turn: measured when asked, so that no timer runs between two scrapes. */
async function loopLag(): Promise<number> {
  const before = performance.now();
  await setImmediate();
  return (performance.now() - before) / 1000;
}

function processMetrics(gauge: MakeGauge) {
  const memory = gauge('resident_memory_bytes', 'Resident memory of the process.');
  const limit = gauge(
    'memory_limit_bytes',
    'What the system lets the process take, if it bounds it.',
  );
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
  const delay = gauge(
    'event_loop_delay_seconds',
    'Lateness of the event loop since the last scrape.',
    ['quantile'],
  );
  const late = monitorEventLoopDelay({ resolution: DELAY_MS });
  late.enable();
  let last = performance.eventLoopUtilization();
  return async (): Promise<void> => {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const now = performance.eventLoopUtilization();
    memory.set(rss);
    // A machine without a bound for the process: there is no share of it to tell.
    const most = memoryLimit();
    if (most === null) limit.remove();
    else limit.set(most);
    heap.set(heapUsed);
    cpu.set((user + system) / 1e6);
    busy.set(performance.eventLoopUtilization(now, last).utilization);
    last = now;
    for (const quantile of [0.5, 0.99, 1]) {
      // It tells the time between two ticks, of which one interval is meant.
      const measured = late.count === 0 ? 0 : late.percentile(quantile * 100) / 1e6 - DELAY_MS;
      delay.set({ quantile: String(quantile) }, Math.max(0, measured) / 1000);
    }
    late.reset();
    lag.set(await loopLag());
  };
}

type MakeGauge = (name: string, help: string, labelNames?: string[]) => Gauge;

/** How complete our picture of today is, by source. */
function watchMetrics(gauge: MakeGauge) {
  const facts = gauge('facts_today', "Today's facts by the way they were seen.", ['source', 'way']);
  const missed = gauge('push_missed_share', "Share of today's facts that only polling found.", [
    'source',
  ]);
  const delay = gauge('push_delay_seconds', 'How long push took today.', ['source', 'quantile']);
  const gaps = gauge('deliveries_never_came', 'Listed deliveries that never came.', ['source']);
  const failing = gauge('polls_failing', 'Scopes whose last poll failed.', ['source']);
  const line = gauge('line_connected', 'Whether a line of our own is open.', ['source']);
  return (status: Status): void => {
    for (const metric of [facts, missed, delay, gaps, failing, line]) metric.reset();
    for (const day of status.completeness) {
      const { source } = day;
      facts.set({ source, way: 'push' }, day.pushOnly + day.unseenByPoll);
      facts.set({ source, way: 'poll' }, day.pollOnly);
      facts.set({ source, way: 'both' }, day.both);
      if (day.missedShare !== null) missed.set({ source }, day.missedShare);
      if (day.medianDelayMs !== null)
        delay.set({ source, quantile: '0.5' }, day.medianDelayMs / 1000);
      if (day.worstDelayMs !== null) delay.set({ source, quantile: '1' }, day.worstDelayMs / 1000);
      gaps.set({ source }, day.missing);
    }
    for (const poll of status.polls) failing.set({ source: poll.source }, poll.failing);
    for (const one of status.lines) line.set({ source: one.source }, one.connected ? 1 : 0);
  };
}

/** Room of the folders that the program fills. */
function diskMetrics(gauge: MakeGauge) {
  const free = gauge('disk_free_bytes', 'Room that is left, by folder.', ['place']);
  const size = gauge('disk_size_bytes', 'Size of the file system, by folder.', ['place']);
  const low = gauge('disk_low', 'Whether less is left than the settings warn of.', ['place']);
  return (disk: readonly DiskPlace[]): void => {
    for (const { place, freeBytes, totalBytes, state } of disk) {
      free.set({ place }, freeBytes);
      size.set({ place }, totalBytes);
      low.set({ place }, state === 'ok' ? 0 : 1);
    }
  };
}

function troubleMetric(gauge: MakeGauge) {
  const trouble = gauge('trouble', 'What is wrong with the program itself.', ['id', 'level']);
  return ({ troubles }: Status): void => {
    trouble.reset();
    for (const { id, level } of troubles) trouble.set({ id, level }, 1);
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

/** A claimed mailbox is due when its lease ends, so only what nobody works counts. */
async function oldestWait({ store, clock }: HttpParts): Promise<number> {
  const due = await nextDue(store.db);
  return due === null ? 0 : Math.max(0, clock.now() - due) / 1000;
}

const gaugesIn =
  (registry: Registry): MakeGauge =>
  (name, help, labelNames = []) =>
    new Gauge({ name: `pm_agent_${name}`, help, labelNames, registers: [registry] });

/** What is read from the store; the promise rejects when that does not answer. */
function storeMetrics(parts: HttpParts, gauge: MakeGauge) {
  const counts = [
    ['deliveries', gauge('deliveries', 'Deliveries in the store.', ['state'])],
    ['events', gauge('events', 'Events in the store.', ['state'])],
    ['cycles', gauge('cycles', 'Cycles by state.', ['state'])],
    ['actions', gauge('actions', 'Actions by state.', ['state'])],
  ] as const;
  const mailboxes = gauge('mailboxes_waiting', 'Mailboxes with mail or an open cycle.');
  const age = gauge(
    'mailbox_age_seconds',
    'For how long the oldest due mailbox has waited for a worker.',
  );
  const usd = gauge('model_spend_usd', 'What the model has cost, in US dollars.');
  const calls = gauge('model_calls', 'Calls of the model.');
  const groups = [watchMetrics, troubleMetric, judgementMetrics, keepingMetrics].map((of) =>
    of(gauge),
  );
  return async (): Promise<void> => {
    const [status, wait] = [await statusOf(parts), await oldestWait(parts)];
    for (const [name, metric] of counts) {
      // The status names every state, at nothing too: a figure that begins with 1 has not grown, for Prometheus.
      for (const [state, count] of Object.entries(status[name])) metric.set({ state }, count);
    }
    mailboxes.set(status.mailboxes.waiting);
    age.set(wait);
    usd.set(status.spend.usd);
    calls.set(status.spend.calls);
    for (const tell of groups) tell(status);
  };
}

/** What this process knows by itself, also while the store is away. */
function ownMetrics(parts: HttpParts, receipts: ReceiptCounts, registry: Registry) {
  const gauge = gaugesIn(registry);
  const up = gauge('store_up', 'Whether the store answered this scrape.');
  const uptime = gauge('uptime_seconds', 'Seconds since the start.');
  const tlsEnds = gauge('tls_ends_seconds', 'Until the certificate of our own listener ends.');
  const ofProcess = processMetrics(gauge);
  const ofDisk = diskMetrics(gauge);
  const answers = receiptMetric(receipts, [registry]);
  return async (isStoreUp: boolean): Promise<void> => {
    up.set(isStoreUp ? 1 : 0);
    uptime.set((parts.clock.now() - parts.startedAt) / 1000);
    const endsAt = parts.tlsEndsAt?.() ?? null;
    // Somebody else ends TLS: there is no end to tell.
    if (endsAt === null) tlsEnds.remove();
    else tlsEnds.set((endsAt - parts.clock.now()) / 1000);
    ofDisk((await parts.disk?.()) ?? []);
    await ofProcess();
    answers();
  };
}

/** Whether the store told its figures within the time that the asker waits. */
async function isTold(work: Promise<void>, log: Logger): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), PATIENCE_MS);
  const done = work.then(
    () => true,
    (error: unknown) => {
      log.warn({ kind: asFailure(error).kind }, 'the store did not tell its figures');
      return false;
    },
  );
  return await Promise.race([done, late.promise]).finally(() => clearTimeout(timer));
}

/**
 * Prometheus metrics, read when they are asked for; between two scrapes only numbers are counted. Names begin with
 * `pm_agent_`. What the store does not tell now is left out: an old figure would look like one of today.
 */
export function createMetrics(parts: HttpParts, receipts: ReceiptCounts) {
  const [kept, own] = [new Registry(), new Registry()];
  const ofStore = storeMetrics(parts, gaugesIn(kept));
  const ofProcess = ownMetrics(parts, receipts, own);
  return async (): Promise<{ type: string; text: string }> => {
    const isStoreUp = await isTold(ofStore(), parts.log);
    await ofProcess(isStoreUp);
    const texts = [await own.metrics(), isStoreUp ? await kept.metrics() : ''];
    return { type: own.contentType, text: [...texts, parts.figures?.text() ?? ''].join('\n') };
  };
}
