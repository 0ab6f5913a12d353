import { createServer } from 'node:net';
import { connectorsOf } from '../app-connectors.ts';
import { ConfigFailure, loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { asFailure } from '../domain/failure.ts';
import { verifyJournal } from '../store/journal.ts';
import { isUpToDate } from '../store/migrate.ts';
import { examine, findingLines } from './connections.ts';
import type { Finding } from './connections.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { openThere } from './store-there.ts';

const finding = (
  check: string,
  result: Finding['result'],
  told: { note: string; fix?: string },
): Finding => ({ check, result, note: told.note, fix: told.fix ?? null });

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
  try {
    const { report, isCurrent } = await examineStore(config);
    if (report.brokenAt !== null) {
      return finding('store', 'fail', {
        note: `the journal breaks at entry ${report.brokenAt}`,
        fix: 'Restore a backup and compare.',
      });
    }
    const more = isCurrent ? '' : '; the next start brings its schema up to date';
    return finding('store', 'pass', { note: `journal of ${report.entries} entries holds${more}` });
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind === 'invalid-input') {
      return finding('store', 'warn', { note: `${failure.message} yet`, fix: 'pm-agent start' });
    }
    return finding('store', 'fail', {
      note: failure.message,
      fix: failure.fix ?? 'Check the file.',
    });
  }
}

/** Looks at the store as it is: a program may work in it, also an older one. */
async function examineStore(config: Config) {
  const { db, close } = await openThere(config);
  try {
    return { isCurrent: await isUpToDate(db), report: await verifyJournal(db) };
  } finally {
    await close();
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

/** Read-only checks, each with one line of fix. Warnings alone end with 0, a failure with 5. */
export async function doctor(given: Given): Promise<number> {
  const { config, findings } = settings();
  const more = config === null ? [] : await Promise.all([store(config), port(config)]);
  // As in simulation: nothing that could write is even built for a check.
  const connectors = config === null ? [] : await connectorsOf({ ...config, mode: 'simulation' });
  const systems = await Promise.all(connectors.map(examine));
  const all = [...findings, ...more, ...systems.flat()];
  const ok = all.every((one) => one.result !== 'fail');
  given.out.result({ ok, findings: all }, findingLines(all));
  return ok ? EXIT.done : EXIT.problems;
}
