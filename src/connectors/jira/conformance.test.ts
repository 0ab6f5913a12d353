import { readdirSync, readFileSync } from 'node:fs';
import { connectorSuite } from '../../../test/conformance/connector.ts';
import { jiraConnector } from './index.ts';
import type { JiraSettings } from './settings.ts';

const folder = new URL('../../../test/fixtures/jira/webhooks/', import.meta.url);
const bodies = readdirSync(folder)
  // Data Center does not say which comment was deleted.
  .filter((file) => !file.includes('server-issue-updated-comment-deleted'))
  .map((file): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

const settings: JiraSettings = {
  baseUrl: 'https://team.example',
  siteUrl: null,
  email: 'agent@example.com',
  token: 'token-1',
  projects: [],
  webhookSecrets: ['hook-secret'],
  appSecrets: ['app-secret'],
  mayWrite: true,
  fetch: () => Promise.reject(new Error('the suite sends nothing')),
};

connectorSuite('jira', {
  full: jiraConnector(settings),
  simulation: jiraConnector({ ...settings, mayWrite: false }),
  bare: jiraConnector({
    ...settings,
    email: null,
    token: null,
    webhookSecrets: [],
    appSecrets: [],
  }),
  samples: {
    'jira.get-issue': { issue: 'ECD-1' },
    'jira.list-comments': { issue: 'ECD-1' },
    'jira.search-issues': { jql: 'status = Done' },
    'jira.get-changelog': { issue: 'ECD-1' },
    'jira.list-boards': { project: 'ECD' },
    'jira.list-sprints': { board: 1 },
    'jira.list-sprint-issues': { sprint: 11 },
    'jira.list-fields': { name: 'sprint' },
    'jira.find-users': { query: 'mia' },
    'jira.list-transitions': { issue: 'ECD-1' },
    'jira.add-comment': { issue: 'ECD-1', text: 'one\ntwo' },
    'jira.edit-comment': { issue: 'ECD-1', comment: '10042', text: 'one\ntwo' },
    'jira.transition-issue': { issue: 'ECD-1', to: 'In Review' },
    'jira.assign-issue': { issue: 'ECD-1', accountId: null },
    'jira.move-to-sprint': { issue: 'ECD-1', sprint: 11 },
    'jira.link-issues': { issue: 'ECD-1', to: 'ECD-2', type: 'Blocks' },
    'jira.add-label': { issue: 'ECD-1', label: 'checkout' },
    'jira.close-issue': { issue: 'ECD-1' },
    'jira.delete-issue': { issue: 'ECD-1' },
    'jira.set-priority': { issue: 'ECD-1', priority: 'High' },
  },
  bodies,
});
