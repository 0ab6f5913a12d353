import type { Talk } from '../../domain/connector.ts';
import { subjectParts } from '../../domain/subject.ts';

/** People mention us as `<@U...>` or write to us directly, and are answered in the thread. */
export const slackTalk: Talk = {
  addresses: (event, ours) => {
    if (event.kind === 'message.posted' && event.scope?.startsWith('D') === true) return true;
    const text = event.text ?? '';
    return ours.some((id) => text.includes(`<@${id}>`) || text.includes(`<@${id}|`));
  },
  reply: (event, text) => {
    const { system, kind, id } = subjectParts(event.subject);
    const [channel, thread] = id.split(':');
    if (system !== 'slack' || kind !== 'thread' || thread === undefined) return null;
    return { operation: 'slack.reply-thread', input: { channel, thread, text } };
  },
};
