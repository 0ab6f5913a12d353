import type { CommanderError } from 'commander';
import { asFailure } from '../domain/failure.ts';
import type { Failure, FailureKind } from '../domain/failure.ts';
import type { Output } from './output.ts';

/** What a command ends with: ux.md section 11. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notConfigured: 3,
  notReachable: 4,
  problems: 5,
  interrupted: 130,
} as const;

const CODES: Readonly<Partial<Record<FailureKind, number>>> = {
  'invalid-input': EXIT.usage,
  'invalid-settings': EXIT.notConfigured,
  'not-configured': EXIT.notConfigured,
  unauthorized: EXIT.notConfigured,
  forbidden: EXIT.notConfigured,
  'broken-line': EXIT.notReachable,
  timeout: EXIT.notReachable,
  unavailable: EXIT.notReachable,
};

const HELP_CODES = new Set(['commander.helpDisplayed', 'commander.help', 'commander.version']);

/** Commander ends help with 0 and wrong usage with 1; ours is 2. */
export function exitCodeOf(error: CommanderError): number {
  return HELP_CODES.has(error.code) ? EXIT.done : EXIT.usage;
}

/** Tells a failure once, on stderr for people and as a document for `--json`, and names the exit code. */
export function reportFailure(out: Output, error: unknown): number {
  const failure = asFailure(error);
  out.failure({
    code: failure.kind,
    message: failure.message,
    fix: fixOf(failure),
    docs: 'docs/operations.md',
  });
  return CODES[failure.kind] ?? EXIT.failed;
}

function fixOf(failure: Failure): string | null {
  if (failure.fix !== undefined) return failure.fix;
  return failure.kind === 'internal' ? 'Run it again with PM_AGENT_LOG_LEVEL=debug.' : null;
}
