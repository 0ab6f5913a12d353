import type { Command } from 'commander';
import { Option } from 'commander';
import { ApprovalState } from '../domain/approval.ts';
import type { DecideOptions, EditOptions } from './approve.ts';
import { example } from './program-example.ts';
import type { Run } from './program-example.ts';

const ID = '0198c0de-0000-7000-8000-000000000000';
const AS = ['--as <member>', 'speak for a member; needs an admin token'] as const;

/** The commands that answer what waits for a person. */
export function approving(program: Command, run: Run): void {
  const approve = program.command('approve').description('what waits for a person');
  looking(approve, run);
  deciding(approve, run);

  approve
    .command('grants')
    .description('what is allowed for a while without a question')
    .addHelpText('before', example('approve grants'))
    .action(run(async (given) => (await import('./approve.ts')).showGrants(given)));
  const revoke = approve
    .command('revoke <grant>')
    .description('ask again from now on')
    .addHelpText('before', example(`approve revoke ${ID}`));
  revoke.action(
    run(async (given) => (await import('./approve.ts')).revoke(given, revoke.args[0] ?? '')),
  );
}

function looking(approve: Command, run: Run): void {
  const list = approve
    .command('list')
    .description('what waits now, or waited')
    .addOption(
      new Option('--state <state>', 'in which state')
        .choices([...ApprovalState.options, 'any'])
        .default('open'),
    )
    .addHelpText('before', example('approve list', 'approve list --state expired --json'));
  list.action(
    run(async (given) =>
      (await import('./approve.ts')).list(given, list.opts<{ state: string }>()),
    ),
  );
  const show = approve
    .command('show <id>')
    .description('exactly what would be done, and why a person is asked')
    .addHelpText('before', example(`approve show ${ID}`));
  show.action(run(async (given) => (await import('./approve.ts')).show(given, show.args[0] ?? '')));
}

function deciding(approve: Command, run: Run): void {
  const accept = approve
    .command('accept <id>')
    .description('yes, exactly this')
    .option('--allow-for <time>', 'allow this kind on this item for 1h to 8h')
    .option('--everywhere', 'with --allow-for: on every item')
    .option(...AS)
    .addHelpText('before', example(`approve accept ${ID}`, `approve accept ${ID} --allow-for 2h`));
  accept.action(
    run(async (given) =>
      (await import('./approve.ts')).accept(
        given,
        accept.args[0] ?? '',
        accept.opts<DecideOptions>(),
      ),
    ),
  );
  const edit = approve
    .command('edit <id>')
    .description('yes, with other words')
    .option('--set <field=value>', 'another text for a field; may be repeated', gathered, [])
    .option('--input <file>', 'the whole input as JSON')
    .option(...AS)
    .addHelpText('before', example(`approve edit ${ID} --set "text=Review it, please."`));
  edit.action(
    run(async (given) =>
      (await import('./approve.ts')).edit(given, edit.args[0] ?? '', edit.opts<EditOptions>()),
    ),
  );
  const decline = approve
    .command('decline <id>')
    .description('no; the reason is read by the agent later')
    .requiredOption('--reason <words>', 'why it should not be done')
    .option(...AS)
    .addHelpText('before', example(`approve decline ${ID} --reason "Ines is on it"`));
  decline.action(
    run(async (given) =>
      (await import('./approve.ts')).decline(
        given,
        decline.args[0] ?? '',
        decline.opts<DecideOptions>(),
      ),
    ),
  );
}

function gathered(value: string, before: string[]): string[] {
  return [...before, value];
}
