import type { Ability, Connector } from '../../domain/connector.ts';
import { addComment } from './add-comment.ts';
import { jiraReader, jiraWriter } from './client.ts';
import { gatherJira } from './gather.ts';
import { jiraReads } from './operations.ts';
import type { JiraAccess, JiraSettings } from './settings.ts';
import { accessOf } from './settings.ts';
import { jiraSite } from './site.ts';
import { jiraTriage } from './triage.ts';
import { jiraWebhook } from './webhook.ts';

/** Our side of Jira. What the settings do not allow is absent; nothing throws "not supported". */
export function jiraConnector(settings: JiraSettings): Connector {
  const access = accessOf(settings);
  // An empty secret would make a signature that anybody can make.
  const secrets = settings.webhookSecrets.filter((secret) => secret !== '');
  return {
    name: 'jira',
    triage: jiraTriage(settings.projects),
    abilities: abilitiesOf(settings, { access, secrets }),
    ...(secrets.length === 0 ? {} : { webhook: jiraWebhook(secrets) }),
    ...(access === null ? { operations: [addComment(settings, null)] } : reading(settings, access)),
  };
}

function reading(
  settings: JiraSettings,
  access: JiraAccess,
): Pick<Connector, 'operations' | 'gather' | 'check'> & object {
  const reader = jiraReader(access);
  const site = jiraSite(settings, reader);
  const write = settings.mayWrite ? { reader, writer: jiraWriter(access) } : null;
  return {
    operations: [...jiraReads(site), addComment(settings, write)],
    gather: (subject, call) => gatherJira(site, subject, call),
    check: (call) => site.myself(call),
  };
}

interface Given {
  readonly access: JiraAccess | null;
  readonly secrets: readonly string[];
}

function abilitiesOf(settings: JiraSettings, given: Given): readonly Ability[] {
  return [
    {
      name: 'webhook',
      on: given.secrets.length > 0,
      note:
        given.secrets.length > 0
          ? 'signed deliveries at /webhooks/jira'
          : 'JIRA_WEBHOOK_SECRET is not set: the route /webhooks/jira does not exist',
    },
    { name: 'read', on: given.access !== null, note: readNote(settings) },
    writeAbility(settings, given.access),
  ];
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
  const note = access === null ? readNote(settings) : 'comments';
  return { name: 'write', on: access !== null, note };
}
