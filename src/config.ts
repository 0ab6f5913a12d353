import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import type { Holidays } from './actions/directives/team.ts';
import type { OperationMode } from './actions/mode-of.ts';
import { directivesOf, joinedTeam, regionalHolidays } from './config-directives.ts';
import type { DirectivesConfig, SoundDirectives } from './config-directives.ts';
import { CRASH, Environment } from './config-environment.ts';
import { readFileNear } from './config-file.ts';
import { keepingOf } from './config-keeping.ts';
import type { KeepingConfig } from './config-keeping.ts';
import { modelsOf } from './config-models.ts';
import type { ModelConfig } from './config-models.ts';
import { systemsOf } from './config-systems.ts';
import type { SystemsConfig } from './config-systems.ts';
import type { Constitution } from './domain/constitution.ts';
import { Failure } from './domain/failure.ts';
import { Mode } from './domain/mode.ts';
import type { ProgramPart } from './domain/program-part.ts';
import { Team } from './domain/person.ts';
import type { Member } from './domain/person.ts';
import { CRASH_LABELS } from './lib/crash.ts';
import type { CrashLabel } from './lib/crash.ts';
import { deepFreeze } from './lib/deep-freeze.ts';

/** One thing that is wrong with the settings, and how to put it right. */
export interface Fault {
  readonly name: string;
  readonly problem: string;
  readonly fix: string;
}

/** All faults at once: the message names each variable and its fix. */
export class ConfigFailure extends Failure {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const lines = faults.map((fault) => `  ${fault.name}: ${fault.problem}. ${fault.fix}.`);
    super('invalid-settings', ['The settings have faults:', ...lines].join('\n'));
    this.faults = faults;
  }
}

/** All settings, read once, frozen, handed down in pieces. */
export interface Config extends SystemsConfig, KeepingConfig {
  readonly environment: Environment['ENVIRONMENT'];
  readonly host: string;
  readonly port: number;
  readonly mode: Mode;
  /** Operations with a mode of their own. */
  readonly operationModes: readonly OperationMode[];
  readonly adminToken: string | null;
  /** Of the commands, which may share the environment: no less a secret of this process. */
  readonly commandToken: string | null;
  readonly logLevel: string;
  readonly windowMs: number;
  readonly settleAfterCrashMs: number;
  readonly settleAfterBreakMs: number;
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly crashAt: { readonly label: CrashLabel; readonly hits: number } | null;
  readonly model: ModelConfig | null;
  readonly directives: DirectivesConfig;
  /** What code makes of the directives at the start. */
  readonly constitution: Constitution;
  /** The people of the settings and the members of the directives. */
  readonly team: readonly Member[];
  /** Accounts of automations, as `system:account`. */
  readonly bots: readonly string[];
  /** What of the program this process runs. */
  readonly parts: readonly ProgramPart[];
  /** How many proxies stand before us, or their addresses; null: none is believed. */
  readonly trustProxy: number | readonly string[] | null;
  readonly publicUrl: string | null;
  /** From when on the first poll looks, epoch milliseconds; `null`: from the first start. */
  readonly pollSince: number | null;
  /** The share of facts that push may miss before it is said. */
  readonly missedWarn: number;
}

// After a crash work must resume within 30 s (R4); after a broken line a living process waits out the minute for
// which the target may still act (R11).
const SETTLE_AFTER_CRASH_MS = 20_000;
const SETTLE_AFTER_BREAK_MS = 65_000;

/** Empty strings mean "not set": that is how a commented-out value in a compose file arrives. */
function withoutEmpty(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
}

function fieldFaults(error: z.ZodError): Fault[] {
  return error.issues.map((issue) => {
    const name = String(issue.path[0] ?? 'environment');
    const field = Object.entries(Environment.shape).find(([key]) => key === name)?.[1];
    const fix = `Set it to ${field?.description ?? 'a valid value'}`;
    return { name, problem: issue.message, fix };
  });
}

const PAIRS = [
  ['ATLASSIAN_EMAIL', 'ATLASSIAN_API_TOKEN'],
  ['ATLASSIAN_SERVICE_ACCOUNT_EMAIL', 'ATLASSIAN_SERVICE_ACCOUNT_TOKEN'],
] as const;

