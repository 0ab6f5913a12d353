import type { SenderHabits } from '../http/webhook-sender.ts';
import { signSentry } from './sign-sentry.ts';

/**
 * How Sentry sends the webhooks of an internal integration: errors are ignored, so there is no second attempt
 * (contracts/sentry.md section 1.2). `now` dates the header, which is not signed. The event is `resource.action`.
 */
export function sentryHabits(now: () => Date): SenderHabits {
  return {
    retries: 0,
    isRetried: () => false,
    headers: ({ id, event, body, secret }) => ({
      'content-type': 'application/json',
      'request-id': id.replaceAll('-', ''),
      'sentry-hook-resource': event.split('.')[0] ?? '',
      'sentry-hook-timestamp': String(Math.floor(now().getTime() / 1000)),
      'sentry-hook-signature': signSentry(body, secret),
    }),
  };
}
