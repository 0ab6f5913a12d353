import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { freePort } from './process.ts';
import { temporaryFolder } from './store.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

/** Runs commands over one store, with nothing else of this machine. */
export async function shell(databaseUrl: string, folder = temporaryFolder()) {
  vi.stubEnv('PORT', String(await freePort()));
  vi.stubEnv('PM_AGENT_BACKUP_DIR', join(folder, 'backups'));
  vi.stubEnv('PM_AGENT_BACKUP_KEY_FILE', join(folder, 'backup.key'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const run = async (...words: string[]): Promise<Ended> => {
    vi.stubEnv('DATABASE_URL', databaseUrl);
    const [out, talk]: [string[], string[]] = [[], []];
    const into = (lines: string[]) => (text: unknown) => lines.push(String(text)) > 0;
    const spies = [
      vi.spyOn(process.stdout, 'write').mockImplementation(into(out)),
      vi.spyOn(process.stderr, 'write').mockImplementation(into(talk)),
    ];
    const code = await runCli(['node', 'pm-agent', ...words]);
    for (const spy of spies) spy.mockRestore();
    return { code, out: out.join(''), talk: talk.join('') };
  };
  return { folder, run };
}
