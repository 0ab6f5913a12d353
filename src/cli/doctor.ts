import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { connectorsOf } from '../app.ts';
import { ConfigFailure, loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import type { Connector } from '../domain/connector.ts';
import { asFailure } from '../domain/failure.ts';
import { verifyJournal } from '../store/journal.ts';
import { openStore } from '../store/open.ts';
import { EXIT } from './exit.ts';
import { table } from './output.ts';
import type { Given } from './given.ts';

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

async function system(connector: Connector): Promise<Finding[]> {
  const { name } = connector;
  const abilities = connector.abilities
    .filter((ability) => ability.name !== 'write')
    .map((ability) =>
      finding(`${name} ${ability.name}`, ability.on ? 'pass' : 'warn', { note: ability.note }),
    );
  if (connector.check === undefined) return abilities;
  try {
    const who = await connector.check({ signal: AbortSignal.timeout(DEADLINE_MS) });
    return [...abilities, finding(`${name} account`, 'pass', { note: who.name })];
  } catch (error) {
    const failure = asFailure(error);
    const fix = 'Check the address, the e-mail address and the token in .env.';
    const note = `${failure.kind}: ${failure.message}`;
    return [...abilities, finding(`${name} account`, 'fail', { note, fix })];
  }
}

/** Read-only checks, each with one line of fix. Warnings alone end with 0, a failure with 5. */
export async function doctor(given: Given): Promise<number> {
  const { config, findings } = settings();
  const more = config === null ? [] : await Promise.all([store(config), port(config)]);
  // As in simulation: nothing that could write is even built for a check.
  const connectors = config === null ? [] : connectorsOf({ ...config, mode: 'simulation' });
  const systems = await Promise.all(connectors.map(system));
  const all = [...findings, ...more, ...systems.flat()];
  const ok = all.every((one) => one.result !== 'fail');
  const rows = all.map((one) => [one.result, one.check, one.note]);
  const fixes = all.flatMap((one) => (one.fix === null ? [] : [`fix ${one.check}: ${one.fix}`]));
  given.out.result({ ok, findings: all }, [...table(rows), ...fixes]);
  return ok ? EXIT.done : EXIT.problems;
}
