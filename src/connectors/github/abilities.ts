import type { Ability } from '../../domain/connector.ts';
import type { GithubAccess, GithubSettings } from './settings.ts';

interface Given {
  readonly access: GithubAccess | null;
  readonly secrets: readonly string[];
}

/** What is on, what is off and why. */
export function githubAbilities(settings: GithubSettings, given: Given): readonly Ability[] {
  const { access, secrets } = given;
  const isPushed = secrets.length > 0;
  const missing = missingOf(settings, access);
  const repos = settings.repos.join(', ');
  return [
    {
      name: 'webhook',
      on: isPushed,
      note: isPushed
        ? 'signed deliveries at /webhooks/github'
        : 'GITHUB_WEBHOOK_SECRET is not set: the route /webhooks/github does not exist',
    },
    { name: 'poll', on: missing === null, note: missing ?? `every hour: ${repos}` },
    deliveriesAbility(settings, missing),
    { name: 'read', on: missing === null, note: missing ?? `repositories ${repos}` },
    writeAbility(settings, missing),
  ];
}

function missingOf(settings: GithubSettings, access: GithubAccess | null): string | null {
  if (access === null) return 'no credentials (GITHUB_TOKEN)';
  return settings.repos.length === 0 ? 'no repository is named (GITHUB_REPOS)' : null;
}

function deliveriesAbility(settings: GithubSettings, missing: string | null): Ability {
  const name = 'deliveries';
  if (missing !== null) return { name, on: false, note: missing };
  return settings.hookUrl === null
    ? {
        name,
        on: false,
        note: 'the public address of the webhooks is not set: lost deliveries are left to polling',
      }
    : { name, on: true, note: 'lost deliveries of three days are fetched' };
}

function writeAbility(settings: GithubSettings, missing: string | null): Ability {
  const name = 'write';
  if (!settings.mayWrite) {
    return { name, on: false, note: 'simulation mode: nothing that could write exists' };
  }
  return missing === null
    ? { name, on: true, note: 'comments, labels, assignees, review requests' }
    : { name, on: false, note: missing };
}
