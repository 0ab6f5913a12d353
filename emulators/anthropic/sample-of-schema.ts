import type { JsonSchema } from './messages-request.ts';

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-11-20T09:00:00Z',
  date: '2026-11-20',
  time: '09:00:00Z',
  duration: 'PT1H',
  email: 'mia.sander@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '127.0.0.1',
  ipv6: '::1',
  hostname: 'example.com',
};

/** The smallest value that fits a schema: first choices, empty lists, every property. Not for recursive schemas. */
export function sampleOfSchema(schema: JsonSchema, root: JsonSchema = schema): unknown {
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0] as unknown;
  if (typeof schema['$ref'] === 'string')
    return sampleOfSchema(resolve(schema['$ref'], root), root);
  if (Array.isArray(schema['anyOf'])) return sampleOfSchema(part(schema['anyOf'][0]), root);
  if (Array.isArray(schema['allOf'])) return sampleOfSchema(part(schema['allOf'][0]), root);
  return sampleOfType(schema, root);
}

function sampleOfType(schema: JsonSchema, root: JsonSchema): unknown {
  const types = schema['type'];
  switch (Array.isArray(types) ? (types[0] as unknown) : types) {
    case 'object': {
      const properties = Object.entries(part(schema['properties']));
      return Object.fromEntries(
        properties.map(([name, inner]) => [name, sampleOfSchema(part(inner), root)]),
      );
    }
    case 'array':
      return schema['minItems'] === 1 ? [sampleOfSchema(part(schema['items']), root)] : [];
    case 'string':
      return FORMATS[String(schema['format'])] ?? 'text';
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return false;
    default:
      return null;
  }
}

function part(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function resolve(reference: string, root: JsonSchema): JsonSchema {
  const steps = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return steps.reduce<JsonSchema>((at, step) => part(at[step]), root);
}
