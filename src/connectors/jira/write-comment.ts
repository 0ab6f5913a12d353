import { z } from 'zod';
import type { Effect, Operation, OwnEffect, WriteCall } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import { bodyText } from './adf.ts';
import { IssueKey, requireWatched } from './issue-key.ts';
import type { RestComment } from './rest.ts';
import { CommentPage, Made, RestComment as CommentShape } from './rest.ts';
import { browseUrl } from './settings.ts';
import { plainText, textToAdf } from './text-to-adf.ts';
import type { WriteAccess } from './write-access.ts';
import { issueTarget, ITEM_READERS, writing } from './write-access.ts';

const PAGES = 5;
const PAGE_SIZE = 100;

/** The comment property that tells our own comments and finds them again after a crash. */
const MARKER_PROPERTY = 'pm-agent.action';

const Text = z
  .string()
  .min(1)
  .max(4_000)
  .refine((text) => plainText(text).trim() !== '', 'nothing would be seen');

const NewInput = z.object({ issue: IssueKey, text: Text });

/** `jira.add-comment`: found again by a property of the comment. */
export function addComment(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.add-comment',
      summary: 'Add a comment in plain text to an issue. Markdown and links are not rendered.',
      effect: 'write',
      input: NewInput,
      preview: ({ issue, text }) => `Comment on ${issue}: ${titleOf(text).slice(0, 80)}`,
      target: issueTarget,
      reaches: () => ITEM_READERS,
      words: ({ text }) => text,
    },
    access,
    (given) => ({
      run: (input, call) => send(given, input, call),
      find: (input, call) => findMarked(given, input.issue, call),
      ours: ({ issue }, since, call) => Array.fromAsync(ownComments(given, { issue, since }, call)),
    }),
  );
}

async function send(
  { site, writer }: WriteAccess,
  { issue, text }: z.infer<typeof NewInput>,
  call: WriteCall,
): Promise<Effect> {
  requireWatched(issue, site.settings.projects);
  const properties = [{ key: MARKER_PROPERTY, value: { id: call.marker } }];
  const answer = await writer.addComment(issue, { body: textToAdf(text), properties }, call);
  const { id } = expectShape(Made, answer);
  return { id, url: browseUrl(site.settings, issue, id) };
}

async function findMarked(
  access: WriteAccess,
  issue: string,
  call: WriteCall,
): Promise<Effect | null> {
  for await (const { id, url, marker } of ownComments(access, { issue, since: 0 }, call)) {
    if (marker === call.marker) return { id, url };
  }
  return null;
}

interface Wanted {
  readonly issue: string;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** Our comments that bear a marker, newest first. */
async function* ownComments(
  access: WriteAccess,
  { issue, since }: Wanted,
  call: WriteCall,
): AsyncGenerator<OwnEffect> {
  const { site } = access;
  requireWatched(issue, site.settings.projects);
  let startAt = 0;
  for (let page = 0; page < PAGES; page += 1) {
    const query = { orderBy: '-created', expand: 'properties', startAt, maxResults: PAGE_SIZE };
    const answer = await site.reader.get(`/rest/api/3/issue/${issue}/comment`, query, call);
    const { comments, seen, total } = expectShape(CommentPage, answer);
    const isNew = ({ created }: RestComment) => (instantOf(created) ?? since) >= since;
    const ours = await ourMarked(access, comments.filter(isNew), call);
    for (const { id, created, marker } of ours) {
      yield { id, url: browseUrl(site.settings, issue, id), marker, at: instantOf(created) };
    }
    startAt += seen;
    if (seen === 0 || startAt >= (total ?? Infinity) || !comments.every(isNew)) return;
  }
  // "Not there" would allow a second comment; so many comments since the first one are for a person to look at.
  throw new Failure('too-large', `${issue} has too many comments to look for one of ours.`);
}

// Whoever may edit comments can copy a marker: only a comment of our own account counts.
async function ourMarked(
  { site }: WriteAccess,
  comments: readonly RestComment[],
  call: WriteCall,
): Promise<readonly (RestComment & { readonly marker: string })[]> {
  const marked = comments.flatMap((comment) => {
    const marker = comment.properties.map(markerOf).find((one) => one !== null) ?? null;
    return marker === null ? [] : [{ ...comment, marker }];
  });
  if (marked.length === 0) return [];
  const us = await site.ourId(call);
  return marked.filter(({ author }) => author?.accountId === us);
}

function markerOf(property: { key: string; value?: unknown }): string | null {
  const { key, value } = property;
  if (key !== MARKER_PROPERTY || typeof value !== 'object' || value === null) return null;
  const marker: unknown = Object.hasOwn(value, 'id') ? Reflect.get(value, 'id') : null;
  return typeof marker === 'string' ? marker : null;
}

const EditInput = z.object({
  issue: IssueKey,
  comment: z.string().regex(/^\d{1,20}$/, 'not the id of a comment'),
  text: Text,
});

/** `jira.edit-comment`: only what we wrote ourselves; found again by what the comment says. */
export function editComment(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.edit-comment',
      summary: 'Replace the text of a comment that we wrote ourselves.',
      effect: 'write',
      input: EditInput,
      preview: ({ issue, text }) => `Edit our comment on ${issue}: ${titleOf(text).slice(0, 80)}`,
      target: issueTarget,
      reaches: () => ITEM_READERS,
      words: ({ text }) => text,
    },
    access,
    (given) => ({
      run: async (input, call) => {
        await ownComment(given, input, call);
        await given.writer.editComment(input, textToAdf(input.text), call);
        return {
          id: input.comment,
          url: browseUrl(given.site.settings, input.issue, input.comment),
        };
      },
      find: async (input, call) => {
        const comment = await ownComment(given, input, call);
        if (bodyText(comment.body) !== bodyText(textToAdf(input.text))) return null;
        return { id: comment.id, url: browseUrl(given.site.settings, input.issue, comment.id) };
      },
    }),
  );
}

async function ownComment(
  { site }: WriteAccess,
  { issue, comment }: z.infer<typeof EditInput>,
  call: WriteCall,
): Promise<RestComment> {
  requireWatched(issue, site.settings.projects);
  const path = `/rest/api/3/issue/${issue}/comment/${comment}`;
  const found = expectShape(CommentShape, await site.reader.get(path, {}, call));
  if (found.author?.accountId !== (await site.ourId(call))) {
    throw new Failure('denied', `Comment ${comment} on ${issue} is not ours.`);
  }
  return found;
}
