import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { SECRET } from '../../bench/body.ts';
import { load, residentMb } from '../../bench/processes.ts';
import type { LoadResult } from '../../bench/load.ts';
import { openStore } from '../../src/store/open.ts';
import { possibleDeployments, startDeployment } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';

const MINUTE = 60_000;
const LOOK_MS = 250;
const LAG = /^pm_agent_event_loop_lag_seconds (\S+)$/m;

interface Seen extends LoadResult {
  readonly accepted: readonly string[];
  /** Of the gateways: one turn of the loop as /metrics tells it, 99 of 100, in milliseconds. */
  readonly lagMs: number;
  /** The largest of any program, in MB. */
  readonly rssMb: number;
}

interface Rate {
  readonly rate: number;
  readonly seconds: number;
  readonly first: number;
}

const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};

/** Sends at a rate to the front of a deployment, and looks at its programs meanwhile. */
async function press(deployment: Deployment, { rate, seconds, first }: Rate): Promise<Seen> {
  const file = join(deployment.folder, `accepted-${first}`);
  const lags: number[] = [];
  let rssMb = 0;
  let isOver = false;
  const watch = async (): Promise<void> => {
    while (!isOver) {
      for (const { pid } of deployment.parts) rssMb = Math.max(rssMb, residentMb(pid()) ?? 0);
      for (const { url } of deployment.gateways) {
        const text = await fetch(`${url}/metrics`).then(
          (answer) => answer.text(),
          () => '',
        );
        lags.push(Number(LAG.exec(text)?.[1] ?? 0) * 1000);
      }
      await pause(LOOK_MS);
    }
  };
  const watching = watch();
  const port = Number(new URL(deployment.front).port);
  const result = await load({ port, rate, seconds, first, connections: 128, accepted: file });
  isOver = true;
  await watching;
  const accepted = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return { ...result, accepted, lagMs: quantile(lags, 0.99), rssMb };
}

/** Acknowledged deliveries that are no row. */
async function missing(storeUrl: string, seen: readonly Seen[]): Promise<string[]> {
  const store = await openStore(storeUrl);
  try {
    const rows = await store.db.selectFrom('deliveries').select('delivery_id').execute();
    const kept = new Set(rows.map(({ delivery_id: id }) => id.split('/')[0]));
    return seen.flatMap(({ accepted }) => accepted.filter((id) => !kept.has(`bench-${id}`)));
  } finally {
    await store.close();
  }
}

const ms = (value: number) => `${value.toFixed(0)} ms`;
const tell = ({ sent, ok, other, p99, lagMs, rssMb }: Seen): string =>
  `${sent} sent, ${ok} kept, ${other} sent away, p99 ${ms(p99)}, loop lag p99 ${ms(lagMs)}, RSS ${rssMb.toFixed(0)} MB`;

// The gate shows that nothing is acknowledged that is not kept; what the figures are, a soak shows.
const kinds = IS_SOAK ? await possibleDeployments() : (['single'] as const);

describe.each(kinds)('many deliveries at once (%s)', (kind) => {
  test(
    'each that is acknowledged is a row, at the rates of a day and far above them',
    { timeout: scaled(2, 10) * MINUTE },
    async () => {
      const deployment = await startDeployment(kind, {
        PM_AGENT_MODE: 'simulation',
        JIRA_WEBHOOK_SECRET: SECRET,
      });
      const day = await press(deployment, { rate: 100, seconds: scaled(2, 60), first: 0 });
      const busy = await press(deployment, { rate: 300, seconds: scaled(0, 30), first: 100_000 });
      const storm = {
        rate: scaled(200, 1_000),
        seconds: scaled(3, 30),
        first: 200_000,
      };
      const flooded = await press(deployment, storm);
      await pause(scaled(0, 30_000));
      const after = await press(deployment, { rate: 20, seconds: scaled(1, 10), first: 300_000 });
      await deployment.stop();
      const all = [day, busy, flooded, after];
      const gone = await missing(deployment.storeUrl, all);

      const lost = `acknowledged without a row ${gone.length}`;
      const isQuick = day.p99 <= 100 && day.other === 0 && busy.p99 <= 1_000 && busy.other === 0;
      record({
        promise: 'R3',
        deployment: kind,
        run: `100/s for ${scaled(2, 60)} s: ${tell(day)}; 300/s for ${scaled(0, 30)} s: ${tell(busy)}`,
        counted: lost,
        holds: gone.length === 0 && isQuick,
        seed: SEED,
      });
      const isCalm = flooded.lagMs <= 200 && flooded.rssMb <= 512;
      const isNormal = after.other === 0 && after.p99 <= 100 && after.rssMb <= 512;
      record({
        promise: 'R19',
        deployment: kind,
        run: `${storm.rate}/s for ${storm.seconds} s: ${tell(flooded)}; afterwards 20/s: ${tell(after)}`,
        counted: lost,
        holds: gone.length === 0 && isCalm && isNormal,
        seed: SEED,
      });

      expect(gone).toEqual([]);
      expect(day.ok).toBeGreaterThan(0);
      if (!IS_SOAK) return;
      expect.soft(isQuick, tell(day)).toBe(true);
      expect.soft(isCalm && isNormal, tell(flooded)).toBe(true);
    },
  );
});
