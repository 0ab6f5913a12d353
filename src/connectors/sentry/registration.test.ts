import { expect, test } from 'vitest';
import { setupSteps } from './registration.ts';

test('the steps name the address, the secret, the permissions and the resources, a line each', () => {
  const steps = setupSteps('https://agent.acme.example/webhooks/sentry');

  const text = steps.join('\n');
  expect(text).toContain('https://agent.acme.example/webhooks/sentry');
  for (const word of ['SENTRY_CLIENT_SECRET', 'SENTRY_TOKEN', 'Alert Rule Action', '"comment"']) {
    expect(text).toContain(word);
  }
  for (const step of steps) expect(step).toMatch(/^[^\n]+$/);
});