/** A token alone does not say where it opens anything. */
const NEEDS = [
  ['BITBUCKET_EMAIL', 'BITBUCKET_TOKEN'],
  ['BITBUCKET_TOKEN', 'BITBUCKET_WORKSPACE'],
  ['GITHUB_TOKEN', 'GITHUB_REPOS'],
  ['SLACK_APP_TOKEN', 'SLACK_BOT_TOKEN'],
  ['SENTRY_TOKEN', 'SENTRY_ORGANIZATION'],
] as const;

/** What no single variable shows: halves of a pair, secrets without their partner. */
function crossFaults(env: Readonly<Record<string, string>>): Fault[] {
  const faults: Fault[] = [];
  for (const [email, token] of PAIRS) {
    const missing = email in env ? token : email;
    if (email in env !== token in env) {
      const problem = `it is missing, and ${missing === token ? email : token} is set`;
      faults.push({ name: missing, problem, fix: 'Set both or neither' });
    }
  }
  const hasAccount = PAIRS.some(([email]) => email in env);
  const hasAddress = ['JIRA_BASE_URL', 'ATLASSIAN_DOMAIN', 'ATLASSIAN_CLOUD_ID'].some(
    (n) => n in env,
  );
  if (hasAccount && !hasAddress) {
    const fix = 'Set it to your site, e.g. acme.atlassian.net (or set JIRA_BASE_URL)';
    faults.push({ name: 'ATLASSIAN_DOMAIN', problem: 'it is missing, and an account is set', fix });
  }
  for (const name of Object.keys(env)) {
    const current = name.replace(/_PREVIOUS$/, '');
    if (current === name || current in env) continue;
    const fix = 'Set the new secret; the previous one alone is not accepted';
    faults.push({ name: current, problem: 'it is missing', fix });
  }
  for (const [name, needed] of NEEDS) {
    if (!(name in env) || needed in env) continue;
    faults.push({ name: needed, problem: `it is missing, and ${name} is set`, fix: 'Set it too' });
  }
  if ('PM_AGENT_CRASH_AT' in env && env['ENVIRONMENT'] !== 'test') {
    const fix = 'Leave it out; it exists for crash tests';
    faults.push({ name: 'PM_AGENT_CRASH_AT', problem: 'it needs ENVIRONMENT=test', fix });
  }
  return faults;
}

function readFileOr(faults: Fault[], name: string, path: string): string {
  const text = readFileNear(path);
  if (text !== null) return text;
  faults.push({ name, problem: `the file ${path} cannot be read`, fix: 'Name a readable file' });
  return '';
}

/** Without a fault, what code makes of the directives; each fault says where it stands. */
function judgementOf(env: Environment, faults: Fault[]): SoundDirectives | null {
  const read = directivesOf(env.PM_AGENT_DIRECTIVES);
  if (!('faults' in read)) return read;
  faults.push(...read.faults.map((fault) => ({ name: 'PM_AGENT_DIRECTIVES', ...fault })));
  return null;
}

function proxiesOf(given: string | undefined): Config['trustProxy'] {
  if (given === undefined) return null;
  return /^\d$/.test(given) ? Number(given) : given.split(',').map((one) => one.trim());
}

function operationMode(given: string): OperationMode {
  const [operations = '', mode] = given.split(':');
  return { operations, mode: Mode.parse(mode) };
}

function yamlOrNull(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return null;
  }
}

