import { z } from 'zod';
import type { Call, Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import { IssueId, ProjectSlug, requireWatched } from './issue-id.ts';
import { ErrorEvents, Releases } from './rest.ts';
import { searchIssues } from './search.ts';
import type { SentrySite } from './site.ts';
import { issuePath } from './site.ts';
import { suspectsOf } from './suspects.ts';
import { EventView, eventView, IssueLine, issueLine, NoteView, noteViews } from './views.ts';
import { StepView, stepViews } from './views.ts';

const LATEST = 20;

const Limit = z.int().min(1).max(100).default(25);

/** All that may be read of Sentry. */
export function sentryReads(site: SentrySite): readonly Operation[] {
  return [
    getIssue(site),
    getLatestEvent(site),
    listEvents(site),
    listReleases(site),
    listSuspectCommits(site),
    search(site),
  ];
}

function subjectOf({ issue }: { readonly issue: string }): string {
  return `sentry:issue:${issue}`;
}

const IssueView = IssueLine.extend({
  firstRelease: z.string().nullable(),
  lastRelease: z.string().nullable(),
  comments: z.array(NoteView),
  activity: z.array(StepView),
});

function getIssue(site: SentrySite): Operation {
  return defineRead({
    name: 'sentry.get-issue',
    summary: 'Read an error: its state, counts, newest comments and newest changes.',
    effect: 'read',
    input: z.object({ issue: IssueId }),
    output: IssueView,
    about: subjectOf,
    preview: ({ issue }) => `Read error #${issue}`,
    run: async ({ issue: id }, call) => {
      const issue = await site.issue(id, call);
      return {
        ...issueLine(site.settings, issue),
        firstRelease: issue.firstRelease?.version ?? null,
        lastRelease: issue.lastRelease?.version ?? null,
        comments: noteViews(issue.activity).slice(0, LATEST),
        activity: stepViews(issue.activity).slice(0, LATEST),
      };
    },
  });
}

function getLatestEvent(site: SentrySite): Operation {
  return defineRead({
    name: 'sentry.get-latest-event',
    summary:
      'Read the newest occurrence of an error: exceptions, the innermost frames, release and environment.',
    effect: 'read',
    input: z.object({ issue: IssueId }),
    output: z.object({ event: EventView.nullable() }),
    about: subjectOf,
    preview: ({ issue }) => `Read the newest occurrence of error #${issue}`,
    run: async ({ issue }, call) => {
      await site.issue(issue, call);
      const event = await site.latestEvent(issue, call);
      return { event: event === null ? null : eventView(event) };
    },
  });
}

function listEvents(site: SentrySite): Operation {
  return defineRead({
    name: 'sentry.list-events',
    summary: 'List the occurrences of an error, newest first.',
    effect: 'read',
    input: z.object({ issue: IssueId, limit: Limit }),
    output: z.object({ events: z.array(EventView) }),
    about: subjectOf,
    preview: ({ issue }) => `List the occurrences of error #${issue}`,
    run: async ({ issue, limit }, call) => {
      await site.issue(issue, call);
      const path = `${issuePath(site.reader, issue)}events/`;
      const { body } = await site.reader.page(path, { per_page: limit }, call);
      return { events: expectShape(ErrorEvents, body).slice(0, limit).map(eventView) };
    },
  });
}

const ReleaseView = z.object({
  version: z.string(),
  created: z.string().nullable(),
  released: z.string().nullable(),
  commits: z.int().nullable(),
  newErrors: z.int().nullable(),
});

function listReleases(site: SentrySite): Operation {
  return defineRead({
    name: 'sentry.list-releases',
    summary: 'List the releases of a project, newest first.',
    effect: 'read',
    input: z.object({ project: ProjectSlug, limit: Limit }),
    output: z.object({ releases: z.array(ReleaseView) }),
    preview: ({ project }) => `List the releases of ${project}`,
    run: async ({ project, limit }, call) => {
      requireWatched(project, site.settings.projects);
      const path = `/projects/${site.reader.organization}/${project}/releases/`;
      const { body } = await site.reader.page(path, { per_page: limit }, call);
      const releases = expectShape(Releases, body).slice(0, limit);
      return {
        releases: releases.map((release) => ({
          version: titleOf(release.version),
          created: release.dateCreated,
          released: release.dateReleased,
          commits: release.commitCount,
          newErrors: release.newGroups,
        })),
      };
    },
  });
}

const CommitView = z.object({
  id: z.string(),
  author: z.string(),
  message: z.string(),
  at: z.string().nullable(),
  why: z.string().nullable(),
});
type CommitView = z.infer<typeof CommitView>;

function listSuspectCommits(site: SentrySite): Operation {
  return defineRead({
    name: 'sentry.list-suspect-commits',
    summary: 'List the commits that Sentry suspects of an error, by its newest occurrence.',
    effect: 'read',
    input: z.object({ issue: IssueId }),
    output: z.object({ commits: z.array(CommitView) }),
    about: subjectOf,
    preview: ({ issue }) => `List the suspect commits of error #${issue}`,
    run: async ({ issue }, call) => ({ commits: await suspectCommits(site, issue, call) }),
  });
}

async function suspectCommits(site: SentrySite, id: string, call: Call): Promise<CommitView[]> {
  const { project } = await site.issue(id, call);
  const event = await site.latestEvent(id, call);
  if (event === null) return [];
  const suspects = await suspectsOf(site, { project: project.slug, event: event.eventID }, call);
  return suspects.map(({ author, commit }) => ({
    id: titleOf(commit.id),
    author: titleOf(author?.name ?? 'unknown'),
    message: titleOf(commit.message ?? ''),
    at: commit.dateCreated,
    why: commit.suspectCommitType,
  }));
}

function search(site: SentrySite): Operation {
  return defineRead({
    name: 'sentry.search-issues',
    summary:
      'Search errors of the watched projects in the query language of Sentry, e.g. "is:unresolved level:fatal". An empty query is all of them.',
    effect: 'read',
    input: z.object({
      query: z.string().max(1_000),
      project: ProjectSlug.optional(),
      sort: z.enum(['date', 'new', 'freq', 'user']).default('date'),
      limit: Limit,
    }),
    output: z.object({ issues: z.array(IssueLine), complete: z.boolean() }),
    preview: ({ query }) => titleOf(`Search Sentry for ${query === '' ? 'all errors' : query}`),
    run: (input, call) => searchIssues(site, input, call),
  });
}
