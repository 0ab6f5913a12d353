import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import type { Holidays } from './actions/directives/team.ts';
import type { OperationMode } from './actions/mode-of.ts';
import { crossFaults, partFaults } from './config-cross.ts';
import type { Fault } from './config-cross.ts';
import { directivesOf, joinedTeam, regionalHolidays } from './config-directives.ts';
import type { DirectivesConfig, SoundDirectives } from './config-directives.ts';
import { edgeOf } from './config-edge.ts';
import type { EdgeConfig } from './config-edge.ts';
import { CRASH, Environment, System } from './config-environment.ts';
import { readFileNear } from './config-file.ts';
import { keepingOf, keyFaults } from './config-keeping.ts';
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

/** All faults at once: the message names each variable and its fix. */
export class ConfigFailure extends Failure {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const lines = faults.map((fault) => `  ${fault.name}: ${fault.problem}. ${fault.fix}.`);
    super('invalid-settings', ['The settings have faults:', ...lines].join('\n'));
    this.faults = faults;
  }
}

/** Where traces are sent. */
export interface TracingConfig {
  /** Without the path of the signal, e.g. `http://collector:4318`. */
  readonly endpoint: string;
  readonly serviceName: string;
  readonly headers: readonly { readonly name: string; readonly secret: string }[];
}

/** All settings, read once, frozen, handed down in pieces. */
export interface Config extends SystemsConfig, EdgeConfig, KeepingConfig {
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
  /** The systems that this process serves faces of, and knows the settings of; null: all. */
  readonly systems: readonly System[] | null;
  /** Further names under which MCP clients reach this process. */
  readonly mcpHosts: readonly string[];
  /** How many proxies stand before us, or their addresses; null: none is believed. */
  readonly trustProxy: number | readonly string[] | null;
  readonly publicUrl: string | null;
  /** From when on the first poll looks, epoch milliseconds; `null`: from the first start. */
  readonly pollSince: number | null;
  /** The share of facts that push may miss before it is said. */
  readonly missedWarn: number;
  /** With less room on the disk, in MiB, it is said. */
  readonly diskWarnMb: number;
  /** Null: no traces are made. */
  readonly tracing: TracingConfig | null;
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

function tracingOf(env: Environment): TracingConfig | null {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return null;
  const headers = env.OTEL_EXPORTER_OTLP_HEADERS.map((pair) => {
    const at = pair.indexOf('=');
    return { name: pair.slice(0, at).trim(), secret: decodeURIComponent(pair.slice(at + 1)) };
  });
  return { endpoint, headers, serviceName: env.OTEL_SERVICE_NAME };
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
  faults.push(...partFaults(env), ...keyFaults(env));
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
    systems: env.PM_AGENT_SYSTEMS ?? null,
    mcpHosts: env.PM_AGENT_MCP_HOSTS,
    trustProxy: proxiesOf(env.TRUST_PROXY),
    publicUrl: env.PM_AGENT_PUBLIC_URL ?? null,
    pollSince: env.PM_AGENT_POLL_SINCE === undefined ? null : Date.parse(env.PM_AGENT_POLL_SINCE),
    missedWarn: env.PM_AGENT_MISSED_WARN,
    diskWarnMb: env.PM_AGENT_DISK_WARN_MB,
    tracing: tracingOf(env),
    ...systemsOf(env, env.PM_AGENT_SYSTEMS ?? System.options),
    ...edgeOf(env),
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

/** Where the list of networks stands, and where the vendors publish theirs. */
export function loadAllowListSettings() {
  const given = withoutEmpty({ ...dotEnv('.env'), ...process.env });
  const shape = Environment.pick({
    PM_AGENT_ALLOWED_NETWORKS: true,
    ATLASSIAN_RANGES_URL: true,
    GITHUB_META_URL: true,
  });
  const parsed = shape.safeParse(given);
  if (!parsed.success) throw new ConfigFailure(fieldFaults(parsed.error));
  return {
    path: parsed.data.PM_AGENT_ALLOWED_NETWORKS,
    atlassianUrl: parsed.data.ATLASSIAN_RANGES_URL,
    githubUrl: parsed.data.GITHUB_META_URL,
  };
}

function dotEnv(path: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