/** The team's file may be missing; one that is there must fit. */
function teamOf(env: Environment, faults: Fault[]): readonly Member[] {
  if (!existsSync(env.PM_AGENT_PEOPLE)) return [];
  const parsed = Team.safeParse(yamlOrNull(readFileSync(env.PM_AGENT_PEOPLE, 'utf8')));
  if (parsed.success) return parsed.data.people;
  const [issue] = parsed.error.issues;
  const problem = `${env.PM_AGENT_PEOPLE}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
  const fix = 'Give it `people:`, a list with name, email, zone and accounts';
  faults.push({ name: 'PM_AGENT_PEOPLE', problem, fix });
  return [];
}

function crashOf(env: Environment, faults: Fault[]): Config['crashAt'] {
  const groups = CRASH.exec(env.PM_AGENT_CRASH_AT ?? '')?.groups;
  if (groups === undefined) return null;
  const label = CRASH_LABELS.find((known) => known === groups['label']);
  if (label === undefined) {
    const fix = `Use one of ${CRASH_LABELS.join(', ')}`;
    faults.push({ name: 'PM_AGENT_CRASH_AT', problem: 'there is no such label', fix });
    return null;
  }
  return { label, hits: Number(groups['hits'] ?? 1) };
}

/** Reads the settings from an environment. Throws a `ConfigFailure` that names every fault. */
export function readConfig(raw: Readonly<Record<string, string | undefined>>): Config {
  const given = withoutEmpty(raw);
  const parsed = Environment.safeParse(given);
  const faults = [...(parsed.success ? [] : fieldFaults(parsed.error)), ...crossFaults(given)];
  if (!parsed.success) throw new ConfigFailure(faults);
  const env = parsed.data;
  const people = teamOf(env, faults);
  const judgement = judgementOf(env, faults);
  const crashAt = crashOf(env, faults);
  const models = readFileOr(faults, 'PM_AGENT_MODELS', env.PM_AGENT_MODELS);
  const model = modelsOf({ env, raw: given, text: models }, faults);
  if (judgement === null || faults.length > 0) throw new ConfigFailure(faults);
  const { directives, constitution } = judgement;
  const settle = env.PM_AGENT_SETTLE_SECONDS;
  const config: Config = {
    environment: env.ENVIRONMENT,
    host: env.HOST,
    port: env.PORT,
    mode: env.PM_AGENT_MODE,
    operationModes: env.PM_AGENT_OPERATION_MODES.map(operationMode),
    adminToken: env.PM_AGENT_ADMIN_TOKEN ?? null,
    commandToken: env.PM_AGENT_TOKEN ?? null,
    logLevel: env.PM_AGENT_LOG_LEVEL,
    windowMs: env.PM_AGENT_WINDOW_MS,
    settleAfterCrashMs: settle === undefined ? SETTLE_AFTER_CRASH_MS : settle * 1000,
    settleAfterBreakMs: settle === undefined ? SETTLE_AFTER_BREAK_MS : settle * 1000,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL ?? null,
    crashAt,
    model,
    directives,
    constitution,
    team: joinedTeam(people, constitution.members),
    bots: env.PM_AGENT_BOTS,
    parts: env.PM_AGENT_ROLES,
    trustProxy: proxiesOf(env.TRUST_PROXY),
    publicUrl: env.PM_AGENT_PUBLIC_URL ?? null,
    pollSince: env.PM_AGENT_POLL_SINCE === undefined ? null : Date.parse(env.PM_AGENT_POLL_SINCE),
    missedWarn: env.PM_AGENT_MISSED_WARN,
    ...systemsOf(env),
    ...keepingOf(env),
  };
  return deepFreeze(config);
}

/** The process's environment over `.env` in the working folder; a variable of the environment wins. */
export function loadConfig(extra: Readonly<Record<string, string>> = {}): Config {
  return readConfig({ ...dotEnv('.env'), ...process.env, ...extra });
}

/** What a command needs to find a server; the rest of the settings need not be there. */
export interface ClientConfig {
  readonly host: string;
  readonly port: number;
  readonly token: string | null;
  readonly databaseUrl: string;
}

const ClientEnvironment = Environment.pick({
  HOST: true,
  PORT: true,
  PM_AGENT_TOKEN: true,
  PM_AGENT_ADMIN_TOKEN: true,
  DATABASE_URL: true,
});

/** The same environment, read only as far as a command needs it. Throws a `ConfigFailure`. */
export function loadClientConfig(): ClientConfig {
  const parsed = ClientEnvironment.safeParse(withoutEmpty({ ...dotEnv('.env'), ...process.env }));
  if (!parsed.success) throw new ConfigFailure(fieldFaults(parsed.error));
  const env = parsed.data;
  return {
    host: env.HOST,
    port: env.PORT,
    token: env.PM_AGENT_TOKEN ?? env.PM_AGENT_ADMIN_TOKEN ?? null,
    databaseUrl: env.DATABASE_URL,
  };
}

/** Where the directives stand, without a look at what is in them. */
export function loadDirectivesSettings(): { readonly path: string; readonly holidays: Holidays } {
  const given = withoutEmpty({ ...dotEnv('.env'), ...process.env });
  const parsed = Environment.pick({ PM_AGENT_DIRECTIVES: true }).safeParse(given);
  if (!parsed.success) throw new ConfigFailure(fieldFaults(parsed.error));
  return { path: parsed.data.PM_AGENT_DIRECTIVES, holidays: regionalHolidays };
}

function dotEnv(path: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
