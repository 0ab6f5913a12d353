import { isIP } from 'node:net';
import { z } from 'zod';
import { EDGE } from './config-edge.ts';
import { Mode } from './domain/mode.ts';
import { ALL_PARTS, ProgramPart } from './domain/program-part.ts';

const text = z.string().trim().min(1);
const list = z
  .string()
  .transform((value) => value.split(',').map((item) => item.trim()))
  .transform((items) => items.filter((item) => item !== ''));
const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''));
const secret = z.string().min(8).optional();
const SECRET_FIX = 'at least 8 characters';
const OLD_SECRET_FIX = 'the old secret while it is being changed, at least 8 characters';
const listOf = (pattern: RegExp) => list.pipe(z.array(z.string().regex(pattern))).default([]);
const seconds = (usual: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(usual)
    .describe(`seconds between two polls, 1 to 86400 (${usual} unless set)`);
/** An outside system by the name of its connector. */
export const System = z.enum(['jira', 'bitbucket', 'github', 'slack', 'sentry'], {
  error: ({ input }) => `there is no system ${String(input)}`,
});
export type System = z.infer<typeof System>;
const days = (usual: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(usual)
    .describe(`how many days it is kept, 1 to 3650 (${usual} unless set)`);
/** An address, or a range of them as `address/bits`. */
function isPlace(given: string): boolean {
  const [address = '', bits, ...rest] = given.trim().split('/');
  const most = isIP(address) === 6 ? 128 : 32;
  const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  return isIP(address) !== 0 && isRange && rest.length === 0;
}
/** A crash label, optionally with the passing at which to die. */
export const CRASH = /^(?<label>[a-z]+\.[a-z]+)(?::(?<hits>\d+))?$/;

/** Every variable that the program reads. The description is the fix that a wrong value is answered with. */
export const Environment = z.object({
  ENVIRONMENT: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('development, test or production'),
  HOST: text.default('127.0.0.1').describe('the address to listen on, e.g. 127.0.0.1 or 0.0.0.0'),
  PORT: z.coerce.number().int().min(0).max(65535).default(8000).describe('a port from 0 to 65535'),
  PM_AGENT_MODE: Mode.default('simulation').describe('simulation, ask or production'),
  PM_AGENT_OPERATION_MODES: listOf(/^[a-z*]+\.[a-z*-]+:(?:simulation|ask|production)$/).describe(
    'operations with a mode of their own as operation:mode with commas between, e.g. jira.add-comment:production,slack.*:ask',
  ),
  PM_AGENT_ADMIN_TOKEN: z.string().min(16).optional().describe('at least 16 characters'),
  PM_AGENT_TOKEN: z.string().min(16).optional().describe('an API token for the commands'),
  PM_AGENT_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('trace, debug, info, warn, error or silent'),
  PM_AGENT_WINDOW_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(2000)
    .describe('how long events of one subject are taken together, 0 to 600000 milliseconds'),
  PM_AGENT_SETTLE_SECONDS: z.coerce
    .number()
    .min(0.1)
    .max(3600)
    .optional()
    .describe('how long a target may still be working on a broken request, 0.1 to 3600 seconds'),
  PM_AGENT_DIRECTIVES: text
    .default('config/pm-directives.yaml')
    .describe('the path of a readable YAML file'),
  PM_AGENT_MODELS: text.default('config/models.yaml').describe('the path of a readable YAML file'),
  PM_AGENT_PEOPLE: text
    .default('config/people.yaml')
    .describe('the path of a YAML file that names the team; it may be missing'),
  PM_AGENT_BOTS: listOf(/^[a-z]+:\S+$/).describe(
    'accounts of automations as system:account with commas between, e.g. slack:B024,github:renovate',
  ),
  PM_AGENT_ROLES: list
    .pipe(z.array(ProgramPart).min(1))
    .default([...ALL_PARTS])
    .describe(`parts with commas between: ${ALL_PARTS.join(', ')}; all unless set`),
  PM_AGENT_SYSTEMS: list
    .pipe(z.array(System).min(1))
    .optional()
    .describe(
      `systems with commas between: ${System.options.join(', ')}; only for a process of the parts api and mcp`,
    ),
  PM_AGENT_MCP_HOSTS: listOf(/^[A-Za-z0-9.-]+$/).describe(
    'names under which MCP clients reach this program, without a port, e.g. mcp.acme.example',
  ),
  TRUST_PROXY: z
    .string()
    .refine((value) => /^[1-9]$/.test(value) || value.split(',').every(isPlace), 'is no proxy')
    .optional()
    .describe(
      'how many proxies stand before this program, e.g. 1, or their addresses, e.g. 127.0.0.1,10.0.0.0/8; nobody is trusted unless set',
    ),
  PM_AGENT_PUBLIC_URL: url
    .optional()
    .describe('the address under which the outside systems reach this program'),
  PM_AGENT_POLL_SINCE: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('an instant such as 2026-11-01T00:00:00Z, from which on the first poll looks'),
  PM_AGENT_MISSED_WARN: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('the share of facts that push may miss before it is said, 0 to 1'),
  PM_AGENT_DISK_WARN_MB: z.coerce
    .number()
    .min(0)
    .default(1024)
    .describe('the room on the disk below which it is said, in MiB (1024 unless set)'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url
    .optional()
    .describe('where traces are sent over OTLP/HTTP, e.g. http://127.0.0.1:4318'),
  OTEL_EXPORTER_OTLP_HEADERS: listOf(/^[A-Za-z0-9-]+=(?:[^%]|%[0-9A-Fa-f]{2})*$/).describe(
    'headers for that address as name=value with commas between, e.g. authorization=Bearer%20...',
  ),
  OTEL_SERVICE_NAME: text.default('pm-agent').describe('the name of this program in traces'),
  PM_AGENT_CRASH_AT: z
    .string()
    .regex(CRASH)
    .optional()
    .describe('only with ENVIRONMENT=test: a crash label, optionally with :<hits>'),
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:|file:|postgres(ql)?:\/\/).+/)
    .default('sqlite:data/pm-agent.db')
    .describe('sqlite:<file>, e.g. sqlite:data/pm-agent.db, or postgres://user:password@host/name'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//)
    .optional()
    .describe('redis://host:port; leave it out to use the queue in the process'),
  PM_AGENT_BACKUP_DIR: text
    .optional()
    .describe('a folder for backups, or off; beside the file of the store unless set'),
  PM_AGENT_BACKUP_AT: z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/)
    .default('02:00')
    .describe('the local time of the daily backup, e.g. 02:00'),
  PM_AGENT_BACKUP_KEEP: z
    .string()
    .regex(/^[1-9]\d{0,2},\d{1,3},\d{1,3}$/)
    .default('7,4,6')
    .describe('how many backups of days, weeks and months are kept, e.g. 7,4,6'),
  PM_AGENT_BACKUP_KEY: z.string().min(16).optional().describe('at least 16 characters'),
  PM_AGENT_BACKUP_KEY_FILE: text
    .optional()
    .describe('the file of the key of the backups; made with the first backup'),
  PM_AGENT_JOURNAL_HEAD_FILE: text
    .optional()
    .describe('a file to which the head of the journal is added with each daily backup'),
  PM_AGENT_KEEP_BODIES_DAYS: days(30),
  PM_AGENT_KEEP_PROMPTS_DAYS: days(30),
  ANTHROPIC_API_KEY: text
    .optional()
    .describe('the key of the Anthropic API; leave it out for rules only'),
  PM_AGENT_MODEL: text
    .optional()
    .describe(
      'a model named in config/models.yaml, e.g. claude-sonnet-5-5; <provider>:<model> for another provider',
    ),
  PM_AGENT_MODEL_FALLBACK: listOf(/^\S+$/).describe(
    'models with commas between, asked in this order when the first cannot be reached',
  ),
  PM_AGENT_TRIAGE_MODEL: text
    .optional()
    .describe('a cheap model that is asked first about what does not speak to the agent'),
  ANTHROPIC_BASE_URL: url.optional().describe('an http(s) address without /v1'),
  ATLASSIAN_DOMAIN: text.optional().describe('your site, e.g. acme.atlassian.net'),
  ATLASSIAN_CLOUD_ID: text.optional().describe('the cloud id of your site, for service accounts'),
  ATLASSIAN_EMAIL: z.email().optional().describe('the e-mail address of the account'),
  ATLASSIAN_API_TOKEN: text.optional().describe('an API token of ATLASSIAN_EMAIL'),
  ATLASSIAN_SERVICE_ACCOUNT_EMAIL: z
    .email()
    .optional()
    .describe('the address of the service account'),
  ATLASSIAN_SERVICE_ACCOUNT_TOKEN: text.optional().describe('a token of the service account'),
  JIRA_BASE_URL: url.optional().describe('an http(s) address, only when it is not the usual one'),
  JIRA_PROJECTS: listOf(/^[A-Z][A-Z0-9_]+$/).describe(
    'project keys with commas between, e.g. ECD,PAY; empty means every project',
  ),
  JIRA_WEBHOOK_SECRET: secret.describe(SECRET_FIX),
  JIRA_WEBHOOK_SECRET_PREVIOUS: secret.describe(OLD_SECRET_FIX),
  JIRA_APP_SECRET: secret.describe(
    'the client secret of an OAuth app, which signs dynamic webhooks, at least 8 characters',
  ),
  JIRA_OAUTH_TOKEN: text
    .optional()
    .describe('an access token of an OAuth app, to register dynamic webhooks'),
  JIRA_BACKUP_POLL_INTERVAL: seconds(3600),
  BITBUCKET_BASE_URL: url.optional().describe('an http(s) address, only for a stand-in'),
  BITBUCKET_EMAIL: z.email().optional().describe('the address of the account of an API token'),
  BITBUCKET_TOKEN: text
    .optional()
    .describe('an API token (with BITBUCKET_EMAIL) or an access token (without)'),
  BITBUCKET_WORKSPACE: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+$/)
    .optional()
    .describe('the slug of the workspace, e.g. acme'),
  BITBUCKET_REPOS: listOf(/^[A-Za-z0-9_.-]+$/).describe(
    'repository slugs with commas between; empty means all of the workspace',
  ),
  BITBUCKET_WEBHOOK_SECRET: secret.describe(SECRET_FIX),
  BITBUCKET_WEBHOOK_SECRET_PREVIOUS: secret.describe(OLD_SECRET_FIX),
  BITBUCKET_BACKUP_POLL_INTERVAL: seconds(3600),
  GITHUB_BASE_URL: url.optional().describe('the address of the API, only when it is not the usual'),
  GITHUB_TOKEN: text.optional().describe('a personal access token or the token of an app'),
  GITHUB_REPOS: listOf(/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/).describe(
    'repositories with commas between, e.g. acme/payments,acme/web',
  ),
  GITHUB_WEBHOOK_SECRET: secret.describe(SECRET_FIX),
  GITHUB_WEBHOOK_SECRET_PREVIOUS: secret.describe(OLD_SECRET_FIX),
  GITHUB_BACKUP_POLL_INTERVAL: seconds(3600),
  SLACK_BASE_URL: url.optional().describe('an http(s) address, only for a stand-in'),
  SLACK_BOT_TOKEN: text.optional().describe('the bot token of the app (xoxb-...)'),
  SLACK_APP_TOKEN: text
    .optional()
    .describe('the app-level token (xapp-...), for Socket Mode without a public address'),
  SLACK_USER_TOKEN: text
    .optional()
    .describe('a user token (xoxp-...), only for searching messages'),
  SLACK_SIGNING_SECRET: secret.describe('the signing secret of the app, at least 8 characters'),
  SLACK_SIGNING_SECRET_PREVIOUS: secret.describe(OLD_SECRET_FIX),
  SLACK_CHANNELS: listOf(/^(?:#?[^\s,#]{1,80})$/).describe(
    'channel ids or #names with commas between; empty means every channel the bot is in',
  ),
  SLACK_POLL_INTERVAL: seconds(15),
  SENTRY_BASE_URL: url
    .optional()
    .describe('the address of the API, e.g. https://de.sentry.io/api/0; only when not the usual'),
  SENTRY_TOKEN: text.optional().describe('a token of the internal integration'),
  SENTRY_ORGANIZATION: z
    .string()
    .regex(/^[a-z0-9_-]+$/)
    .optional()
    .describe('the slug of the organisation, e.g. acme'),
  SENTRY_PROJECTS: listOf(/^[a-z0-9_-]+$/).describe(
    'project slugs with commas between; empty means all of the organisation',
  ),
  SENTRY_CLIENT_SECRET: secret.describe(
    'the client secret of the internal integration, at least 8 characters',
  ),
  SENTRY_CLIENT_SECRET_PREVIOUS: secret.describe(OLD_SECRET_FIX),
  SENTRY_POLL_INTERVAL: seconds(900),
  ...EDGE,
});
export type Environment = z.infer<typeof Environment>;
