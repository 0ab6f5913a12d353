import type { Gauge } from 'prom-client';
import type { Status } from './contract.ts';

type MakeGauge = (name: string, help: string, labelNames?: string[]) => Gauge;

/** How old the last good backup is, whether the last one failed, and what was removed. */
export function keepingMetrics(gauge: MakeGauge): (status: Status) => void {
  const age = gauge('backup_age_seconds', 'Since the last backup that was read back whole.');
  const failing = gauge('backup_failing', 'Whether the last try to take a backup failed.');
  const size = gauge('backup_bytes', 'Size of the last good backup.');
  const bodies = gauge('retention_bodies_removed', 'Raw bodies that were removed.');
  const prompts = gauge('retention_prompts_removed', 'Contexts of cycles that were removed.');
  return ({ keeping, at }) => {
    const { last, failed } = keeping.backup;
    failing.set(failed === null ? 0 : 1);
    bodies.set(keeping.removed.bodies);
    prompts.set(keeping.removed.prompts);
    // There is none: it has no age.
    for (const metric of last === null ? [age, size] : []) metric.remove();
    if (last === null) return;
    age.set((Date.parse(at) - Date.parse(last.at)) / 1000);
    size.set(last.bytes);
  };
}
