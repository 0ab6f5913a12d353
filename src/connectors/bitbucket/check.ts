import type { Call, Grant, Identity } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { accountIdOf, actorOf } from './person.ts';
import type { Workspace } from './workspace.ts';

/** Who we are, and what the token allows as far as reading tells. Throws a `Failure`. */
export async function checkBitbucket(workspace: Workspace, call: Call): Promise<Identity> {
  // What is remembered would also hold for a token that was revoked since.
  const self = await workspace.self(call, true);
  const accountId = accountIdOf(self) ?? 'unknown';
  const aliases = [self.account_id, self.uuid].filter((id) => id !== null && id !== accountId);
  return {
    accountId,
    name: actorOf(self).name,
    aliases: aliases.filter((id) => id !== null),
    grants: await grantsOf(workspace, call),
  };
}

async function grantsOf(workspace: Workspace, call: Call): Promise<readonly Grant[]> {
  const { watched } = workspace;
  const repositories = await attempt(() => workspace.repositories(call));
  const name = repositories.answer?.[0] ?? null;
  const [repository, pullRequests, hooks] = await Promise.all([
    name === null ? null : scopesOf(workspace, `/repositories/${name}`, call),
    name === null ? null : scopesOf(workspace, `/repositories/${name}/pullrequests`, call),
    scopesOf(workspace, hooksPath(name, watched.repos.length > 0), call),
  ]);
  return [
    grant('read:repository:bitbucket', repository?.held ?? repositories.held),
    grant('read:pullrequest:bitbucket', pullRequests?.held ?? null),
    {
      name: 'write:pullrequest:bitbucket',
      held: writes(pullRequests?.scopes ?? null),
      note: 'comments and reviewers; Bitbucket tells it of some kinds of tokens only',
    },
    grant('read:webhook:bitbucket', hooks.held, 'only needed to register webhooks'),
  ];
}

function hooksPath(repository: string | null, isNamed: boolean): string {
  if (isNamed || repository === null) return `/repositories/${repository ?? 'none'}/hooks`;
  return `/workspaces/${repository.split('/')[0] ?? ''}/hooks`;
}

function grant(name: string, held: boolean | null, note?: string): Grant {
  const said = held === null ? 'could not be found out' : held ? 'was used' : 'was refused';
  return { name, held, note: note ?? said };
}

interface Tried<Answer> {
  readonly held: boolean | null;
  readonly answer: Answer | null;
}

/** Tries a read: what was refused is not held, what failed otherwise is not known. */
async function attempt<Answer>(read: () => Promise<Answer>): Promise<Tried<Answer>> {
  try {
    return { held: true, answer: await read() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // A token without the scope hears 403; 404 may also be a repository that is not there.
    return { held: error.kind === 'forbidden' ? false : null, answer: null };
  }
}

async function scopesOf(
  workspace: Workspace,
  path: string,
  call: Call,
): Promise<{ readonly held: boolean | null; readonly scopes: string | null }> {
  const { held, answer } = await attempt(() => workspace.reader.answer(path, { pagelen: 1 }, call));
  return { held, scopes: answer?.headers.get('x-oauth-scopes') ?? null };
}

// The header is not documented for every kind of token; without it nothing is known.
function writes(scopes: string | null): boolean | null {
  if (scopes === null || scopes.trim() === '') return null;
  const held = scopes.split(',').map((scope) => scope.trim());
  return held.includes('pullrequest:write') || held.includes('write:pullrequest:bitbucket');
}
