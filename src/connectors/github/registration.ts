import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { HookAsk, HookRow, Registration } from '../../domain/registration.ts';
import type { HttpRequest } from '../http-client.ts';
import { expectShape } from '../rest-shape.ts';
import type { GithubReader, GithubSender } from './client.ts';
import { githubReader, githubSender, ownerAndRepo } from './client.ts';
import { allHooks } from './delivery-list.ts';
import { Hook } from './rest.ts';
import type { GithubAccess, GithubSettings } from './settings.ts';
import { accessOf, requireRepo } from './settings.ts';

/** The events that the connector reads. */
const GITHUB_EVENTS: readonly string[] = [
  'issues',
  'issue_comment',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
  'push',
  'workflow_run',
  'check_run',
  'status',
  'release',
  'deployment_status',
];

const HOOKS = /^\/repos\/[^/]+\/[^/]+\/hooks$/;
const HOOK = /^\/repos\/[^/]+\/[^/]+\/hooks\/\d+$/;

function isHookCall({ method, path }: Pick<HttpRequest, 'method' | 'path'>): boolean {
  if (method === 'POST') return HOOKS.test(path);
  return (method === 'PATCH' || method === 'DELETE') && HOOK.test(path);
}

/**
 * Looks after the hooks of the configured repositories, one after the other; what was done until a failure stays done. It works with a client
 * that can send nothing else. GitHub never tells a secret, so `rotate` always sets it. Throws `not-configured` without a
 * token.
 */
export function githubRegistration(settings: Omit<GithubSettings, 'mayWrite'>): Registration {
  const access = accessOf(settings);
  if (access === null) throw new Failure('not-configured', 'GITHUB_TOKEN is not set.');
  const hands = handsOf(settings, access);
  return {
    list: (call) => hands.eachRepo(call, (repo) => hands.rows(repo, call)),
    register: (wanted, call) =>
      hands.eachRepo(call, (repo) => register(hands, { repo, wanted }, call)),
    rotate: (wanted, call) => hands.eachRepo(call, (repo) => rotate(hands, { repo, wanted }, call)),
    remove: ({ url }, call) => hands.eachRepo(call, (repo) => remove(hands, { repo, url }, call)),
  };
}

type Rows = Promise<readonly HookRow[]>;

interface Hands {
  readonly sender: GithubSender;
  eachRepo(call: Call, work: (repo: string) => Rows): Rows;
  rows(repo: string, call: Call): Rows;
}

function handsOf(settings: Pick<GithubSettings, 'repos'>, access: GithubAccess): Hands {
  const reader: GithubReader = githubReader(access, HOOKS);
  return {
    sender: githubSender(access, isHookCall),
    eachRepo: async (_call, work) => {
      const rows: HookRow[] = [];
      // One after the other: GitHub asks for serial writes.
      for (const repo of settings.repos) {
        requireRepo(repo, settings.repos);
        rows.push(...(await work(repo)));
      }
      return rows;
    },
    rows: async (repo, call) =>
      (await allHooks(reader, repo, call)).map((hook) => rowOf(repo, hook, 'unchanged')),
  };
}

function rowOf(where: string, hook: Hook, change: HookRow['change']): HookRow {
  const { id, events, active, config } = hook;
  return { id, where, url: config.url, events, active, change };
}

interface At {
  readonly repo: string;
  readonly wanted: HookAsk;
}

async function register(hands: Hands, { repo, wanted }: At, call: Call): Rows {
  const events = wanted.events ?? GITHUB_EVENTS;
  const ours = (await hands.rows(repo, call)).filter(({ url }) => url === wanted.url);
  if (ours.length === 0) {
    const body = {
      ...ownerAndRepo(repo),
      name: 'web',
      active: true,
      events,
      config: configOf(wanted),
    };
    const made = await hands.sender.send('POST /repos/{owner}/{repo}/hooks', body, call);
    return [rowOf(repo, expectShape(Hook, made), 'created')];
  }
  const rows: HookRow[] = [];
  for (const row of ours) {
    const isRight = row.active && sameNames(row.events, events);
    rows.push(isRight ? row : await patch(hands, { row, wanted, events }, call));
  }
  return rows;
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return [...new Set(one)].toSorted().join() === [...new Set(other)].toSorted().join();
}

async function rotate(
  hands: Hands,
  { repo, wanted }: { repo: string; wanted: Pick<HookAsk, 'url' | 'secret'> },
  call: Call,
): Rows {
  const ours = (await hands.rows(repo, call)).filter(({ url }) => url === wanted.url);
  if (ours.length === 0) throw new Failure('not-found', `${repo} has no hook at that address.`);
  const rows: HookRow[] = [];
  for (const row of ours) {
    rows.push(await patch(hands, { row, wanted, events: row.events }, call));
  }
  return rows;
}

interface Patch {
  readonly row: HookRow;
  readonly wanted: Pick<HookAsk, 'url' | 'secret'>;
  readonly events: readonly string[];
}

// A `config` replaces the whole one: without the secret the hook would no longer sign.
async function patch(hands: Hands, { row, wanted, events }: Patch, call: Call): Promise<HookRow> {
  const body = {
    ...ownerAndRepo(row.where),
    hook_id: row.id,
    active: true,
    events,
    config: configOf(wanted),
  };
  const answer = await hands.sender.send('PATCH /repos/{owner}/{repo}/hooks/{hook_id}', body, call);
  return rowOf(row.where, expectShape(Hook, answer), 'updated');
}

function configOf({
  url,
  secret,
}: Pick<HookAsk, 'url' | 'secret'>): Readonly<Record<string, string>> {
  if (secret === '') throw new Failure('invalid-settings', 'A hook needs a secret.');
  return { url, content_type: 'json', secret, insecure_ssl: '0' };
}

async function remove(hands: Hands, at: { repo: string; url: string }, call: Call): Rows {
  const ours = (await hands.rows(at.repo, call)).filter(({ url }) => url === at.url);
  const rows: HookRow[] = [];
  for (const row of ours) {
    const names = { ...ownerAndRepo(at.repo), hook_id: row.id };
    await hands.sender.send('DELETE /repos/{owner}/{repo}/hooks/{hook_id}', names, call);
    rows.push({ ...row, change: 'removed' });
  }
  return rows;
}
