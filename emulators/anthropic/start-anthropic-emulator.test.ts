import { createAnthropic } from '@ai-sdk/anthropic';
import { APICallError, generateText, Output } from 'ai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AnthropicEmulator } from './start-anthropic-emulator.ts';
import { startAnthropicEmulator } from './start-anthropic-emulator.ts';

let anthropic: AnthropicEmulator;
let time: Date;

beforeEach(async () => {
  time = new Date('2026-11-20T10:00:00Z');
  anthropic = await startAnthropicEmulator({ apiKey: 'key', now: () => time });
});

afterEach(() => anthropic.close());

const HEADERS = { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' };
const REQUEST = {
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hello' }],
};

async function call(body: unknown, headers: Record<string, string> = HEADERS) {
  const response = await fetch(`${anthropic.url}/v1/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: await response.json(),
  };
}

describe('what the API refuses', () => {
  test.each([
    [{}, 401, 'authentication_error'],
    [{ ...HEADERS, 'x-api-key': 'other' }, 401, 'authentication_error'],
    [{ 'x-api-key': 'key' }, 400, 'invalid_request_error'],
    [{ ...HEADERS, 'anthropic-version': 'x' }, 400, 'invalid_request_error'],
  ])('headers %j', async (headers, status, type) => {
    const answer = await call(REQUEST, headers);

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({
      type: 'error',
      error: { type },
      request_id: answer.headers.get('request-id'),
    });
  });

  const object = { type: 'object', properties: {}, additionalProperties: false };
  const format = (schema: object) => ({
    output_config: { format: { type: 'json_schema', schema } },
  });
  test.each<[object, number, string]>([
    [{ model: 'claude-unknown' }, 404, 'model: claude-unknown'],
    [{ max_tokens: undefined }, 400, 'max_tokens'],
    [{ messages: [] }, 400, 'messages'],
    [{ temperature: 0 }, 400, 'temperature'],
    [{ model: 'claude-opus-5-5', top_p: 1 }, 400, 'top_p'],
    [{ top_k: 1 }, 400, 'top_k'],
    [{ tool_choice: { type: 'tool', name: 'x' } }, 400, 'tool_choice'],
    [{ model: 'claude-opus-5-5', tool_choice: { type: 'any' } }, 400, 'tool_choice'],
    [{ thinking: { type: 'disabled' } }, 400, 'thinking'],
    [{ messages: [...REQUEST.messages, { role: 'assistant', content: '{' }] }, 400, 'prefill'],
    [format({ type: 'object' }), 400, 'additionalProperties'],
    [
      { tools: [{ name: 'jira.get-issue', input_schema: { type: 'object' } }] },
      400,
      'tools.0.name',
    ],
    [{ tools: [{ name: 'get', input_schema: {} }] }, 400, 'input_schema'],
    [
      {
        messages: [
          ...REQUEST.messages,
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'toolu_1', name: 'get', input: {} }],
          },
          { role: 'user', content: 'And?' },
        ],
      },
      400,
      'tool_result',
    ],
    [format({ ...object, properties: { a: { type: 'string', maxLength: 3 } } }), 400, 'maxLength'],
  ])('%j', async (change, status, word) => {
    const answer = await call({ ...REQUEST, ...change });

    expect(answer.status).toBe(status);
    expect((answer.body as { error: { message: string } }).error.message).toContain(word);
    expect(anthropic.requests).toHaveLength(0);
    expect(anthropic.calls).toBe(1);
  });

  test('but a small model may be forced to use a tool', async () => {
    const change = { model: 'claude-haiku-5-5', tool_choice: { type: 'any' } };

    expect((await call({ ...REQUEST, ...change })).status).toBe(200);
  });
});

describe('usage', () => {
  const long = 'A rule of the house. '.repeat(400);
  const cached = (text: string, question: string) => ({
    ...REQUEST,
    system: [{ type: 'text', text, cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: question }],
  });
  const usageOf = async (body: unknown) => ((await call(body)).body as { usage: Usage }).usage;
  interface Usage {
    readonly input_tokens: number;
    readonly cache_creation_input_tokens: number;
    readonly cache_read_input_tokens: number;
  }

  test('writes a marked prefix once and reads it after that, whatever follows it', async () => {
    const first = await usageOf(cached(long, 'One?'));
    const second = await usageOf(cached(long, 'Two, and more?'));

    expect(first.cache_creation_input_tokens).toBeGreaterThan(1_024);
    expect(first.cache_read_input_tokens).toBe(0);
    expect(second.cache_creation_input_tokens).toBe(0);
    expect(second.cache_read_input_tokens).toBe(first.cache_creation_input_tokens);
    expect(second.input_tokens).toBeGreaterThan(first.input_tokens);
    expect(second.input_tokens).toBeLessThan(40);
  });

  test.each<[string, (body: ReturnType<typeof cached>) => object]>([
    [
      'a tool before it',
      (body) => ({ ...body, tools: [{ name: 'new', input_schema: { type: 'object' } }] }),
    ],
    ['another model', (body) => ({ ...body, model: 'claude-opus-5-5' })],
  ])('%s spoils the prefix', async (_, change) => {
    await usageOf(cached(long, 'One?'));

    const usage = await usageOf(change(cached(long, 'One?')));

    expect(usage.cache_read_input_tokens).toBe(0);
    expect(usage.cache_creation_input_tokens).toBeGreaterThan(0);
  });

  test('forgets after five minutes without a read', async () => {
    await usageOf(cached(long, 'One?'));
    time = new Date(time.getTime() + 299_000);
    const refreshed = await usageOf(cached(long, 'One?'));
    time = new Date(time.getTime() + 299_000);
    const kept = await usageOf(cached(long, 'One?'));
    time = new Date(time.getTime() + 300_000);
    const forgotten = await usageOf(cached(long, 'One?'));

    expect(refreshed.cache_read_input_tokens).toBeGreaterThan(0);
    expect(kept.cache_read_input_tokens).toBeGreaterThan(0);
    expect(forgotten.cache_read_input_tokens).toBe(0);
  });

  test('leaves a short prefix uncached', async () => {
    const usage = await usageOf(cached('Short.', 'One?'));

    expect(usage).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 0 });
  });
});

describe('with the client that the agent uses', () => {
  const schema = z.object({
    reasoning: z.string().max(200),
    actions: z.array(z.object({ name: z.enum(['jira.add-comment']) })).max(5),
    confidence: z.number().min(0).max(1),
  });
  const ask = (model = 'claude-sonnet-5-5') => {
    const provider = createAnthropic({ apiKey: 'key', baseURL: `${anthropic.url}/v1` });
    return generateText({
      model: provider(model),
      output: Output.object({ schema }),
      prompt: 'Plan.',
      maxRetries: 0,
    });
  };
  const failure = () =>
    ask().then(
      () => undefined,
      (error: unknown) => error,
    );

  test('the default answer fits the wanted format', async () => {
    const { output, usage, finishReason } = await ask();

    expect(output).toEqual({ reasoning: 'text', actions: [], confidence: 1 });
    expect(finishReason).toBe('stop');
    expect(usage.inputTokens).toBeGreaterThan(0);
    expect(anthropic.requests[0]!.output_config?.format?.type).toBe('json_schema');
  });

  test('queued answers come first, each once', async () => {
    const plan = { reasoning: 'Ask her', actions: [{ name: 'jira.add-comment' }], confidence: 0.5 };
    anthropic.queue({ json: plan, thinking: 'Hm.' });

    expect((await ask()).output).toEqual(plan);
    expect((await ask()).output.reasoning).toBe('text');
    expect(anthropic.queued).toBe(0);
  });

  test('nonsense is no object', async () => {
    anthropic.queue({ text: 'I would rather not.' });

    await expect(ask().then(({ output }) => output)).rejects.toThrow();
  });

  test('a refusal and a cut answer are told apart', async () => {
    anthropic.queue({ refusal: true }, { stopReason: 'max_tokens', text: '{"reasoning":' });

    const reasons = [];
    while (anthropic.queued > 0) {
      const provider = createAnthropic({ apiKey: 'key', baseURL: `${anthropic.url}/v1` });
      const { finishReason } = await generateText({
        model: provider('claude-sonnet-5-5'),
        prompt: 'Plan.',
        maxRetries: 0,
      });
      reasons.push(finishReason);
    }

    expect(reasons).toEqual(['content-filter', 'length']);
  });

  test('errors carry their status, headers and details', async () => {
    const details = { error_code: 'enforced_spend_limit_reached' };
    anthropic.queue(
      { status: 429, type: 'rate_limit_error', headers: { 'retry-after': '7' } },
      { status: 429, type: 'rate_limit_error', details },
      { status: 529, type: 'overloaded_error' },
    );

    const [limited, spent, overloaded] = [await failure(), await failure(), await failure()];

    expect(APICallError.isInstance(limited)).toBe(true);
    expect(limited).toMatchObject({ statusCode: 429, responseHeaders: { 'retry-after': '7' } });
    expect(spent).toMatchObject({ statusCode: 429, data: { error: { type: 'rate_limit_error' } } });
    expect((spent as APICallError).responseBody).toContain('enforced_spend_limit_reached');
    expect((spent as APICallError).responseHeaders).not.toHaveProperty('retry-after');
    expect(overloaded).toMatchObject({ statusCode: 529, isRetryable: true });
  });

  test('a hang-up is an error, and an unknown model a 404', async () => {
    anthropic.queue({ hangUp: true });

    expect(await failure()).toBeInstanceOf(Error);
    await expect(ask('claude-unknown')).rejects.toMatchObject({ statusCode: 404 });
  });

  test('a model that never answers is left by an abort', async () => {
    anthropic.queue({ neverAnswer: true });
    const leave = new AbortController();
    const provider = createAnthropic({ apiKey: 'key', baseURL: `${anthropic.url}/v1` });
    const asked = generateText({
      model: provider('claude-sonnet-5-5'),
      prompt: 'Plan.',
      abortSignal: leave.signal,
    });
    const left = expect(asked).rejects.toThrow();
    await expect.poll(() => anthropic.requests.length).toBe(1);

    leave.abort();

    await left;
  });
});

test('a script sees the request', async () => {
  const scripted = await startAnthropicEmulator({
    apiKey: 'key',
    script: ({ max_tokens: most }) => ({ text: `At most ${most}` }),
  });

  const response = await fetch(`${scripted.url}/v1/messages`, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify(REQUEST),
  });

  expect(await response.json()).toMatchObject({
    content: [{ type: 'text', text: 'At most 100' }],
    stop_reason: 'end_turn',
  });
  await scripted.close();
});
