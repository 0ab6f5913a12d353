import { describe, expect, test } from 'vitest';
import type { ProjectEvent } from '../../domain/event.ts';
import { slackTriage } from './triage.ts';

const rules = slackTriage((channel) => channel !== 'C0OTHER');

function judged(more: Partial<ProjectEvent>): string {
  const event: ProjectEvent = {
    key: 'k',
    kind: 'message.posted',
    source: 'slack',
    subject: 'slack:thread:C1:1.000000',
    actor: null,
    at: '2026-03-02T10:00:00.000Z',
    title: 't',
    text: 'hello',
    message: null,
    changes: [],
    scope: 'C0PAYMENT1',
    restricted: false,
    ...more,
  };
  const answer = rules.map((rule) => rule.judge(event)).find((one) => one !== null);
  return answer === undefined ? 'undecided' : `${answer.rule}: ${answer.wakes ? 'wakes' : 'noted'}`;
}

describe('what wakes', () => {
  test.each<[Partial<ProjectEvent>, string]>([
    [{ scope: 'C0OTHER', text: '<@U1>' }, 'channel-not-watched: noted'],
    [{ kind: 'message.deleted' }, 'deleted: noted'],
    [{ kind: 'reaction.added' }, 'reaction: noted'],
    [{ kind: 'reaction.removed' }, 'reaction: noted'],
    [{ kind: 'reaction.added', scope: 'D0MIA', confined: true }, 'reaction: wakes'],
    [{ kind: 'reaction.removed', scope: 'D0MIA', confined: true }, 'reaction: noted'],
    [{ kind: 'member.joined' }, 'member: noted'],
    [{ kind: 'button.pressed' }, 'button-pressed: wakes'],
    [{ kind: 'view.submitted', scope: null }, 'form-sent: wakes'],
    [{ scope: 'D0MIA', confined: true }, 'direct-message: wakes'],
    [{ scope: 'D0MIA', confined: true, kind: 'message.edited' }, 'plain-message: noted'],
    [{ text: 'ask <@U1>' }, 'mention: wakes'],
    [{ text: 'ask <@U1>', kind: 'message.edited' }, 'mention: wakes'],
    [{}, 'plain-message: noted'],
    [{ text: null }, 'plain-message: noted'],
  ])('%j is %s', (event, expected) => {
    expect(judged(event)).toBe(expected);
  });
});
