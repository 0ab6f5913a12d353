import type { Command } from 'commander';
import { example } from './program-example.ts';
import type { Run } from './program-example.ts';

/** The commands that keep copies of the store and put one back. */
export function backups(program: Command, run: Run): void {
  const group = program.command('backup').description('encrypted copies of the store');
  const make = group
    .command('create [file]')
    .description('write an encrypted copy, also while the server runs, and read it back')
    .addHelpText('before', example('backup create', 'backup create /mnt/usb/pm-agent.backup'));
  make.action(
    run(async (given) => (await import('./backup.ts')).createBackup(given, make.args[0])),
  );
  group
    .command('list')
    .description('the backups that are kept, newest first')
    .addHelpText('before', example('backup list', 'backup list --json'))
    .action(run(async (given) => (await import('./backup.ts')).showBackups(given)));
  const verify = group
    .command('verify <file>')
    .description('decrypt a backup, count its rows and walk its journal')
    .addHelpText('before', example('backup verify data/backups/pm-agent-….backup'));
  verify.action(
    run(async (given) => (await import('./backup.ts')).verifyBackup(given, verify.args[0] ?? '')),
  );
  restoring(group.command('restore <file>'), run, 'backup restore');
  restoring(program.command('restore <file>'), run, 'restore');
}

function restoring(command: Command, run: Run, name: string): void {
  command
    .description('put a backup in the place of the store; the server must be stopped')
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'do it without asking')
    .addHelpText('before', example(`${name} <file> --dry-run`, `${name} <file> --yes`));
  command.action(
    run(async (given) =>
      (await import('./backup.ts')).restore(given, {
        file: command.args[0] ?? '',
        yes: command.opts<{ yes?: boolean }>().yes === true,
        dryRun: command.opts<{ dryRun?: boolean }>().dryRun === true,
      }),
    ),
  );
}
