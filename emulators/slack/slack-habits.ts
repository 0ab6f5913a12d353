import type { SenderHabits } from '../http/webhook-sender.ts';
import { signSlack } from './sign-slack.ts';

const FORM = 'application/x-www-form-urlencoded';

/** How Slack sends events: up to three more times after a failure (contract section 1.3). */
export function eventHabits(now: () => Date): SenderHabits {
  return {
    retries: 3,
    isRetried: (status) => status === null || status >= 400,
    headers: ({ body, attempt, secret }) => ({
      ...signed(body, secret, now()),
      'content-type': 'application/json',
      ...(attempt === 0
        ? {}
        : { 'x-slack-retry-num': String(attempt), 'x-slack-retry-reason': 'http_error' }),
    }),
  };
}

/** How Slack sends presses, forms and commands: once, as a form (section 1.5). */
export function interactionHabits(now: () => Date): SenderHabits {
  return {
    retries: 0,
    isRetried: () => false,
    headers: ({ body, secret }) => ({ ...signed(body, secret, now()), 'content-type': FORM }),
  };
}

/** The signature and what else stands on every request of Slack. */
export function signed(body: Buffer, secret: string, now: Date): Readonly<Record<string, string>> {
  const seconds = Math.floor(now.getTime() / 1000);
  return {
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    'x-slack-request-timestamp': String(seconds),
    'x-slack-signature': signSlack(body, secret, seconds),
  };
}
