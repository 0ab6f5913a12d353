import { readsOf } from './cached-fetch.ts';
import type { Cacheable } from './cached-fetch.ts';

const SLACK = /\/(?:conversations\.list|users\.conversations|users\.info)$/;

/**
 * The reads that are asked again and again with the same answer: who is who, and which fields, boards, projects and
 * channels there are. Never what people write, never what a decision is checked against, and never the call that proves
 * that credentials work.
 */
export const RARELY_CHANGING: Readonly<Record<string, Cacheable>> = {
  jira: readsOf(/\/rest\/(?:api\/3\/(?:field|issueLinkType|user)|agile\/1\.0\/board)$/),
  bitbucket: readsOf(/\/(?:users\/[^/]+|repositories\/[^/]+)$/),
  github: readsOf(/\/users?\/[^/]+$/),
  slack: ({ url }) => SLACK.test(url.pathname),
  sentry: readsOf(/\/organizations\/[^/]+\/(?:projects|users)\/$/),
};
