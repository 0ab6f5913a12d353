import type { Talk } from '../../domain/connector.ts';
import { subjectParts } from '../../domain/subject.ts';

/** People mention an account as `[~accountid:...]` and are answered by a comment on the issue. */
export const jiraTalk: Talk = {
  mentions: (text, account) => text.toLowerCase().includes(`[~accountid:${account.toLowerCase()}]`),
  reply: (event, text) => {
    const { system, kind, id } = subjectParts(event.subject);
    if (system !== 'jira' || kind !== 'issue') return null;
    return { operation: 'jira.add-comment', input: { issue: id, text } };
  },
};
