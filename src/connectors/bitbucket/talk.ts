import type { Talk } from '../../domain/connector.ts';
import { subjectParts } from '../../domain/subject.ts';

const PLACE = /^([^/]+\/[^/]+)\/(\d{1,15})$/;

/** People mention an account as `@{account id}` and are answered in the thread of their comment. */
export const bitbucketTalk: Talk = {
  addresses: ({ text }, ours) =>
    ours.some((id) => text?.toLowerCase().includes(`@{${id.toLowerCase().replace(/[{}]/g, '')}}`)),
  reply: (event, text) => {
    const { system, kind, id } = subjectParts(event.subject);
    const [, repository, pullRequest] = PLACE.exec(id) ?? [];
    if (system !== 'bitbucket' || kind !== 'pull-request' || repository === undefined) return null;
    const place = { repository, pullRequest: Number(pullRequest) };
    const comment = event.message?.split('/').at(-1);
    if (!event.kind.startsWith('comment.') || comment === undefined) {
      return { operation: 'bitbucket.add-comment', input: { ...place, text } };
    }
    return { operation: 'bitbucket.reply-comment', input: { ...place, comment, text } };
  },
};
