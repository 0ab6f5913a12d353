import type { Talk } from '../../domain/connector.ts';
import { subjectParts } from '../../domain/subject.ts';

/** People mention an account as `[~accountid:...]` and are answered by a comment on the issue. */
export const jiraTalk: Talk = {
  addresses: ({ text }, ours) =>
    ours.some((id) => text?.toLowerCase().includes(`[~accountid:${id.toLowerCase()}]`) === true),
  reply: (event, text) => {
    const { system, kind, id } = subjectParts(event.subject);
    if (system !== 'jira' || kind !== 'issue') return null;
    return { operation: 'jira.add-comment', input: { issue: id, text } };
  },
};
