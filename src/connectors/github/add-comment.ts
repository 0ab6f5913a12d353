import { z } from 'zod';
import type {
  Effect,
  Operation,
  OwnEffect,
  WriteCall,
  WriteOperation,
} from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import { plainMarkdown } from '../plain-markdown.ts';
import { expectShape } from '../rest-shape.ts';
import type { GithubSender } from './client.ts';
import { ownerAndRepo, paramOf } from './client.ts';
import { ItemNumber, RepoName } from './payload.ts';
import type { Comment } from './payload.ts';
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

const MARKED = /<!-- pm-agent:([\w-]{1,80}) -->\s*$/;

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
      ours: (input, since, call) => Array.fromAsync(ownComments(access, { input, since }, call)),
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

async function find(access: WriteAccess, input: Given, call: WriteCall): Promise<Effect | null> {
  for await (const { id, url, marker } of ownComments(access, { input, since: 0 }, call)) {
    if (marker === call.marker) return { id, url };
  }
  return null;
}

interface Wanted {
  readonly input: Given;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** Our comments that bear a marker. They are listed oldest first; ours is a late one, so the search begins at the end. */
async function* ownComments(
  access: WriteAccess,
  { input, since }: Wanted,
  call: WriteCall,
): AsyncGenerator<OwnEffect> {
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
    const comments = expectShape(Comments, data);
    const fresh = comments.filter(({ created_at: at }) => (instantOf(at) ?? since) >= since);
    yield* fresh.reverse().flatMap((comment) => markedBy(own, comment));
    if (comments.length !== expectShape(Page, data).length) {
      throw new Failure('bad-answer', 'Some comments could not be read; ours may be among them.');
    }
    if (fresh.length < comments.length) return;
  }
}

// A marker that somebody else copied is not ours.
function markedBy(
  own: string,
  { id, user, body, html_url: url, created_at: at }: Comment,
): OwnEffect[] {
  const marker = MARKED.exec(body ?? '')?.[1];
  if (marker === undefined || user?.id !== own) return [];
  return [{ id, url, marker, at: instantOf(at) }];
}

// "Not there" would allow a second comment; so many comments since the first one are for a person to look at.
function tooMany(repo: string, number: number): Failure {
  return new Failure('too-large', `${repo}#${number} has too many comments to look for ours.`);
}
