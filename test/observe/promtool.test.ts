import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { textOf, yamlOf } from '../helpers/deploy-files.ts';
import { temporaryFolder } from '../helpers/store.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RULES = 'deploy/prometheus/alerts.yml';
const CASES = 'test/observe/alerts.yml';

/** Where promtool is; null where `scripts/promtool.sh` has not brought it. */
function promtoolPath(): string | null {
  const kept = `${ROOT}.cache/promtool/promtool`;
  if (existsSync(kept)) return kept;
  return spawnSync('promtool', ['--version']).status === 0 ? 'promtool' : null;
}

const promtool = promtoolPath();
if (promtool === null) {
  const reason = 'promtool is not there: run scripts/promtool.sh';
  if (process.env['PM_AGENT_REQUIRE_SERVICES'] === '1') throw new Error(reason);
  console.warn(`SKIPPED: the alerts are not checked, ${reason}`);
}

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(promtool ?? 'promtool', args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, said: stdout + stderr };
}

const Alerts = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string() })) })),
});
const Cases = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(
        z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).default([]) }),
      ),
    }),
  ),
});

test('every alert has a case in which it fires', () => {
  const alerts = Alerts.parse(yamlOf(RULES)[0]).groups.flatMap(({ rules }) => rules);
  const cases = Cases.parse(yamlOf(CASES)[0]).tests.flatMap((one) => one.alert_rule_test);
  const fired = cases.filter((one) => one.exp_alerts.length > 0).map((one) => one.alertname);

  expect([...new Set(fired)].toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
});

describe.skipIf(promtool === null)('promtool', () => {
  test('takes the rules and the configuration of Prometheus', () => {
    expect(run('check', 'rules', RULES)).toMatchObject({ status: 0 });
    const config = run('check', 'config', '--syntax-only', 'deploy/prometheus/prometheus.yml');
    expect(config).toMatchObject({ status: 0 });
  });

  test('sees each alert fire when it should, and not before', () => {
    expect(run('test', 'rules', CASES)).toMatchObject({ status: 0 });
  });

  test('would have seen an alert with another threshold, and a query with a fault', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'deploy/prometheus'), { recursive: true });
    mkdirSync(join(folder, 'test/observe'), { recursive: true });
    const rules = join(folder, RULES);
    writeFileSync(join(folder, CASES), textOf(CASES));

    writeFileSync(rules, textOf(RULES).replace('mailbox_age_seconds) > 60', 'age_seconds) > 60'));
    expect(run('test', 'rules', join(folder, CASES))).toMatchObject({ status: 1 });
    writeFileSync(rules, textOf(RULES).replace('max by (source) (', 'max by (source) ('.slice(4)));
    expect(run('check', 'rules', rules)).toMatchObject({ status: 1 });
  });
});
