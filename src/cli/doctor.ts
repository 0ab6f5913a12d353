import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { ConfigFailure, loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { jiraConnector } from '../connectors/jira/index.ts';
import { asFailure } from '../domain/failure.ts';
import { verifyJournal } from '../store/journal.ts';
import { openStore } from '../store/open.ts';
import { EXIT } from './exit.ts';
import { table } from './output.ts';
import type { Given } from './program.ts';

interface Finding {
  readonly check: string;
  readonly result: 'pass' | 'warn' | 'fail';
  readonly note: string;
  readonly fix: string | null;
}

const finding = (
  check: string,
  result: Finding['result'],
  told: { note: string; fix?: string },
): Finding => ({ check, result, note: told.note, fix: told.fix ?? null });

const DEADLINE_MS = 10_000;

function settings(): { config: Config | null; findings: Finding[] } {
  try {
    const config = loadConfig();
    return { config, findings: [finding('settings', 'pass', { note: 'all variables fit' })] };
  } catch (error) {
    if (!(error instanceof ConfigFailure)) throw error;
    const findings = error.faults.map((fault) =>
      finding(`settings ${fault.name}`, 'fail', { note: fault.problem, fix: fault.fix }),
    );
    return { config: null, findings };
  }
}

async function store(config: Config): Promise<Finding> {
  const file = config.databaseUrl.replace(/^(sqlite|file):(\/\/)?/, '');
  if (!existsSync(file)) {
    return finding('store', 'warn', { note: `${file} does not exist yet`, fix: 'pm-agent start' });
  }
  try {
    const open = await openStore(config.databaseUrl);
    const report = await verifyJournal(open.db).finally(() => open.close());
    if (report.brokenAt !== null) {
      return finding('store', 'fail', {
        note: `the journal breaks at entry ${report.brokenAt}`,
        fix: 'Restore a backup and compare.',
      });
    }
    return finding('store', 'pass', { note: `journal of ${report.entries} entries holds` });
  } catch (error) {
    const failure = asFailure(error);
    return finding('store', 'fail', {
      note: failure.message,
      fix: failure.fix ?? 'Check the file.',
    });
  }
}

async function port(config: Config): Promise<Finding> {
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(config.port, config.host, () => server.close(() => resolve(true)));
  });
  const note = `${config.host}:${config.port} is ${free ? 'free' : 'in use'}`;
  if (free) return finding('port', 'pass', { note });
  return finding('port', 'warn', { note, fix: 'Good if pm-agent runs; else set PORT.' });
}

async function jira(config: Config): Promise<Finding[]> {
  const connector = jiraConnector({ ...config.jira, mayWrite: false });
  const abilities = connector.abilities
    .filter((ability) => ability.name !== 'write')
    .map((ability) =>
      finding(`jira ${ability.name}`, ability.on ? 'pass' : 'warn', { note: ability.note }),
    );
  if (connector.check === undefined) return abilities;
  try {
    const who = await connector.check({ signal: AbortSignal.timeout(DEADLINE_MS) });
    return [...abilities, finding('jira account', 'pass', { note: who.name })];
  } catch (error) {
    const failure = asFailure(error);
    const fix = 'Check ATLASSIAN_DOMAIN, the e-mail address and the token.';
    const note = `${failure.kind}: ${failure.message}`;
    return [...abilities, finding('jira account', 'fail', { note, fix })];
  }
}

/** Read-only checks, each with one line of fix. Warnings alone end with 0, a failure with 5. */
export async function doctor(given: Given): Promise<number> {
  const { config, findings } = settings();
  const more = config === null ? [] : await Promise.all([store(config), port(config)]);
  const systems = config === null ? [] : await jira(config);
  const all = [...findings, ...more, ...systems];
  const ok = all.every((one) => one.result !== 'fail');
  const rows = all.map((one) => [one.result, one.check, one.note]);
  const fixes = all.flatMap((one) => (one.fix === null ? [] : [`fix ${one.check}: ${one.fix}`]));
  given.out.result({ ok, findings: all }, [...table(rows), ...fixes]);
  return ok ? EXIT.done : EXIT.problems;
}
