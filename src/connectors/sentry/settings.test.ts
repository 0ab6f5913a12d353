import { expect, test } from 'vitest';
import type { SentrySettings } from './settings.ts';
import { issueUrl } from './settings.ts';

const settings: SentrySettings = {
  baseUrl: null,
  siteUrl: null,
  token: 't',
  organization: 'acme',
  projects: [],
  webhookSecrets: [],
  pollSeconds: 900,
  mayWrite: false,
};
const OURS = 'https://sentry.io/organizations/acme/issues/7/';

test.each([
  [null, OURS],
  ['https://acme.sentry.io/issues/7/', 'https://acme.sentry.io/issues/7/'],
  ['https://sentry.io/acme/issues/7/', 'https://sentry.io/acme/issues/7/'],
  ['https://sentry.io.example.com/issues/7/', OURS],
  ['https://notsentry.io/issues/7/', OURS],
  ['http://sentry.io/issues/7/', OURS],
  ['https://mia@sentry.io/issues/7/', OURS],
  ['javascript:alert(1)', OURS],
  ['nonsense', OURS],
])('the link %s becomes %s', (given, url) => {
  expect(issueUrl(settings, '7', given)).toBe(url);
});

test.each([
  ['https://de.sentry.io/api/0', 'https://sentry.io/organizations/acme/issues/7/'],
  ['https://errors.acme.example/api/0', 'https://errors.acme.example/organizations/acme/issues/7/'],
])('with calls at %s people look at %s', (baseUrl, url) => {
  expect(issueUrl({ ...settings, baseUrl }, '7', null)).toBe(url);
});
