import type { Call, Grant, Identity, Profile } from '../../domain/connector.ts';
import { Failure, isRetryable } from '../../domain/failure.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import type { SentryReader } from './client.ts';
import { Installations, Members, Whoami } from './rest.ts';
import type { SentrySite } from './site.ts';

const NEEDED: readonly (readonly [string, string])[] = [
  ['event:read', 'to read errors'],
  ['event:write', 'to comment on errors, assign and resolve them'],
  ['project:read', 'to read projects'],
  ['project:releases', 'to read releases and suspect commits'],
  ['org:read', 'to read the organisation and its installations'],
  ['member:read', 'to know who is who'],
];

/** Whose token it is: Sentry tells at the root of its API. Throws a `Failure`. */
export async function whoami(reader: SentryReader, call: Call): Promise<Whoami> {
  return expectShape(Whoami, await reader.get('/', {}, call));
}

/**
 * Who we are. In webhooks our deeds bear the id of the integration, over REST that of its user: the latter is the
 * account, the former an alias. Throws a `Failure`.
 */
export async function checkSentry(site: SentrySite, call: Call): Promise<Identity> {
  const { user, auth } = await whoami(site.reader, call);
  // An organisation that cannot be seen would make every later call fail.
  await site.projects(call);
  const grants = grantsOf(auth === null ? null : auth.scopes);
  if (user === null) {
    throw new Failure('unauthorized', 'Sentry does not tell whose token it is.', {
      fix: 'Use a token of an internal integration.',
    });
  }
  const aliases = await integrationsOf(site, user.username ?? '', call);
  const name = cleanText(user.name ?? user.id, 200);
  return { accountId: user.id, name, aliases, grants, clockSkewMs: site.reader.skewMs() };
}

function grantsOf(scopes: readonly string[] | null): Grant[] {
  return NEEDED.map(([name, note]) => ({
    name,
    note,
    held: scopes === null ? null : holds(scopes, name),
  }));
}

const LARGER = new Map([
  ['event:read', ['event:write', 'event:admin']],
  ['event:write', ['event:admin']],
  ['project:read', ['project:write', 'project:admin']],
  ['project:releases', ['project:read', 'project:write', 'project:admin']],
  ['org:read', ['org:write', 'org:admin']],
  ['member:read', ['member:write', 'member:admin']],
]);

function holds(scopes: readonly string[], name: string): boolean {
  return [name, ...(LARGER.get(name) ?? [])].some((scope) => scopes.includes(scope));
}

// The user of an integration is called after it. Where that tells nothing, a single installation can only be ours.
async function integrationsOf(site: SentrySite, username: string, call: Call): Promise<string[]> {
  const path = `/organizations/${site.reader.organization}/sentry-app-installations/`;
  try {
    const apps = (await site.everyPage(path, Installations, call)).map(({ app }) => app);
    const named = apps.filter(({ slug }) => username === slug || username.startsWith(`${slug}-`));
    const ours = named.length > 0 ? named : apps.length === 1 ? apps : [];
    return [...new Set(ours.map(({ uuid }) => uuid))];
  } catch (error) {
    // Without the right to list them, the webhooks of our own deeds are known by our marker only.
    if (error instanceof Failure && !isRetryable(error)) return [];
    throw error;
  }
}

/** A member of the organisation, or an application; `null` when there is none. Throws a `Failure`. */
export async function profileOf(
  site: SentrySite,
  accountId: string,
  call: Call,
): Promise<Profile | null> {
  if (!/^\d{1,20}$/.test(accountId)) return null;
  const path = `/organizations/${site.reader.organization}/members/`;
  const members = await site.everyPage(path, Members, call);
  const member = members.find(({ user }) => user?.id === accountId);
  if (member === undefined) return null;
  const name = cleanText(member.user?.name || member.name || accountId, 200);
  const email = member.user?.email || member.email || null;
  // A name that is an address says no more than the address.
  return { name, email, zone: null, kind: 'person' };
}
