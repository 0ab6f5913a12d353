import type { Ability, Connector, Upkeep } from '../../domain/connector.ts';
import { jiraReader, jiraWriter } from './client.ts';
import { gatherJira } from './gather.ts';
import { checkJira, profileOf } from './identity.ts';
import { jiraReads } from './operations.ts';
import { jiraPoll } from './poll.ts';
import { jiraRegistration } from './registration.ts';
import { rereadJira } from './reread.ts';
import type { JiraAccess, JiraSettings } from './settings.ts';
import { accessOf, pollSecondsOf } from './settings.ts';
import { jiraSite } from './site.ts';
import { surveyJira } from './survey.ts';
import { jiraTalk } from './talk.ts';
import { jiraTriage } from './triage.ts';
import type { WebhookSecrets } from './webhook.ts';
import { jiraWebhook } from './webhook.ts';
import { jiraWrites } from './writes.ts';

/** Our side of Jira. What the settings do not allow is absent; nothing throws "not supported". */
export function jiraConnector(settings: JiraSettings): Connector {
  const access = accessOf(settings);
  const secrets: WebhookSecrets = {
    webhook: given(settings.webhookSecrets),
    app: given(settings.appSecrets ?? []),
  };
  const isPushed = secrets.webhook.length > 0 || secrets.app.length > 0;
  return {
    name: 'jira',
    triage: jiraTriage(settings.projects),
    talk: jiraTalk,
    abilities: abilitiesOf(settings, { access, secrets }),
    ...(isPushed ? { webhook: jiraWebhook(secrets) } : {}),
    ...(access === null ? { operations: jiraWrites(null) } : reading(settings, access)),
  };
}

// An empty secret would make a signature that anybody can make.
function given(secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => secret !== '');
}

function reading(
  settings: JiraSettings,
  access: JiraAccess,
): Pick<
  Connector,
  'operations' | 'gather' | 'survey' | 'check' | 'profile' | 'poll' | 'reread' | 'upkeep'
> {
  const site = jiraSite(settings, jiraReader(access));
  const write = settings.mayWrite ? { site, writer: jiraWriter(access) } : null;
  return {
    operations: [...jiraReads(site), ...jiraWrites(write)],
    poll: jiraPoll(site),
    gather: (subject, call) => gatherJira(site, subject, call),
    survey: (subject, call) => surveyJira(site, subject, call),
    ...(settings.mayWrite && settings.oauthToken ? { upkeep: refreshing(settings) } : {}),
    reread: (event, call) => rereadJira(site, event, call),
    check: (call) => checkJira(site, call),
    profile: (accountId, call) => profileOf(site, accountId, call),
  };
}

interface Given {
  readonly access: JiraAccess | null;
  readonly secrets: WebhookSecrets;
}

function abilitiesOf(settings: JiraSettings, { access, secrets }: Given): readonly Ability[] {
  return [
    webhookAbility(secrets),
    { name: 'poll', on: access !== null, note: pollNote(settings, access) },
    { name: 'read', on: access !== null, note: readNote(settings) },
    writeAbility(settings, access),
  ];
}

function webhookAbility({ webhook, app }: WebhookSecrets): Ability {
  const kinds = [
    ...(webhook.length > 0 ? ['signed deliveries'] : []),
    ...(app.length > 0 ? ['deliveries of the OAuth app'] : []),
  ];
  if (kinds.length > 0) {
    return { name: 'webhook', on: true, note: `${kinds.join(' and ')} at /webhooks/jira` };
  }
  const note = 'JIRA_WEBHOOK_SECRET is not set: the route /webhooks/jira does not exist';
  return { name: 'webhook', on: false, note };
}

function pollNote(settings: JiraSettings, access: JiraAccess | null): string {
  if (access === null) return readNote(settings);
  return `what the webhooks missed, every ${pollSecondsOf(settings)} s`;
}

function readNote(settings: JiraSettings): string {
  if (!settings.email || !settings.token) {
    return 'no credentials (ATLASSIAN_EMAIL and ATLASSIAN_API_TOKEN)';
  }
  if (!settings.baseUrl) return 'the address of the site is not set';
  const { projects } = settings;
  return projects.length === 0
    ? 'all projects the account can see'
    : `projects ${projects.join(', ')}`;
}

function writeAbility(settings: JiraSettings, access: JiraAccess | null): Ability {
  if (!settings.mayWrite) {
    return { name: 'write', on: false, note: 'simulation mode: nothing that could write exists' };
  }
  const note = access === null ? readNote(settings) : 'comments, fields, status, sprints, links';
  return { name: 'write', on: access !== null, note };
}

const DAY_SECONDS = 86_400;

/** Dynamic webhooks end after 30 days: each day their end is moved (contracts/jira.md section 1.5). */
function refreshing(settings: JiraSettings): Upkeep {
  const hooks = jiraRegistration(settings);
  return {
    everySeconds: DAY_SECONDS,
    run: async (call) => {
      const rows = await hooks.refresh(call);
      const ends = rows.map(({ expiresAt }) => expiresAt ?? '').sort();
      return `${rows.length} dynamic webhooks kept until ${ends[0] ?? 'nobody registered one'}`;
    },
  };
}
