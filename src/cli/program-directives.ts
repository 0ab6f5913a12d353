import type { Command } from 'commander';
import { example } from './program-example.ts';
import type { Run } from './program-example.ts';

/** The commands about the directives: what they mean to code, and changes of them. */
export function directing(program: Command, run: Run): void {
  const group = program.command('directives').description('what the agent may do, as a file');

  const check = group
    .command('check [file]')
    .description('which rule enforces which sentence, contradictions, rules that can never fire')
    .addHelpText('before', example('directives check', 'directives check new-directives.yaml'));
  check.action(
    run(async (given) => (await import('./directives.ts')).checkDirectives(given, check.args[0])),
  );

  const diff = group
    .command('diff <file>')
    .description('what would change against what is in force, as lines and in plain words')
    .addHelpText('before', example('directives diff new-directives.yaml'));
  diff.action(
    run(async (given) =>
      (await import('./directives.ts')).diffDirectives(given, diff.args[0] ?? ''),
    ),
  );

  const apply = group
    .command('apply <file>')
    .description('put a file in force; one with a fault is refused')
    .option('--note <words>', 'why, for the history')
    .addHelpText('before', example('directives apply new-directives.yaml --note "two reminders"'));
  apply.action(
    run(async (given) =>
      (await import('./directives.ts')).applyDirectives(given, {
        ...apply.opts<{ note?: string }>(),
        file: apply.args[0] ?? '',
      }),
    ),
  );

  group
    .command('history')
    .description('every version that was in force, newest first')
    .addHelpText('before', example('directives history', 'directives history --json'))
    .action(run(async (given) => (await import('./directives.ts')).showHistory(given)));

  const revert = group
    .command('revert <version>')
    .description('put an earlier version in force again')
    .addHelpText('before', example('directives revert 3f2a9c0d1e4b'));
  revert.action(
    run(async (given) =>
      (await import('./directives.ts')).revertDirectives(given, revert.args[0] ?? ''),
    ),
  );
}
