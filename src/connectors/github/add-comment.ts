import { z } from 'zod';
import type { Effect, Operation, WriteCall, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { plainMarkdown } from '../plain-markdown.ts';
import { expectShape } from '../rest-shape.ts';
import type { GithubSender } from './client.ts';
import { ownerAndRepo, paramOf } from './client.ts';
import { ItemNumber, RepoName } from './payload.ts';
import { Comments, Made, Page } from './rest.ts';
import { requireRepo } from './settings.ts';
import type { GithubSite } from './site.ts';

const PAGE_SIZE = 100;
const PAGES = 5;

const Input = z.object({
  repo: RepoName,
  number: ItemNumber,
  kind: z.enum(['issue', 'pull-request']).default('issue'),
  text: z
    .string()
    .min(1)
    .max(4_000)
    .refine(
      (text) => text.replace(/<!--[^]*?(?:-->|$)/g, '').trim() !== '',
      'nothing would be seen',
    ),
});

/** What writing takes; absent in simulation. */
export interface WriteAccess {
  readonly site: GithubSite;
  readonly writer: GithubSender;
  /** The number of our own account. Throws a `Failure`. */
  readonly own: (call: WriteCall) => Promise<string>;
}

/** What marks a comment as the work of one action; nobody sees it on the page. */
function markerOf(id: string): string {
  return `<!-- pm-agent:${id} -->`;
}

/** `github.add-comment`: always declared, so that it can be judged; able to act only with write access. */
export function addComment(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Input> = {
    name: 'github.add-comment',
    summary: 'Add a comment in plain text to an issue or a pull request.',
    effect: 'write',
    input: Input,
    preview: ({ repo, number, text }) =>
      `Comment on ${repo}#${number}: ${titleOf(text).slice(0, 80)}`,
    target: ({ repo, number, kind }) => `github:${kind}:${repo}#${number}`,
    reaches: () => ({ audience: 'item', system: 'github', id: null }),
    words: ({ text }) => text,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: (input, call) => send(access, input, call),
      find: (input, call) => find(access, input, call),
    },
  });
}

type Given = z.infer<typeof Input>;

async function send({ site, writer }: WriteAccess, input: Given, call: WriteCall): Promise<Effect> {
  const { repo, number, text } = input;
  requireRepo(repo, site.settings.repos);
  const body = `${plainMarkdown(text)}\n\n${markerOf(call.marker)}`;
  const params = { ...ownerAndRepo(repo), issue_number: number, body };
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const made = expectShape(Made, await writer.send(route, params, call));
  return { id: made.id, url: made.html_url };
}

/** The comments are listed oldest first; ours is a late one, so the search begins at the end. */
async function find(access: WriteAccess, input: Given, call: WriteCall): Promise<Effect | null> {
  const { repo, number } = input;
  requireRepo(repo, access.site.settings.repos);
  const own = await access.own(call);
  const path = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
  const names = { ...ownerAndRepo(repo), issue_number: number, per_page: PAGE_SIZE };
  const read = (page: number): ReturnType<GithubSite['reader']['get']> =>
    access.site.reader.get(path, { ...names, page }, call);
  const first = await read(1);
  const last = Number((first.last === null ? null : paramOf(first.last, 'page')) ?? 1);
  for (let page = last; page > 0; page -= 1) {
    if (last - page >= PAGES) throw tooMany(repo, number);
    const { data } = page === 1 ? first : await read(page);
    const ours = markedIn(data, { own, marker: markerOf(call.marker) });
    if (ours !== null) return ours;
  }
  return null;
}

// "Not there" would allow a second comment; so many comments since the first one are for a person to look at.
function tooMany(repo: string, number: number): Failure {
  return new Failure('too-large', `${repo}#${number} has too many comments to look for ours.`);
}

// A marker that somebody else copied is not ours.
function markedIn(page: unknown, wanted: { own: string; marker: string }): Effect | null {
  const comments = expectShape(Comments, page);
  const ours = comments.find(
    ({ user, body }) => user?.id === wanted.own && body?.includes(wanted.marker) === true,
  );
  if (ours !== undefined) return { id: ours.id, url: ours.html_url };
  if (comments.length === expectShape(Page, page).length) return null;
  throw new Failure('bad-answer', 'Some comments could not be read; ours may be among them.');
}
