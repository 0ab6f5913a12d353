import { Command, CommanderError, Option } from 'commander';
import { VERSION } from '../version.ts';
import { exitCodeOf, reportFailure } from './exit.ts';
import { createOutput } from './output.ts';
import { example } from './program-example.ts';
import type { Run } from './program-example.ts';
import { approving } from './program-approving.ts';
import { backups } from './program-backups.ts';
import { directing } from './program-directives.ts';
import { guarding } from './program-edge.ts';
import { judging } from './program-judging.ts';
import { watching } from './program-watching.ts';
import type { OutputOptions } from './output.ts';
import type { StartOptions } from './start.ts';

interface GlobalOptions extends OutputOptions {
  readonly url?: string;
  readonly tokenStdin?: boolean;
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not configured or not allowed,
4 server not reachable, 5 checks found problems, 130 interrupted.`;

/** Runs one command line and returns its exit code. Commands are loaded when they are used. */
export async function runCli(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command('pm-agent')
    .description('A project manager that watches, answers, and can prove what it did.')
    .version(VERSION, '--version')
    .option('--json', 'one JSON document on stdout')
    .option('--quiet', 'results only')
    .option('--no-color', 'no colours (also NO_COLOR, pipes)')
    .option('--url <url>', 'the server, default from HOST and PORT')
    .option('--token-stdin', 'read the API token from standard input')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(add --help for the usage)')
    .exitOverride();

  const run: Run = (work) => async (): Promise<void> => {
    const options = program.opts<GlobalOptions>();
    const out = createOutput(options);
    try {
      code = await work({ out, url: options.url, tokenStdin: options.tokenStdin === true });
    } catch (error) {
      code = reportFailure(out, error);
    }
  };

  serving(program, run);
  looking(program, run);
  watching(program, run);
  judging(program, run);
  approving(program, run);
  directing(program, run);
  guarding(program, run);
  keeping(program, run);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return exitCodeOf(error);
  }
  return code;
}

function serving(program: Command, run: Run): void {
  const start = program
    .command('start')
    .description('start the server: webhooks, polls, worker and API in one process')
    .option(
      '--roles <roles>',
      'only these parts, with commas between: gateway,poller,scheduler,worker,api,mcp,dashboard',
    )
    .option('--systems <systems>', 'with the parts api and mcp: only these systems, e.g. jira')
    .option(
      '--since <instant>',
      'from when on the very first poll looks, e.g. 2026-11-01T00:00:00Z',
    )
    .addHelpText(
      'before',
      example('start', 'start --roles gateway,api', 'start --roles mcp --systems jira'),
    );
  start.action(
    run(async (given) => (await import('./start.ts')).start(given, start.opts<StartOptions>())),
  );

  program
    .command('test-connections')
    .description('ask every configured system who we are and what we may')
    .addHelpText('before', example('test-connections', 'test-connections --json'))
    .action(run(async (given) => (await import('./connections.ts')).testConnections(given)));

  const demo = program
    .command('demo')
    .description('a scripted day against emulated systems and model: no account, key or network')
    .option('--keep', 'go on running afterwards, so that the API can be looked at')
    .addHelpText('before', example('demo', 'demo --keep'));
  demo.action(
    run(async (given) =>
      (await import('./demo.ts')).demo(given, {
        keep: demo.opts<{ keep?: boolean }>().keep === true,
      }),
    ),
  );

  program
    .command('doctor')
    .description('check settings, store, port and connections without changing anything')
    .addHelpText('before', example('doctor', 'doctor --json'))
    .action(run(async (given) => (await import('./doctor.ts')).doctor(given)));
}

function looking(program: Command, run: Run): void {
  program
    .command('status')
    .description('what runs, what waits, what was done')
    .addHelpText('before', example('status', 'status --json'))
    .action(run(async (given) => (await import('./status.ts')).status(given)));

  const cycles = program.command('cycles').description('what the agent did, and why');
  const list = cycles
    .command('list')
    .description('the newest cycles')
    .option('--subject <subject>', 'only this subject, e.g. jira:issue:ECD-12')
    .addOption(new Option('--status <status>').choices(['open', 'finished', 'failed']))
    .option('--limit <n>', 'how many, 1 to 200', '20')
    .addHelpText('before', example('cycles list', 'cycles list --subject jira:issue:ECD-12'));
  list.action(run(async (given) => (await import('./cycles.ts')).listCycles(given, list.opts())));

  const show = cycles
    .command('show <id>')
    .description('the whole trace of one cycle')
    .addHelpText('before', example('cycles show 0198c0de-…'));
  show.action(
    run(async (given) => (await import('./cycles.ts')).showCycle(given, show.args[0] ?? '')),
  );

  const why = cycles
    .command('why <id-or-item>')
    .description('one sentence and its reasons, for a cycle, an item or the reminders of a person')
    .addHelpText('before', example('cycles why ECD-12', 'cycles why "Tom Weber"'));
  why.action(
    run(async (given) => (await import('./cycles.ts')).whyCycle(given, why.args[0] ?? '')),
  );

  const trigger = program
    .command('trigger <subject>')
    .description('start a cycle on a subject now')
    .addHelpText('before', example('trigger jira:issue:ECD-12', 'trigger ECD-12'));
  trigger.action(
    run(async (given) => (await import('./trigger.ts')).trigger(given, trigger.args[0] ?? '')),
  );

  const replay = program
    .command('replay <delivery>')
    .description("handle a kept delivery again, under today's rules and mode")
    .addHelpText('before', example('replay 0198c0de-…'));
  replay.action(
    run(async (given) => (await import('./replay.ts')).replay(given, replay.args[0] ?? '')),
  );
}

function keeping(program: Command, run: Run): void {
  const journal = program.command('journal').description('the record of what was done');
  const verify = journal
    .command('verify')
    .description('recompute the whole chain; works while the server is stopped')
    .option('--head <hash>', 'also demand that this hash is in the chain')
    .option('--against <file>', 'also demand that all heads of this file are in the chain')
    .addHelpText('before', example('journal verify', 'journal verify --against heads.jsonl'));
  verify.action(
    run(async (given) =>
      (await import('./journal.ts')).verify(
        given,
        verify.opts<{ head?: string; against?: string }>(),
      ),
    ),
  );
  const head = journal
    .command('head')
    .description('the newest entry, for keeping elsewhere')
    .option('--out <file>', 'add it to this file')
    .addHelpText('before', example('journal head', 'journal head --out /mnt/usb/heads.jsonl'));
  head.action(
    run(async (given) => (await import('./journal.ts')).head(given, head.opts<{ out?: string }>())),
  );

  const token = program.command('token').description('API tokens');
  const create = token
    .command('create <name>')
    .description('make a token; it is shown once')
    .addOption(
      new Option('--role <role>').choices(['viewer', 'approver', 'admin']).default('viewer'),
    )
    .addHelpText('before', example('token create grafana --role viewer'));
  create.action(
    run(async (given) =>
      (await import('./token.ts')).createToken(given, {
        name: create.args[0] ?? '',
        role: create.opts<{ role: string }>().role,
      }),
    ),
  );
  const revoke = token
    .command('revoke <id-or-name>')
    .description('end a token')
    .addHelpText('before', example('token revoke grafana'));
  revoke.action(
    run(async (given) => (await import('./token.ts')).endToken(given, revoke.args[0] ?? '')),
  );

  copying(program, run);
}

function copying(program: Command, run: Run): void {
  backups(program, run);
  const move = program
    .command('migrate-store')
    .description('move the store from its file into a database; the server must be stopped')
    .option('--from <store>', 'sqlite, or sqlite:<file>', 'sqlite')
    .option('--to <store>', 'postgres for the one in DATABASE_URL, or postgres://…', 'postgres')
    .addHelpText('before', example('migrate-store --from sqlite --to postgres'));
  move.action(
    run(async (given) =>
      (await import('./migrate-store.ts')).migrateStore(
        given,
        move.opts<{ from: string; to: string }>(),
      ),
    ),
  );
}
