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
  mayWrite: true,
  fetch: () => Promise.reject(new Error('the suite sends nothing')),
};

connectorSuite('jira', {
  full: jiraConnector(settings),
  simulation: jiraConnector({ ...settings, mayWrite: false }),
  bare: jiraConnector({ ...settings, email: null, token: null, webhookSecrets: [] }),
  samples: {
    'jira.get-issue': { issue: 'ECD-1' },
    'jira.list-comments': { issue: 'ECD-1' },
    'jira.search-issues': { jql: 'status = Done' },
    'jira.add-comment': { issue: 'ECD-1', text: 'one\ntwo' },
  },
  bodies,
});
