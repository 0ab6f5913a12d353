import { z } from 'zod';
import type { Reach } from '../../domain/action.ts';
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
import type { BitbucketWriter } from './client.ts';
import { markerIn, withMarker, withoutMarkers } from './marker.ts';
import { Comment } from './payload.ts';
import { isUser } from './person.ts';
import { PullRequestName, pullRequestSubject, requireWatched } from './repository.ts';
import type { Workspace } from './workspace.ts';

const TextInput = z
  .string()
  .min(1)
  .max(4_000)
  .refine((text) => withoutMarkers(text).trim() !== '', 'nothing would be seen');

const AddInput = PullRequestName.extend({ text: TextInput });
const ReplyInput = AddInput.extend({
  comment: z
    .string()
    .regex(/^\d{1,15}$/)
    .describe('the number of the comment that is answered'),
});

/** What writing takes; absent in simulation. */
export interface WriteAccess {
  readonly workspace: Workspace;
  readonly writer: BitbucketWriter;
}

const READERS: Reach = { audience: 'item', system: 'bitbucket', id: null };

/** `bitbucket.add-comment`: always declared, so that it can be judged; able to act only with write access. */
export function addComment(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof AddInput> = {
    name: 'bitbucket.add-comment',
    summary: 'Add a comment in plain text to a pull request.',
    effect: 'write',
    input: AddInput,
    preview: ({ repository, pullRequest, text }) =>
      `Comment on ${repository}#${pullRequest}: ${titleOf(text).slice(0, 80)}`,
    target: ({ repository, pullRequest }) => pullRequestSubject(repository, pullRequest),
    reaches: () => READERS,
    words: ({ text }) => text,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: (input, call) => send(access, input, call),
      find: (input, call) => find(access.workspace, input, call),
      ours: (input, since, call) => oursSince(access.workspace, { input, since }, call),
    },
  });
}

/** `bitbucket.reply-comment`: the same below a comment. */
export function replyComment(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof ReplyInput> = {
    name: 'bitbucket.reply-comment',
    summary: 'Answer a comment of a pull request in plain text, below that comment.',
    effect: 'write',
    input: ReplyInput,
    preview: ({ repository, pullRequest, comment, text }) =>
      `Answer comment ${comment} on ${repository}#${pullRequest}: ${titleOf(text).slice(0, 80)}`,
    target: ({ repository, pullRequest }) => pullRequestSubject(repository, pullRequest),
    reaches: () => READERS,
    words: ({ text }) => text,
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: (input, call) => send(access, input, call),
      find: (input, call) => find(access.workspace, input, call),
      ours: (input, since, call) => oursSince(access.workspace, { input, since }, call),
    },
  });
}

type Input = z.infer<typeof AddInput> & { readonly comment?: string };

async function send(access: WriteAccess, input: Input, call: WriteCall): Promise<Effect> {
  requireWatched(input.repository, access.workspace.watched);
  const body = {
    content: { raw: withMarker(plainMarkdown(withoutMarkers(input.text)), call.marker) },
    ...(input.comment === undefined ? {} : { parent: { id: Number(input.comment) } }),
  };
  const answer = await access.writer.addComment(input, body, call);
  return effectOf(expectShape(Comment, answer));
}

async function find(workspace: Workspace, input: Input, call: WriteCall): Promise<Effect | null> {
  const { found, complete } = await ownComments(workspace, input, call);
  const ours = found.find(({ marker }) => marker === call.marker);
  if (ours !== undefined) return { id: ours.id, url: ours.url };
  if (complete) return null;
  throw tooMany();
}

async function oursSince(
  workspace: Workspace,
  { input, since }: { readonly input: Input; readonly since: number },
  call: WriteCall,
): Promise<readonly OwnEffect[]> {
  const { found, complete } = await ownComments(workspace, input, call);
  if (!complete) throw tooMany();
  return found.filter(({ at }) => (at ?? since) >= since);
}

// "Not there" would allow a second comment; so many comments since the first one are for a person to look at.
function tooMany(): Failure {
  return new Failure('too-large', 'There are too many comments to look for one of ours.');
}

async function ownComments(
  workspace: Workspace,
  input: Input,
  call: WriteCall,
): Promise<{ readonly found: readonly OwnEffect[]; readonly complete: boolean }> {
  const self = await workspace.self(call);
  const { items, complete } = await workspace.comments(input, call);
  const found = items.flatMap((comment) => {
    const marker = markerIn(comment.content?.raw ?? '');
    // Anybody can write our marker: only what our own account wrote counts.
    const isOurs = isUser(comment.user, [self.account_id, self.uuid]);
    if (marker === null || !isOurs) return [];
    return [{ ...effectOf(comment), marker, at: instantOf(comment.created_on) }];
  });
  return { found, complete };
}

function effectOf(comment: Comment): Effect {
  return { id: comment.id, url: comment.links?.html?.href ?? null };
}
