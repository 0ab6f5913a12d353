import type { Ability, Connector } from '../../domain/connector.ts';
import { checkBitbucket } from './check.ts';
import { bitbucketReader, bitbucketWriter } from './client.ts';
import type { WriteAccess } from './comment-operations.ts';
import { addComment, replyComment } from './comment-operations.ts';
import { gatherBitbucket } from './gather.ts';
import { bitbucketPoll } from './poll.ts';
import { bitbucketReads } from './reads.ts';
import { requestReviewer } from './request-reviewer.ts';
import { rereadBitbucket } from './reread.ts';
import type { BitbucketAccess, BitbucketSettings } from './settings.ts';
import { accessOf } from './settings.ts';
import { surveyBitbucket } from './survey.ts';
import { bitbucketTalk } from './talk.ts';
import { bitbucketTriage } from './triage.ts';
import { bitbucketWebhook } from './webhook.ts';
import { bitbucketWorkspace, profileOf } from './workspace.ts';

const POLL_SECONDS = 3_600;

/** Our side of Bitbucket Cloud. What the settings do not allow is absent; nothing throws "not supported". */
export function bitbucketConnector(settings: BitbucketSettings): Connector {
  const access = accessOf(settings);
  // An empty secret would make a signature that anybody can make.
  const secrets = settings.webhookSecrets.filter((secret) => secret !== '');
  return {
    name: 'bitbucket',
    talk: bitbucketTalk,
    triage: bitbucketTriage({ workspace: settings.workspace || null, repos: settings.repos }),
    abilities: abilitiesOf(settings, { access, secrets }),
    ...(secrets.length === 0 ? {} : { webhook: bitbucketWebhook(secrets) }),
    ...(access === null ? { operations: writes(null) } : reading(settings, access)),
  };
}

function writes(access: WriteAccess | null): Connector['operations'] {
  return [addComment(access), replyComment(access), requestReviewer(access)];
}

function reading(
  settings: BitbucketSettings,
  access: BitbucketAccess,
): Pick<Connector, 'operations' | 'gather' | 'survey' | 'check' | 'poll' | 'profile' | 'reread'> {
  const workspace = bitbucketWorkspace(access, settings.repos, bitbucketReader(access));
  const write = settings.mayWrite ? { workspace, writer: bitbucketWriter(access) } : null;
  return {
    operations: [...bitbucketReads(workspace), ...writes(write)],
    poll: bitbucketPoll(workspace, settings.pollSeconds ?? POLL_SECONDS),
    gather: (subject, call) => gatherBitbucket(workspace, subject, call),
    survey: (subject, call) => surveyBitbucket(workspace, subject, call),
    reread: (event, call) => rereadBitbucket(workspace, event, call),
    check: (call) => checkBitbucket(workspace, call),
    profile: (id, call) => profileOf(workspace, id, call),
  };
}

interface Given {
  readonly access: BitbucketAccess | null;
  readonly secrets: readonly string[];
}

function abilitiesOf(settings: BitbucketSettings, given: Given): readonly Ability[] {
  const isOn = given.access !== null;
  const seconds = settings.pollSeconds ?? POLL_SECONDS;
  return [
    {
      name: 'webhook',
      on: given.secrets.length > 0,
      note:
        given.secrets.length > 0
          ? 'signed deliveries at /webhooks/bitbucket'
          : 'BITBUCKET_WEBHOOK_SECRET is not set: the route /webhooks/bitbucket does not exist',
    },
    {
      name: 'poll',
      on: isOn,
      note: isOn ? `pull requests, every ${seconds} s` : readNote(settings),
    },
    { name: 'read', on: isOn, note: readNote(settings) },
    writeAbility(settings, isOn),
  ];
}

function readNote(settings: BitbucketSettings): string {
  const { token, workspace, baseUrl, repos } = settings;
  if (!token) return 'no credentials (BITBUCKET_TOKEN, for an API token also BITBUCKET_EMAIL)';
  if (!workspace) return 'BITBUCKET_WORKSPACE is not set';
  if (!baseUrl) return 'the address of the API is not set';
  return repos.length === 0
    ? `all repositories of ${workspace}`
    : `repositories ${repos.map((slug) => `${workspace}/${slug}`).join(', ')}`;
}

function writeAbility(settings: BitbucketSettings, isOn: boolean): Ability {
  if (!settings.mayWrite) {
    return { name: 'write', on: false, note: 'simulation mode: nothing that could write exists' };
  }
  return { name: 'write', on: isOn, note: isOn ? 'comments and reviewers' : readNote(settings) };
}
