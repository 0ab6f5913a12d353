import { z } from 'zod';
import type { Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import { listChecks } from './list-checks.ts';
import { latestComments, latestReviews } from './lists.ts';
import { ItemNumber, RepoName } from './payload.ts';
import { Commits, Files } from './rest.ts';
import { searchIssues } from './search.ts';
import type { GithubSite } from './site.ts';
import { CommentView, commentView, IssueView, issueView, PullView, pullView } from './views.ts';

const Place = z.object({ repo: RepoName, number: ItemNumber });
const Limited = Place.extend({ limit: z.int().min(1).max(100).default(50) });

function pullSubject({ repo, number }: z.infer<typeof Place>): string {
  return `github:pull-request:${repo}#${number}`;
}

/** All that may be read of GitHub. */
export function githubReads(site: GithubSite): readonly Operation[] {
  return [
    getIssue(site),
    getPullRequest(site),
    listReviews(site),
    listFiles(site),
    listChecks(site),
    listCommits(site),
    searchIssues(site),
    listComments(site),
  ];
}

function getIssue(site: GithubSite): Operation {
  return defineRead({
    name: 'github.get-issue',
    summary: 'Read an issue: its text, state, labels and assignees.',
    effect: 'read',
    input: Place,
    output: IssueView,
    about: ({ repo, number }) => `github:issue:${repo}#${number}`,
    preview: ({ repo, number }) => `Read issue ${repo}#${number}`,
    run: async ({ repo, number }, call) => issueView(repo, await site.issue(repo, number, call)),
  });
}

function getPullRequest(site: GithubSite): Operation {
  return defineRead({
    name: 'github.get-pull-request',
    summary: 'Read a pull request: its text, state, branches and requested reviewers.',
    effect: 'read',
    input: Place,
    output: PullView,
    about: pullSubject,
    preview: ({ repo, number }) => `Read pull request ${repo}#${number}`,
    run: async ({ repo, number }, call) => pullView(repo, await site.pull(repo, number, call)),
  });
}

function listReviews(site: GithubSite): Operation {
  return defineRead({
    name: 'github.list-reviews',
    summary:
      'List the latest reviews of a pull request, oldest first, with the commit they were made for.',
    effect: 'read',
    input: Limited,
    output: z.object({
      reviews: z.array(
        z.object({
          id: z.string(),
          author: z.string(),
          state: z.string(),
          text: z.string().nullable(),
          commit: z.string().nullable(),
          at: z.string().nullable(),
          url: z.string().nullable(),
        }),
      ),
    }),
    about: pullSubject,
    preview: ({ repo, number }) => `Read the reviews of ${repo}#${number}`,
    run: async ({ repo, number, limit }, call) => {
      const reviews = await latestReviews(site, { repo, number }, { limit, call });
      return {
        reviews: reviews.map((review) => ({
          id: review.id,
          author: review.user?.login ?? 'ghost',
          state: review.state,
          text: review.body === null ? null : cleanText(review.body),
          commit: review.commit_id,
          at: typeof review.submitted_at === 'string' ? review.submitted_at : null,
          url: review.html_url,
        })),
      };
    },
  });
}

function listFiles(site: GithubSite): Operation {
  const File = z.object({
    name: z.string(),
    status: z.string().nullable(),
    additions: z.int(),
    deletions: z.int(),
  });
  return defineRead({
    name: 'github.list-files',
    summary: 'List the files that a pull request changes, at most 100.',
    effect: 'read',
    input: Limited,
    output: z.object({ files: z.array(File) }),
    about: pullSubject,
    preview: ({ repo, number }) => `Read the changed files of ${repo}#${number}`,
    run: async ({ repo, number, limit }, call) => {
      const params = { pull_number: number, per_page: limit };
      const files = await site.read(repo, '/pulls/{pull_number}/files', { params, call });
      return {
        files: expectShape(Files, files).map((file) => ({
          name: cleanText(file.filename, 500),
          status: file.status,
          additions: file.additions,
          deletions: file.deletions,
        })),
      };
    },
  });
}

function listCommits(site: GithubSite): Operation {
  const Commit = z.object({
    sha: z.string(),
    message: z.string(),
    author: z.string().nullable(),
    at: z.string().nullable(),
  });
  return defineRead({
    name: 'github.list-commits',
    summary: 'List the commits of a pull request, oldest first, at most 100.',
    effect: 'read',
    input: Limited,
    output: z.object({ commits: z.array(Commit) }),
    about: pullSubject,
    preview: ({ repo, number }) => `Read the commits of ${repo}#${number}`,
    run: async ({ repo, number, limit }, call) => {
      const params = { pull_number: number, per_page: limit };
      const commits = await site.read(repo, '/pulls/{pull_number}/commits', { params, call });
      return {
        commits: expectShape(Commits, commits).map(({ sha, commit, author }) => ({
          sha,
          message: cleanText(commit.message, 2_000),
          author: author?.login ?? commit.author?.name ?? null,
          at: commit.author?.date ?? null,
        })),
      };
    },
  });
}

function listComments(site: GithubSite): Operation {
  return defineRead({
    name: 'github.list-comments',
    summary: 'List the latest comments of an issue or pull request, oldest first.',
    effect: 'read',
    input: Limited.extend({ kind: z.enum(['issue', 'pull-request']).default('issue') }),
    output: z.object({ comments: z.array(CommentView) }),
    about: ({ repo, number, kind }) => `github:${kind}:${repo}#${number}`,
    preview: ({ repo, number }) => `Read the comments of ${repo}#${number}`,
    run: async ({ repo, number, limit }, call) => {
      const comments = await latestComments(site, { repo, number }, { limit, call });
      return { comments: comments.map(commentView) };
    },
  });
}
