import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

const Cruise = z.object({
  modules: z.array(
    z.object({ source: z.string(), dependencies: z.array(z.object({ resolved: z.string() })) }),
  ),
  summary: z.object({
    ruleSetUsed: z.object({ forbidden: z.array(z.object({ name: z.string() })) }),
    violations: z.array(z.unknown()),
  }),
});

// A checker that resolves nothing reports nothing: this shows that it sees the modules and the arrows between them.
test('the check of the floors sees the modules, the arrows and the rules', () => {
  const cli = `${ROOT}node_modules/dependency-cruiser/bin/dependency-cruiser.mjs`;
  const args = [cli, '--config', '.dependency-cruiser.js', '--output-type', 'json', 'src'];
  const text = execFileSync(process.execPath, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  const { modules, summary } = Cruise.parse(JSON.parse(text.toString()));

  const app = modules.find((module) => module.source === 'src/app.ts');
  expect(app?.dependencies.map((one) => one.resolved)).toContain('src/store/open.ts');
  // A type import counts as well.
  const cycle = modules.find((module) => module.source === 'src/agent/cycle-parts.ts');
  expect(cycle?.dependencies.map((one) => one.resolved)).toContain('src/actions/attempt.ts');
  const rules = summary.ruleSetUsed.forbidden.map((rule) => rule.name);
  expect(rules).toContain('floor-1-domain');
  expect(rules).toContain('one-door');
  expect(summary.violations).toEqual([]);
});
