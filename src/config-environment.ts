import { z } from 'zod';
import { Mode } from './domain/mode.ts';

const text = z.string().trim().min(1);
const list = z
  .string()
  .transform((value) => value.split(',').map((item) => item.trim()))
  .transform((items) => items.filter((item) => item !== ''));
const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''));
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
  PM_AGENT_CRASH_AT: z
    .string()
    .regex(CRASH)
    .optional()
    .describe('only with ENVIRONMENT=test: a crash label, optionally with :<hits>'),
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:|file:).+/)
    .default('sqlite:data/pm-agent.db')
    .describe('sqlite:<file>, e.g. sqlite:data/pm-agent.db'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//)
    .optional()
    .describe('redis://host:port; leave it out to use the queue in the process'),
  ANTHROPIC_API_KEY: text
    .optional()
    .describe('the key of the Anthropic API; leave it out for rules only'),
  PM_AGENT_MODEL: text
    .optional()
    .describe('a model named in config/models.yaml, e.g. claude-sonnet-5-5'),
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
  JIRA_PROJECTS: list
    .pipe(z.array(z.string().regex(/^[A-Z][A-Z0-9_]+$/)))
    .default([])
    .describe('project keys with commas between, e.g. ECD,PAY; empty means every project'),
  JIRA_WEBHOOK_SECRET: z.string().min(8).optional().describe('at least 8 characters'),
  JIRA_WEBHOOK_SECRET_PREVIOUS: z
    .string()
    .min(8)
    .optional()
    .describe('the old secret while it is being changed, at least 8 characters'),
});
export type Environment = z.infer<typeof Environment>;
