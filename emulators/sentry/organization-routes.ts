import type { EmulatorReply } from '../http/emulator-server.ts';
import type { SentryCall, SentryRoute } from './sentry-call.ts';
import { paged, projectOf } from './sentry-call.ts';
import { notFound, SentryError } from './sentry-error.ts';
import { INTEGRATION } from './sentry-seed.ts';
import { memberShape, micros, projectShape, releaseShape, whoamiShape } from './sentry-shapes.ts';

const PROJECT = '/projects/:org/:project/';

/** The organisation, its projects and people, releases and committers. */
export const organizationRoutes: readonly SentryRoute[] = [
  { method: 'GET', pattern: '/', run: whoami },
  {
    method: 'GET',
    pattern: '/organizations/:org/projects/',
    scope: 'org:read',
    run: (call) => listOf(call, [...call.site.state.projects.values()].map(projectShape)),
  },
  {
    method: 'GET',
    pattern: '/organizations/:org/members/',
    scope: 'member:read',
    run: (call) => listOf(call, people(call).map(memberShape)),
  },
  {
    method: 'GET',
    pattern: '/organizations/:org/sentry-app-installations/',
    scope: 'org:read',
    run: (call) => listOf(call, [installation(call)]),
  },
  { method: 'GET', pattern: `${PROJECT}releases/`, scope: 'project:read', run: listReleases },
  {
    method: 'GET',
    pattern: `${PROJECT}events/:event/committers/`,
    scope: 'project:read',
    run: committers,
  },
];

function whoami({ account, scopes }: SentryCall): EmulatorReply {
  return { status: 200, json: whoamiShape(account, scopes) };
}

function listOf(call: SentryCall, items: readonly unknown[]): EmulatorReply {
  if (call.params['org'] !== call.site.state.organization) throw notFound();
  return paged(call, items);
}

// Users of integrations are no members.
function people({ site, account }: SentryCall) {
  return [...site.state.people.values()].filter(({ id }) => id !== account.id);
}

function installation({ site }: SentryCall) {
  return {
    app: { uuid: INTEGRATION.uuid, slug: INTEGRATION.slug },
    organization: { slug: site.state.organization },
    uuid: INTEGRATION.installation,
    status: 'installed',
  };
}

function listReleases(call: SentryCall): EmulatorReply {
  const { slug } = projectOf(call);
  const releases = call.site.state.releases.filter(({ project }) => project === slug);
  return paged(call, releases.toReversed().map(releaseShape));
}

function committers(call: SentryCall): EmulatorReply {
  const { slug } = projectOf(call);
  const { issues, releases, people: all } = call.site.state;
  const occurrence = [...issues.values()]
    .filter(({ row }) => row.project === slug)
    .flatMap(({ occurrences }) => occurrences)
    .find(({ id }) => id === call.params['event']);
  if (!occurrence) throw new SentryError(404, 'Event not found');
  const release = releases.find(({ version }) => version === occurrence.release);
  if (!release) throw new SentryError(404, 'Release not found');
  const found = release.commits.map((commit) => {
    const author = all.get(commit.author);
    return {
      author: { id: author?.id, name: author?.name, email: author?.email },
      commits: [
        {
          id: commit.id,
          message: commit.message,
          dateCreated: micros(commit.created),
          suspectCommitType: 'via commit in the release',
        },
      ],
    };
  });
  return { status: 200, json: { committers: found } };
}
