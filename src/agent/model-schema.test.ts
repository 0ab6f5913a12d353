import { expect, test } from 'vitest';
import { z } from 'zod';
import { connectorsOf } from '../app.ts';
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

test.each(connectorsOf(readConfig({})))(
  'what is offered for a subject of $name fits into one schema of the provider',
  ({ operations }) => {
    const schema = z.toJSONSchema(modelPlanSchema(operations));

    expect(optionalIn(schema)).toBeLessThanOrEqual(MOST_OPTIONAL);
    expect(JSON.stringify(schema)).not.toContain('"buttons"');
  },
);
