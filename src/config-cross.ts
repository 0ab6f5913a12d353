import type { Environment } from './config-environment.ts';
import type { ProgramPart } from './domain/program-part.ts';

/** One thing that is wrong with the settings, and how to put it right. */
export interface Fault {
  readonly name: string;
  readonly problem: string;
  readonly fix: string;
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
  ['PM_AGENT_TLS_CERT', 'PM_AGENT_TLS_KEY'],
  ['PM_AGENT_TLS_KEY', 'PM_AGENT_TLS_CERT'],
] as const;

/** What no single variable shows: halves of a pair, secrets without their partner. */
export function crossFaults(env: Readonly<Record<string, string>>): Fault[] {
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

// What is shown of one system needs no other; everything else would do its work by halves.
const FACES: ReadonlySet<ProgramPart> = new Set(['api', 'mcp']);

/** Parts that cannot run with only some of the systems. */
export function partFaults(env: Environment): Fault[] {
  const others = env.PM_AGENT_ROLES.filter((part) => !FACES.has(part));
  if (env.PM_AGENT_SYSTEMS === undefined || others.length === 0) return [];
  const needs = others.length === 1 ? 'needs' : 'need';
  const problem = `${others.join(', ')} ${needs} every system`;
  const fix = 'Leave it out, or set PM_AGENT_ROLES to api, to mcp or to both';
  return [{ name: 'PM_AGENT_SYSTEMS', problem, fix }];
}
