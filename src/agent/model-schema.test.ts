import { expect, test } from 'vitest';
import { z } from 'zod';
import { connectorsOf } from '../app-connectors.ts';
import { readConfig } from '../config.ts';
import { modelPlanSchema } from './model-schema.ts';

// The provider answers with an error, or falls back to a forced tool, beyond this (its own limit).
const MOST_OPTIONAL = 10;

function optionalIn(schema: unknown): number {
  if (typeof schema !== 'object' || schema === null) return 0;
  const { properties, required } = schema as { properties?: object; required?: string[] };
  const own = Object.keys(properties ?? {}).filter((name) => required?.includes(name) !== true);
  return Object.values(schema).reduce<number>((sum, part) => sum + optionalIn(part), own.length);
}

const SETTINGS = {
  JIRA_WEBHOOK_SECRET: 'a-secret',
  BITBUCKET_WEBHOOK_SECRET: 'a-secret',
  GITHUB_WEBHOOK_SECRET: 'a-secret',
  SLACK_SIGNING_SECRET: 'a-secret',
  SENTRY_CLIENT_SECRET: 'a-secret',
};

test.each(await connectorsOf(readConfig(SETTINGS)))(
  'what is offered for a subject of $name fits into one schema of the provider',
  ({ operations }) => {
    expect(operations.length).toBeGreaterThan(0);
    const schema = z.toJSONSchema(modelPlanSchema(operations));

    expect(optionalIn(schema)).toBeLessThanOrEqual(MOST_OPTIONAL);
    expect(JSON.stringify(schema)).not.toContain('"buttons"');
  },
);
