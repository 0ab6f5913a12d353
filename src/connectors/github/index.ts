import type { Connector, Operation } from '../../domain/connector.ts';
import { githubAbilities } from './abilities.ts';
import type { WriteAccess } from './add-comment.ts';
import { addComment } from './add-comment.ts';
import { githubPollReader, githubReader, githubWriter } from './client.ts';
import { githubDeliveries } from './delivery-list.ts';
import { gatherGithub } from './gather.ts';
import { githubPoll } from './poll.ts';
import { githubReads } from './reads.ts';
import { rereadGithub } from './reread.ts';
import { setWrites } from './set-writes.ts';
import type { GithubAccess, GithubSettings } from './settings.ts';
import { accessOf } from './settings.ts';
import { githubSite } from './site.ts';
import { surveyGithub } from './survey.ts';
import { githubTalk } from './talk.ts';
import { githubTriage } from './triage.ts';
import { githubWebhook } from './webhook.ts';

/** Our side of GitHub. What the settings do not allow is absent; nothing throws "not supported". */
export function githubConnector(settings: GithubSettings): Connector {
  const access = accessOf(settings);
  // An empty secret would make a signature that anybody can make.
  const secrets = settings.webhookSecrets.filter((secret) => secret !== '');
  return {
    name: 'github',
    talk: githubTalk,
    triage: githubTriage(settings.repos),
    abilities: githubAbilities(settings, { access, secrets }),
    ...(secrets.length === 0 ? {} : { webhook: githubWebhook(secrets) }),
    ...(access === null ? { operations: changes(null) } : calling(settings, access)),
  };
}

function changes(access: WriteAccess | null): readonly Operation[] {
  return [addComment(access), ...setWrites(access)];
}

type Calling = Pick<
  Connector,
  'operations' | 'gather' | 'survey' | 'check' | 'profile' | 'poll' | 'deliveryList' | 'reread'
>;

function calling(settings: GithubSettings, access: GithubAccess): Calling {
  const reader = githubReader(access);
  const site = githubSite(settings, reader);
  const { hookUrl, repos } = settings;
  return {
    operations: [
      ...githubReads(site),
      ...changes(settings.mayWrite ? writing(site, access) : null),
    ],
    gather: (subject, call) => gatherGithub(site, subject, call),
    survey: (subject, call) => surveyGithub(site, subject, call),
    reread: (event, call) => rereadGithub(site, event, call),
    check: (call) => site.myself(call),
    profile: (accountId, call) => site.profile(accountId, call),
    ...(repos.length === 0 ? {} : { poll: githubPoll(settings, githubPollReader(access)) }),
    ...(hookUrl === null || repos.length === 0
      ? {}
      : { deliveryList: githubDeliveries(settings, reader, hookUrl) }),
  };
}

function writing(site: ReturnType<typeof githubSite>, access: GithubAccess): WriteAccess {
  let own: string | null = null;
  return {
    site,
    writer: githubWriter(access),
    own: async (call) => (own ??= await site.self(call)),
  };
}
