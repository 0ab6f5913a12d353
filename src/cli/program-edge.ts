import type { Command } from 'commander';
import { example } from './program-example.ts';
import type { Run } from './program-example.ts';

/** The commands about who may send webhooks. */
export function guarding(program: Command, run: Run): void {
  const group = program
    .command('allow-list')
    .description('the networks that webhooks are taken from');
  group
    .command('update')
    .description('fetch the lists that Atlassian and GitHub publish; shows what changes')
    .addHelpText('before', example('allow-list update', 'allow-list update --json'))
    .action(run(async (given) => (await import('./allow-list.ts')).updateAllowList(given)));
  group
    .command('show')
    .description('the file as the gateway reads it')
    .addHelpText('before', example('allow-list show'))
    .action(run(async (given) => (await import('./allow-list.ts')).showAllowList(given)));
  const check = group
    .command('check <ip>')
    .description('as which systems this address may send')
    .addHelpText('before', example('allow-list check 203.0.113.7'));
  check.action(
    run(async (given) =>
      (await import('./allow-list.ts')).checkAllowList(given, check.args[0] ?? ''),
    ),
  );
}
