import { readdirSync, readFileSync } from 'node:fs';
import type { Connector, Headers } from '../../domain/connector.ts';
import { connectorSuite } from '../../../test/conformance/connector.ts';
import { bitbucketConnector } from './index.ts';
import type { BitbucketSettings } from './settings.ts';

const EVENTS: readonly (readonly [RegExp, string])[] = [
  [/pull-event-created|pr-createPayload|pull-request-created/, 'pullrequest:created'],
  [/rejected|declined/, 'pullrequest:rejected'],
  [/fulfilled/, 'pullrequest:fulfilled'],
  [/comment-deleted/, 'pullrequest:comment_deleted'],
  [/comment-updated/, 'pullrequest:comment_updated'],
  [/pr_comment_created|request-comment-created/, 'pullrequest:comment_created'],
  [/approval-removed/, 'pullrequest:unapproved'],
  [/request-approved/, 'pullrequest:approved'],
  [/pr_updated|updatePayload_|request-updated/, 'pullrequest:updated'],
  [/pipeline/, 'repo:commit_status_updated'],
  [/push|branch_created|commit_created|tag_deleted|signed/, 'repo:push'],
];

const folder = new URL('../../../test/fixtures/bitbucket/webhooks/', import.meta.url);

// The suite hands over no headers, and here the event stands in a header alone: so it travels inside the body.
const bodies = readdirSync(folder)
  .filter((file) => !/issue|commit-comment/.test(file))
  .map((file): unknown => {
    const event = EVENTS.find(([pattern]) => pattern.test(file))?.[1];
    const body: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    return { ...(body as object), 'x-event-key': event };
  });

function withHeader(connector: Connector): Connector {
  const { webhook } = connector;
  if (webhook === undefined) return connector;
  const normalise = (body: unknown) => webhook.normalise(body, headersOf(body));
  return { ...connector, webhook: { ...webhook, normalise } };
}

function headersOf(body: unknown): Headers {
  if (typeof body !== 'object' || body === null) return {};
  const event: unknown = Reflect.get(body, 'x-event-key');
  return typeof event === 'string' ? { 'x-event-key': [event] } : {};
}

const settings: BitbucketSettings = {
  baseUrl: 'https://api.bitbucket.example/2.0',
  email: 'agent@example.com',
  token: 'token-1',
  workspace: 'acme',
  repos: ['payments'],
  webhookSecrets: ['hook-secret'],
  mayWrite: true,
  fetch: () => Promise.reject(new Error('the suite sends nothing')),
};
const on = { repository: 'acme/payments', pullRequest: 12 };

connectorSuite('bitbucket', {
  full: withHeader(bitbucketConnector(settings)),
  simulation: withHeader(bitbucketConnector({ ...settings, mayWrite: false })),
  bare: bitbucketConnector({ ...settings, token: null, webhookSecrets: [''] }),
  samples: {
    'bitbucket.get-pull-request': on,
    'bitbucket.list-reviewers': on,
    'bitbucket.get-diffstat': on,
    'bitbucket.list-comments': on,
    'bitbucket.list-activity': on,
    'bitbucket.list-commits': on,
    'bitbucket.list-statuses': on,
    'bitbucket.list-pull-requests': { repository: 'acme/payments' },
    'bitbucket.add-comment': { ...on, text: 'one\ntwo' },
    'bitbucket.reply-comment': { ...on, comment: '17', text: 'yes' },
    'bitbucket.request-reviewer': { ...on, reviewer: '712020:mia-0001' },
  },
  bodies,
});
