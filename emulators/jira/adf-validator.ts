import { readFileSync } from 'node:fs';
import ajvDraft04 from 'ajv-draft-04';
import type { AdfDocument } from './adf-document.ts';

type Check = (value: unknown) => boolean;

let compiled: Check | undefined;

/** True for a document that Jira would accept: held to Atlassian's own schema, unknown keys and all. */
export function isAdfDocument(value: unknown): value is AdfDocument {
  compiled ??= compile();
  return compiled(value);
}

// Compiled at the first use: an import does no work.
function compile(): Check {
  const file = new URL('../openapi/adf-schema.json', import.meta.url);
  const schema = JSON.parse(readFileSync(file, 'utf8')) as object;
  const ajv = new ajvDraft04.default({ strict: false, validateFormats: false });
  const validate = ajv.compile(schema);
  return (value) => validate(value);
}
