import type { Ability, Connector } from '../../domain/connector.ts';
import type { WriteAccess } from './add-comment.ts';
import { addComment } from './add-comment.ts';
import { assignIssue, resolveIssue } from './change-issue.ts';
import { sentryReader, sentryWriter } from './client.ts';
import { gatherSentry } from './gather.ts';
import { checkSentry, profileOf } from './identity.ts';
import { sentryReads } from './operations.ts';
import { sentryPoll } from './poll.ts';
import type { SentryAccess, SentrySettings } from './settings.ts';
import { accessOf } from './settings.ts';
import { rereadSentry } from './reread.ts';
import { sentrySite } from './site.ts';
import { surveySentry } from './survey.ts';
import { sentryTalk } from './talk.ts';
import { sentryTriage } from './triage.ts';
import { sentryWebhook } from './webhook.ts';

/** Our side of Sentry. What the settings do not allow is absent; nothing throws "not supported". */
export function sentryConnector(settings: SentrySettings): Connector {
  const access = accessOf(settings);
  // An empty secret would make a signature that anybody can make.
  const secrets = settings.webhookSecrets.filter((secret) => secret !== '');
  return {
    name: 'sentry',
    triage: sentryTriage(settings.projects),
    talk: sentryTalk,
    openToAnyone: true,
    abilities: abilitiesOf(settings, { access, secrets }),
    ...(secrets.length === 0 ? {} : { webhook: sentryWebhook(secrets) }),
    ...(access === null ? { operations: changes(null) } : reading(settings, access)),
  };
}

function changes(access: WriteAccess | null): Connector['operations'] {
  return [addComment(access), assignIssue(access), resolveIssue(access)];
}

function reading(
  settings: SentrySettings,
  access: SentryAccess,
): Pick<Connector, 'operations' | 'gather' | 'survey' | 'check' | 'poll' | 'profile' | 'reread'> {
  const site = sentrySite(settings, sentryReader(access));
  const write = settings.mayWrite ? { site, writer: sentryWriter(access) } : null;
  return {
    operations: [...sentryReads(site), ...changes(write)],
    poll: sentryPoll(site, settings.pollSeconds),
    gather: (subject, call) => gatherSentry(site, subject, call),
    survey: (subject, call) => surveySentry(site, subject, call),
    reread: (event, call) => rereadSentry(site, event, call),
    check: (call) => checkSentry(site, call),
    profile: (accountId, call) => profileOf(site, accountId, call),
  };
}

interface Given {
  readonly access: SentryAccess | null;
  readonly secrets: readonly string[];
}

function abilitiesOf(settings: SentrySettings, given: Given): readonly Ability[] {
  const isOn = given.access !== null;
  const hears = given.secrets.length > 0;
  const missing = missingNote(settings);
  return [
    {
      name: 'webhook',
      on: hears,
      note: hears
        ? 'signed deliveries at /webhooks/sentry'
        : 'SENTRY_CLIENT_SECRET is not set: the route /webhooks/sentry does not exist',
    },
    { name: 'poll', on: isOn, note: isOn ? `every ${settings.pollSeconds} s` : missing },
    { name: 'read', on: isOn, note: isOn ? scopeNote(settings.projects) : missing },
    writeAbility(settings, isOn),
  ];
}

function missingNote({ token }: SentrySettings): string {
  return token ? 'SENTRY_ORGANIZATION is not set' : 'no credentials (SENTRY_TOKEN)';
}

function scopeNote(projects: readonly string[]): string {
  return projects.length === 0
    ? 'all projects of the organisation'
    : `projects ${projects.join(', ')}`;
}

function writeAbility(settings: SentrySettings, isOn: boolean): Ability {
  if (!settings.mayWrite) {
    return { name: 'write', on: false, note: 'simulation mode: nothing that could write exists' };
  }
  const note = isOn ? 'comments, assignees; resolving asks a person' : missingNote(settings);
  return { name: 'write', on: isOn, note };
}
