import type { Command } from 'commander';
import { example } from './program-example.ts';
import type { Run } from './program-example.ts';

/** The commands that stop the agent and let it go on. */
export function judging(program: Command, run: Run): void {
  const pause = program
    .command('pause')
    .description('stop everything that goes out at once; listening goes on')
    .option('--for <span>', 'how long, e.g. 30m, 2h, 1d; without it until resume')
    .addHelpText('before', example('pause --for 2h', 'pause'));
  pause.action(
    run(async (given) =>
      (await import('./pause.ts')).pauseAgent(given, pause.opts<{ for?: string }>()),
    ),
  );

  program
    .command('resume')
    .description('let things go out again; what waited is judged again now')
    .addHelpText('before', example('resume'))
    .action(run(async (given) => (await import('./pause.ts')).resumeAgent(given)));
}
