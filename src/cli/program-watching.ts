import type { Command } from 'commander';
import { Option } from 'commander';
import { example } from './program-example.ts';
import type { Run } from './program-example.ts';
import type { WebhookOptions } from './webhooks.ts';

/** The commands about how the systems are watched: webhooks, polls, completeness, people. */
export function watching(program: Command, run: Run): void {
  webhooks(program, run);

  const ledger = program
    .command('completeness')
    .description('what push has missed, by source and day')
    .option('--days <n>', 'how many days, 1 to 90', '7')
    .addHelpText('before', example('completeness', 'completeness --days 30 --json'));
  ledger.action(
    run(async (given) =>
      (await import('./watch.ts')).showCompleteness(given, ledger.opts<{ days: string }>()),
    ),
  );

  program
    .command('polls')
    .description('every scope that is polled, and how its last poll went')
    .addHelpText('before', example('polls'))
    .action(run(async (given) => (await import('./watch.ts')).showPolls(given)));

  const poll = program
    .command('poll [service]')
    .description('poll now, without waiting for the interval')
    .option('--since <instant>', 'once more from this instant on, e.g. 2026-11-01T00:00:00Z')
    .addHelpText('before', example('poll jira', 'poll --since 2026-11-01T00:00:00Z'));
  poll.action(
    run(async (given) =>
      (await import('./watch.ts')).pollNow(given, {
        ...poll.opts<{ since?: string }>(),
        source: poll.args[0],
      }),
    ),
  );

  program
    .command('people')
    .description('people and their accounts in all systems')
    .addHelpText('before', example('people', 'people --json'))
    .action(run(async (given) => (await import('./watch.ts')).showPeople(given)));
}

const SERVICES = ['jira', 'bitbucket', 'github', 'slack', 'sentry', 'all'];

const WEBHOOK_COMMANDS = [
  ['register', 'register our webhooks; run twice, it changes nothing the second time'],
  ['list', 'what is registered at the systems now'],
  ['verify', 'check that the webhooks stand and that our address answers'],
  ['rotate-secret', 'give the webhooks the new secret of the settings'],
  ['remove', 'take our webhooks away'],
] as const;

function webhooks(program: Command, run: Run): void {
  const group = program.command('webhooks').description('our webhooks at the outside systems');
  for (const [name, description] of WEBHOOK_COMMANDS) {
    const command = group
      .command(name)
      .description(description)
      .addOption(new Option('--service <service>', 'which system').choices(SERVICES).default('all'))
      .addHelpText('before', example(`webhooks ${name} --service jira --url pm.acme.example`));
    command.action(
      run(async (given) => {
        const work = await import('./webhooks.ts');
        const { service } = command.opts<{ service: string }>();
        // Here `--url` is our public address; without it PM_AGENT_PUBLIC_URL.
        const { url } = given;
        const options: WebhookOptions = url === undefined ? { service } : { service, url };
        const works = {
          register: work.register,
          list: work.list,
          verify: work.verify,
          'rotate-secret': work.rotateSecret,
          remove: work.remove,
        };
        return await works[name](given, options);
      }),
    );
  }
}
