import type { Talk } from '../../domain/connector.ts';
import { subjectParts } from '../../domain/subject.ts';

/** An application cannot be mentioned in Sentry; what addresses the agent by name is answered by a comment. */
export const sentryTalk: Talk = {
  addresses: () => false,
  reply: (event, text) => {
    const { system, kind, id } = subjectParts(event.subject);
    if (system !== 'sentry' || kind !== 'issue' || !event.kind.startsWith('comment.')) return null;
    return { operation: 'sentry.add-comment', input: { issue: id, text } };
  },
};
