import type { ProjectEvent, TriageRule } from '../../domain/event.ts';
import { noted, rule, sleeps, wakes, wakesOn } from '../triage-rule.ts';

/** The rules of Slack in order. Echo and bots are judged before these, elsewhere. */
export function slackTriage(isWatched: (channel: string) => boolean): readonly TriageRule[] {
  return [
    rule('channel-not-watched', ({ scope }) => {
      if (scope === null || isWatched(scope)) return null;
      return sleeps(`channel ${scope} is not watched`);
    }),
    rule('deleted', ({ kind }) => {
      return kind.endsWith('.deleted') ? sleeps('what is gone needs no answer') : null;
    }),
    rule('reaction', (event) => {
      if (!event.kind.startsWith('reaction.')) return null;
      // A thumb up may be the answer to a message of ours.
      const isAnswer = event.kind === 'reaction.added' && isDirect(event);
      return isAnswer ? wakes('somebody reacted to us directly') : sleeps('a reaction is noted');
    }),
    noted('member', 'somebody joined; noted'),
    wakesOn('button-pressed', { kind: 'button.pressed', reason: 'somebody pressed a button' }),
    wakesOn('form-sent', { kind: 'view.submitted', reason: 'somebody sent a form' }),
    rule('direct-message', (event) => {
      return event.kind === 'message.posted' && isDirect(event)
        ? wakes('somebody wrote to us directly')
        : null;
    }),
    rule('mention', (event) => {
      return isMessage(event) && (event.text ?? '').includes('<@')
        ? wakes('somebody is mentioned')
        : null;
    }),
    rule('plain-message', (event) => {
      return isMessage(event) ? sleeps('said without mentioning anybody') : null;
    }),
  ];
}

function isMessage({ kind }: ProjectEvent): boolean {
  return kind.startsWith('message.');
}

function isDirect({ confined, scope }: ProjectEvent): boolean {
  return confined === true && scope !== null && scope.startsWith('D');
}
