import { readdirSync, readFileSync } from 'node:fs';
import { connectorSuite } from '../../../test/conformance/connector.ts';
import { githubConnector } from './index.ts';
import { normaliseGithub } from './normalise.ts';
import type { GithubSettings } from './settings.ts';

const folder = new URL('../../../test/fixtures/github/webhooks/', import.meta.url);
const bodies = readdirSync(folder)
  .map((file): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
  .filter((body) => normaliseGithub(body, {}).events.length > 0);

const settings: GithubSettings = {
  baseUrl: 'https://api.example',
  siteUrl: null,
  token: 'token-1',
  repos: ['acme/payments'],
  webhookSecrets: ['hook-secret'],
  hookUrl: 'https://agent.example/webhooks/github',
  mayWrite: true,
  fetch: () => Promise.reject(new Error('the suite sends nothing')),
};

const place = { repo: 'acme/payments', number: 12 };

connectorSuite('github', {
  full: githubConnector(settings),
  simulation: githubConnector({ ...settings, mayWrite: false }),
  bare: githubConnector({ ...settings, token: null, webhookSecrets: [], hookUrl: null }),
  samples: {
    'github.get-issue': place,
    'github.get-pull-request': place,
    'github.list-reviews': place,
    'github.list-files': place,
    'github.list-checks': { repo: 'acme/payments', ref: 'feature/x' },
    'github.list-commits': place,
    'github.search-issues': { query: 'is:open rounding' },
    'github.list-comments': place,
    'github.add-comment': { ...place, text: 'one\ntwo' },
    'github.add-label': { ...place, label: 'bug' },
    'github.request-review': { ...place, reviewer: 'tom-weber' },
    'github.assign-issue': { ...place, assignee: 'tom-weber' },
  },
  bodies,
});
