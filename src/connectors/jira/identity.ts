import type { Call, Grant, Identity, Profile } from '../../domain/connector.ts';
import { Failure, isRetryable } from '../../domain/failure.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import { AccountId } from './account-id.ts';
import { Permissions, User } from './rest.ts';
import type { JiraSite } from './site.ts';

/** What each permission is needed for, in the words of people. */
const NEEDED = new Map([
  ['ADD_COMMENTS', 'to comment'],
  ['TRANSITION_ISSUES', 'to change the status of issues'],
  ['ASSIGN_ISSUES', 'to assign issues'],
  ['EDIT_ISSUES', 'to change fields, labels and sprints'],
]);
const PROJECTS_LIMIT = 20;

/** Who we are, and what we may do in each watched project, found out without a change. Throws a `Failure`. */
export async function checkJira(site: JiraSite, call: Call): Promise<Identity> {
  const identity = await site.myself(call);
  const { projects } = site.settings;
  const places = projects.length === 0 ? [null] : projects.slice(0, PROJECTS_LIMIT);
  const grants = await Promise.all(places.map((place) => grantsIn(site, place, call)));
  return { ...identity, grants: grants.flat(), clockSkewMs: site.reader.skewMs() };
}

async function grantsIn(
  site: JiraSite,
  project: string | null,
  call: Call,
): Promise<readonly Grant[]> {
  const where = project === null ? 'in some project' : `in ${project}`;
  const grant = (name: string, held: boolean | null, note: string): Grant => {
    return { name: project === null ? name : `${name} ${project}`, held, note };
  };
  try {
    const query = { permissions: [...NEEDED.keys()].join(',') };
    const asked = project === null ? query : { ...query, projectKey: project };
    const answer = await site.reader.get('/rest/api/3/mypermissions', asked, call);
    const { permissions } = expectShape(Permissions, answer);
    return [...NEEDED].map(([name, use]) => {
      const held = Object.hasOwn(permissions, name) ? permissions[name]?.havePermission : undefined;
      return grant(name, held ?? null, `${use} ${where}`);
    });
  } catch (error) {
    if (!(error instanceof Failure) || isRetryable(error)) throw error;
    // Jira does not tell a missing project from one that we may not see.
    const isUnseen = error.kind === 'not-found' || error.kind === 'refused';
    const note = isUnseen ? `the account cannot see ${project ?? 'any project'}` : error.kind;
    return [...NEEDED.keys()].map((name) => grant(name, isUnseen ? false : null, note));
  }
}

const KINDS = new Map<string, Profile['kind']>([
  ['atlassian', 'person'],
  ['customer', 'person'],
  ['app', 'bot'],
]);

/** An account as the site shows it; most hide their address. `null` when there is none. Throws a `Failure`. */
export async function profileOf(
  site: JiraSite,
  accountId: string,
  call: Call,
): Promise<Profile | null> {
  if (!AccountId.safeParse(accountId).success) return null;
  try {
    const user = expectShape(User, await site.reader.get('/rest/api/3/user', { accountId }, call));
    return {
      name: cleanText(user.displayName ?? accountId, 200),
      email: user.emailAddress === '' ? null : user.emailAddress,
      zone: user.timeZone === '' ? null : user.timeZone,
      kind: KINDS.get(user.accountType ?? '') ?? 'unknown',
    };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not-found') return null;
    throw error;
  }
}
