import { z } from 'zod';
import type { Effect, Operation, WriteCall, WriteOperation } from '../../domain/connector.ts';
import { defineWrite } from '../../domain/connector.ts';
import type { WriteAccess } from './add-comment.ts';
import type { IssuePatch } from './client.ts';
import { assigneeId } from './error-event.ts';
import { IssueId } from './issue-id.ts';
import { issueUrl } from './settings.ts';
import type { WatchedIssue } from './site.ts';

const Assign = z.object({
  issue: IssueId,
  /** `null`: to nobody. */
  assignee: z
    .string()
    .regex(/^(?:user|team):\d{1,20}$/, 'not user:ID or team:ID')
    .nullable(),
});

/** `sentry.assign-issue`: an issue is given to a user or a team, or taken from them. */
export function assignIssue(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Assign> = {
    name: 'sentry.assign-issue',
    summary: 'Assign an error to user:ID or team:ID; null takes the assignee away.',
    effect: 'write',
    input: Assign,
    preview: ({ issue, assignee }) => `Assign error #${issue} to ${assignee ?? 'nobody'}`,
    target: ({ issue }) => `sentry:issue:${issue}`,
  };
  if (access === null) return defineWrite(declared);
  const setter = setterOf(access);
  return defineWrite({
    ...declared,
    write: {
      run: ({ issue, assignee }, call) =>
        setter.send({ issue, patch: { assignedTo: assignee ?? '' } }, call),
      find: (input, call) =>
        setter.find(input.issue, call, (issue) => assigneeId(issue.assignedTo) === input.assignee),
    },
  });
}

const Resolve = z.object({ issue: IssueId, when: z.enum(['now', 'next-release']).default('now') });

/** `sentry.resolve-issue`: asks a person in every mode, since a resolved error is looked at by nobody until it comes back. */
export function resolveIssue(access: WriteAccess | null): Operation {
  const declared: WriteOperation<typeof Resolve> = {
    name: 'sentry.resolve-issue',
    summary: 'Mark an error as resolved, now or in the next release.',
    effect: 'write',
    asks: true,
    input: Resolve,
    preview: ({ issue, when }) => {
      return `Resolve error #${issue}${when === 'now' ? '' : ' in the next release'}`;
    },
    target: ({ issue }) => `sentry:issue:${issue}`,
  };
  if (access === null) return defineWrite(declared);
  const setter = setterOf(access);
  return defineWrite({
    ...declared,
    write: {
      run: ({ issue, when }, call) => {
        const status = when === 'now' ? 'resolved' : 'resolvedInNextRelease';
        return setter.send({ issue, patch: { status } }, call);
      },
      find: (input, call) =>
        setter.find(input.issue, call, ({ status, statusDetails }) => {
          const isLater = statusDetails?.inNextRelease === true;
          return status === 'resolved' && isLater === (input.when === 'next-release');
        }),
    },
  });
}

interface Setting {
  readonly issue: string;
  readonly patch: IssuePatch;
}

/** Sets a state and reads it back. An effect is the issue itself: a state has no number. */
function setterOf({ site, writer }: WriteAccess) {
  const effectOf = ({ id, permalink }: WatchedIssue): Effect => {
    return { id, url: issueUrl(site.settings, id, permalink) };
  };
  return {
    send: async ({ issue, patch }: Setting, call: WriteCall): Promise<Effect> => {
      const before = await site.issue(issue, call);
      await writer.updateIssue(issue, patch, call);
      return effectOf(before);
    },
    find: async (
      id: string,
      call: WriteCall,
      isDone: (issue: WatchedIssue) => boolean,
    ): Promise<Effect | null> => {
      const issue = await site.issue(id, call);
      return isDone(issue) ? effectOf(issue) : null;
    },
  };
}
