import { connectorsOf } from '../app-connectors.ts';
import { loadConfig } from '../config.ts';
import type { Connector, Identity } from '../domain/connector.ts';
import { asFailure } from '../domain/failure.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { table } from './output.ts';

/** One line about a system: passed, worth a look, or broken. */
export interface Finding {
  readonly check: string;
  readonly result: 'pass' | 'warn' | 'fail';
  readonly note: string;
  readonly fix: string | null;
}

const DEADLINE_MS = 20_000;
/** Slack refuses what was signed by a clock that is off by more than five minutes; this is well before. */
const MOST_SKEW_MS = 60_000;

/** Identity, permissions and clock of one system, found out without changing anything. */
export async function examine(connector: Connector): Promise<Finding[]> {
  const { name, abilities } = connector;
  const shown = abilities
    .filter((ability) => ability.name !== 'write')
    .map((ability): Finding => ({
      check: `${name} ${ability.name}`,
      result: ability.on ? 'pass' : 'warn',
      note: ability.note,
      fix: null,
    }));
  if (connector.check === undefined) return shown;
  const startedAt = performance.now();
  try {
    const who = await connector.check({ signal: AbortSignal.timeout(DEADLINE_MS) });
    const took = Math.round(performance.now() - startedAt);
    const account: Finding = {
      check: `${name} account`,
      result: 'pass',
      note: `${who.name} (${who.accountId}), ${took} ms`,
      fix: null,
    };
    return [...shown, account, ...grantsOf(name, who), ...clockOf(name, who)];
  } catch (error) {
    const failure = asFailure(error);
    const fix = failure.fix ?? 'Check the address, the account and the token in .env.';
    const note = `${failure.kind}: ${failure.message}`;
    return [...shown, { check: `${name} account`, result: 'fail', note, fix }];
  }
}

function grantsOf(name: string, { grants = [] }: Identity): Finding[] {
  return grants.map((grant) => {
    const check = `${name} ${grant.name}`;
    if (grant.held === true) return { check, result: 'pass', note: grant.note, fix: null };
    if (grant.held === null)
      return { check, result: 'pass', note: `not told: ${grant.note}`, fix: null };
    const fix = `Give the account or token of ${name} this permission.`;
    return { check, result: 'warn', note: `missing: ${grant.note}`, fix };
  });
}

function clockOf(name: string, { clockSkewMs = null }: Identity): Finding[] {
  if (clockSkewMs === null) return [];
  const seconds = Math.round(clockSkewMs / 1000);
  const check = `${name} clock`;
  if (Math.abs(clockSkewMs) <= MOST_SKEW_MS) {
    return [{ check, result: 'pass', note: `${Math.abs(seconds)} s apart`, fix: null }];
  }
  const note = `this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'behind' : 'ahead of'} ${name}`;
  return [{ check, result: 'warn', note, fix: 'Let the clock be set by NTP.' }];
}

/** Asks every configured system who we are and what we may. Warnings end with 0, failures with 5. */
export async function testConnections(given: Given): Promise<number> {
  const config = loadConfig();
  // As in simulation: nothing that could write is even built for a check.
  const connectors = await connectorsOf({ ...config, mode: 'simulation' });
  const all = (await Promise.all(connectors.map(examine))).flat();
  const ok = all.every((one) => one.result !== 'fail');
  given.out.result({ ok, findings: all }, findingLines(all));
  return ok ? EXIT.done : EXIT.problems;
}

/** A table of findings, then a line for everything that can be put right. */
export function findingLines(findings: readonly Finding[]): string[] {
  const fixes = findings.flatMap((one) =>
    one.fix === null ? [] : [`fix ${one.check}: ${one.fix}`],
  );
  return [...table(findings.map((one) => [one.result, one.check, one.note])), ...fixes];
}
