import type { IncomingHttpHeaders } from 'node:http';
import type { Refused } from './refused.ts';
import { invalid } from './refused.ts';
import { checkTools } from './check-tools.ts';
import type { JsonSchema, MessagesRequest } from './messages-request.ts';
import { blocksOf } from './messages-request.ts';

/** What a check is held against. */
export interface CheckSettings {
  readonly apiKey: string;
  readonly models: readonly string[];
}

/** The request, or why it is refused: the checks that the API makes before it costs anything. */
export function checkRequest(
  settings: CheckSettings,
  headers: IncomingHttpHeaders,
  body: unknown,
): MessagesRequest | Refused {
  const refused =
    checkHeaders(settings, headers) ??
    checkShape(body) ??
    checkModel(settings, body as MessagesRequest, headers) ??
    checkSchema((body as MessagesRequest).output_config?.format) ??
    checkTools(body as MessagesRequest);
  return refused ?? (body as MessagesRequest);
}

function checkHeaders(
  { apiKey }: CheckSettings,
  headers: IncomingHttpHeaders,
): Refused | undefined {
  if (headers['x-api-key'] !== apiKey) {
    const message =
      headers['x-api-key'] === undefined ? 'x-api-key header is required' : 'invalid x-api-key';
    return { status: 401, type: 'authentication_error', message };
  }
  const version = headers['anthropic-version'];
  if (version === undefined) return invalid('anthropic-version: header is required');
  if (['2023-06-01', '2026-10-21'].includes(String(version))) return undefined;
  return invalid(`anthropic-version: "${String(version)}" is not a valid version`);
}

function checkShape(body: unknown): Refused | undefined {
  if (typeof body !== 'object' || body === null)
    return invalid('The request body is not valid JSON');
  const given: Partial<Record<keyof MessagesRequest, unknown>> = body;
  if (typeof given.model !== 'string') return invalid('model: Field required');
  if (given.max_tokens === undefined) return invalid('max_tokens: Field required');
  if (!Number.isInteger(given.max_tokens) || Number(given.max_tokens) < 1) {
    return invalid('max_tokens: Input should be greater than or equal to 1');
  }
  if (!Array.isArray(given.messages)) return invalid('messages: Field required');
  if (given.messages.length === 0) return invalid('messages: at least one message is required');
  if (given.stream === true) return invalid('stream: this stand-in answers whole messages only');
  return checkMessages(given.messages);
}

function checkMessages(messages: readonly unknown[]): Refused | undefined {
  for (const [at, one] of messages.entries()) {
    const message = new Map(Object.entries(one ?? {}) as [string, unknown][]);
    if (message.get('role') !== 'user' && message.get('role') !== 'assistant') {
      return invalid(`messages.${at}.role: Input should be 'user' or 'assistant'`);
    }
    const content = message.get('content');
    if (typeof content !== 'string' && !Array.isArray(content)) {
      return invalid(`messages.${at}.content: Input should be a valid string or list`);
    }
    if (content.length === 0) return invalid(`messages.${at}: content must not be empty`);
  }
  return undefined;
}

const SAMPLING = ['temperature', 'top_p', 'top_k'] as const;
/** Models that think always and take no forced tool. */
const STRICT = /^claude-(sonnet-5-5|opus-5-5|fable-5-[12])/;
const CURRENT = /^claude-(sonnet|opus|haiku|fable)-5/;
const BREAKPOINTS = 4;

function checkModel(
  { models }: CheckSettings,
  request: MessagesRequest,
  headers: IncomingHttpHeaders,
): Refused | undefined {
  const { model, thinking, tool_choice: choice, messages } = request;
  if (!models.includes(model)) {
    return { status: 404, type: 'not_found_error', message: `model: ${model}` };
  }
  const isNewest = headers['anthropic-version'] === '2026-10-21';
  const sampling = SAMPLING.find((name) => name in request);
  if (sampling && (isNewest || CURRENT.test(model))) {
    return invalid(`${sampling}: this parameter is not supported by ${model}`);
  }
  if (thinking?.budget_tokens !== undefined && /-5-5/.test(model)) {
    return invalid(`thinking.budget_tokens: this parameter is not supported by ${model}`);
  }
  if (blocksOf(request).filter((block) => block.cache_control).length > BREAKPOINTS) {
    return invalid(`A maximum of ${BREAKPOINTS} blocks with cache_control may be provided.`);
  }
  if (!STRICT.test(model)) return undefined;
  if (choice?.type === 'any' || choice?.type === 'tool') {
    return invalid(`tool_choice: forced tool use is not supported by ${model}`);
  }
  if (thinking?.type === 'disabled') return invalid(`thinking: cannot be disabled for ${model}`);
  if (messages.at(-1)?.role === 'assistant') {
    return invalid(`messages: ${model} does not support assistant message prefill`);
  }
  return undefined;
}

const UNSUPPORTED = [
  'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern',
  'maxItems uniqueItems minProperties maxProperties not oneOf',
].flatMap((names) => names.split(' '));

function checkSchema(
  format: { type?: unknown; schema?: unknown } | undefined,
): Refused | undefined {
  if (format === undefined) return undefined;
  if (format.type !== 'json_schema')
    return invalid("output_config.format.type: must be 'json_schema'");
  const fault = schemaFault(format.schema);
  return fault === undefined ? undefined : invalid(`output_config.format.schema: ${fault}`);
}

function schemaFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is not a schema';
  const schema: JsonSchema = { ...value };
  const unsupported = UNSUPPORTED.find((name) => name in schema);
  if (unsupported !== undefined) return `'${unsupported}' is not supported`;
  if (schema['type'] === 'object' && schema['additionalProperties'] !== false) {
    return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  }
  return partsOf(schema)
    .map(schemaFault)
    .find((fault) => fault !== undefined);
}

function partsOf(schema: JsonSchema): unknown[] {
  const maps = ['properties', '$defs', 'definitions'].map((name) => schema[name] ?? {});
  const lists = ['anyOf', 'allOf', 'items'].map((name) => schema[name] ?? []);
  return [...maps.flatMap((map) => Object.values(map) as unknown[]), ...lists.flat()];
}
