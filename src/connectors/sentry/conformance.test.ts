import { readdirSync, readFileSync } from 'node:fs';
import { connectorSuite } from '../../../test/conformance/connector.ts';
import { sentryConnector } from './index.ts';
import type { SentrySettings } from './settings.ts';

const folder = new URL('../../../test/fixtures/sentry/webhooks/', import.meta.url);
const bodies = readdirSync(folder).map((file): unknown =>
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
);

const settings: SentrySettings = {
  baseUrl: 'https://sentry.example/api/0',
  siteUrl: null,
  token: 'token-1',
  organization: 'acme',
  projects: [],
  webhookSecrets: ['client-secret'],
  pollSeconds: 900,
  mayWrite: true,
  fetch: () => Promise.reject(new Error('the suite sends nothing')),
};

connectorSuite('sentry', {
  full: sentryConnector(settings),
  simulation: sentryConnector({ ...settings, mayWrite: false }),
  bare: sentryConnector({
    ...settings,
    token: null,
    organization: null,
    webhookSecrets: [],
    mayWrite: false,
  }),
  samples: {
    'sentry.get-issue': { issue: '7' },
    'sentry.get-latest-event': { issue: '7' },
    'sentry.list-events': { issue: '7' },
    'sentry.list-releases': { project: 'payments' },
    'sentry.list-suspect-commits': { issue: '7' },
    'sentry.search-issues': { query: 'is:unresolved' },
    'sentry.add-comment': { issue: '7', text: 'one\ntwo' },
    'sentry.assign-issue': { issue: '7', assignee: 'user:101' },
    'sentry.resolve-issue': { issue: '7' },
  },
  bodies,
});
