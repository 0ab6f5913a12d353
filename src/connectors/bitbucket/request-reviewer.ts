import { z } from 'zod';
import type { Effect, Operation, WriteCall, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape } from '../rest-shape.ts';
import type { WriteAccess } from './comment-operations.ts';
import { PullRequest } from './payload.ts';
import { isUser } from './person.ts';
import { PullRequestName, pullRequestSubject, requireWatched } from './repository.ts';
import type { Workspace } from './workspace.ts';

const Input = PullRequestName.extend({
  reviewer: z
    .string()
    .regex(/^(\{[0-9A-Za-z-]{1,60}\}|[A-Za-z0-9:_-]{1,128})$/)
    .describe('Atlassian account id, or uuid in braces'),
});

/** `bitbucket.request-reviewer`: a person decides in every mode, because it asks for somebody's time. */
export function requestReviewer(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Input> = {
    name: 'bitbucket.request-reviewer',
    summary: 'Ask an account to review an open pull request. The other reviewers stay.',
    effect: 'write',
    asks: true,
    input: Input,
    preview: ({ repository, pullRequest, reviewer }) =>
      `Ask ${reviewer} to review ${repository}#${pullRequest}`,
    target: ({ repository, pullRequest }) => pullRequestSubject(repository, pullRequest),
  };
  if (access === null) return defineWrite(declared);
  return defineWrite({
    ...declared,
    write: {
      run: (input, call) => send(access, input, call),
      find: async (input, call) => {
        const pullRequest = await access.workspace.pullRequest(input, call);
        return isReviewer(pullRequest, input.reviewer) ? effectOf(pullRequest) : null;
      },
    },
  });
}

// Setting the reviewers replaces them all: so the list is read, and the new one is put behind the others.
async function send(
  access: WriteAccess,
  input: z.infer<typeof Input>,
  call: WriteCall,
): Promise<Effect> {
  const { workspace, writer } = access;
  requireWatched(input.repository, workspace.watched);
  const now = await workspace.pullRequest(input, call);
  if (isReviewer(now, input.reviewer)) return effectOf(now);
  if (now.state !== 'OPEN') throw new Failure('conflict', 'The pull request is not open any more.');
  if (isUser(now.author, [input.reviewer])) {
    throw new Failure('refused', 'Nobody reviews a pull request of their own.');
  }
  const uuids = now.reviewers.map((user) => user?.uuid ?? null);
  if (uuids.includes(null)) {
    throw new Failure('bad-answer', 'A reviewer has no uuid; setting the list would lose them.');
  }
  const added = await uuidOf(workspace, input.reviewer, call);
  const reviewers = [...uuids.filter((uuid) => uuid !== null), added].map((uuid) => ({ uuid }));
  const answer = await writer.setReviewers(input, { title: now.title ?? '', reviewers }, call);
  return effectOf(expectShape(PullRequest, answer));
}

async function uuidOf(workspace: Workspace, id: string, call: WriteCall): Promise<string> {
  if (id.startsWith('{')) return id;
  const user = await workspace.user(id, call);
  if (user === null || user.uuid === null)
    throw new Failure('not-found', 'There is no such account in Bitbucket.');
  return user.uuid;
}

function isReviewer(pullRequest: PullRequest, id: string): boolean {
  return pullRequest.reviewers.some((user) => isUser(user, [id]));
}

function effectOf(pullRequest: PullRequest): Effect {
  return { id: pullRequest.id, url: pullRequest.links?.html?.href ?? null };
}
