import { Failure } from '../../domain/failure.ts';
import { adminHooks } from './registration-admin.ts';
import { dynamicHooks } from './registration-dynamic.ts';
import type { JiraRegistration } from './registration-hooks.ts';
import type { JiraSettings } from './settings.ts';
import { accessOf } from './settings.ts';

/**
 * Dynamic webhooks where there is an OAuth token, else an admin webhook (contracts/jira.md section 1.5); by a client that
 * can send nothing but webhook calls. Throws `not-configured` without credentials.
 */
export function jiraRegistration(settings: JiraSettings): JiraRegistration {
  const { oauthToken } = settings;
  if (oauthToken) return dynamicHooks(settings, oauthToken);
  const access = accessOf(settings);
  if (access === null) {
    throw new Failure('not-configured', 'Jira has no credentials to register webhooks with.', {
      fix: 'Set ATLASSIAN_DOMAIN, ATLASSIAN_EMAIL and ATLASSIAN_API_TOKEN of a Jira administrator.',
    });
  }
  return { ...adminHooks(settings, access), refresh: () => Promise.resolve([]) };
}
