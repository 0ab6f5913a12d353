import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Environment } from './config-environment.ts';
import { modelsOf } from './config-models.ts';

const FILE = readFileSync(new URL('../config/models.yaml', import.meta.url), 'utf8');

function read(raw: Record<string, string>, text = FILE) {
  const faults: { name: string; problem: string; fix: string }[] = [];
  const config = modelsOf({ env: Environment.parse(raw), raw, text }, faults);
  return { config, faults: faults.map(({ name }) => name) };
}

const KEY = { ANTHROPIC_API_KEY: 'a-key' };

describe('the models of the settings', () => {
  test('without a key there are none, and that is no fault', () => {
    expect(read({})).toEqual({ config: null, faults: [] });
    expect(read({ PM_AGENT_MODEL: 'claude-opus-5-5' })).toEqual({ config: null, faults: [] });
  });

  test('with a key the default thinks alone, with its price', () => {
    const { config, faults } = read({ ...KEY, ANTHROPIC_BASE_URL: 'http://127.0.0.1:1/' });

    expect(faults).toEqual([]);
    expect(config).toMatchObject({
      model: 'claude-sonnet-5-5',
      models: [
        {
          provider: 'anthropic',
          model: 'claude-sonnet-5-5',
          apiKey: 'a-key',
          baseUrl: 'http://127.0.0.1:1/v1',
          price: { input: 2, output: 10 },
        },
      ],
      triage: null,
    });
  });

  test('a chain and a triage model may be of any provider, each with its own key and address', () => {
    const { config, faults } = read({
      PM_AGENT_MODEL: 'openai-compatible:llama3:8b',
      OPENAI_COMPATIBLE_BASE_URL: 'http://127.0.0.1:11434/v1',
      PM_AGENT_MODEL_FALLBACK: 'mistral:mistral-large, claude-opus-5-5',
      MISTRAL_API_KEY: 'm-key',
      PM_AGENT_TRIAGE_MODEL: 'claude-haiku-5-5',
      ...KEY,
    });

    expect(faults).toEqual([]);
    expect(config?.models).toMatchObject([
      {
        name: 'openai-compatible:llama3:8b',
        provider: 'openai-compatible',
        model: 'llama3:8b',
        apiKey: null,
        baseUrl: 'http://127.0.0.1:11434/v1',
        price: undefined,
      },
      { provider: 'mistral', model: 'mistral-large', apiKey: 'm-key', baseUrl: null },
      { provider: 'anthropic', apiKey: 'a-key', price: { input: 4 } },
    ]);
    expect(config?.triage).toMatchObject({ model: 'claude-haiku-5-5', price: { input: 0.1 } });
  });

  test.each<[string, Record<string, string>, string[]]>([
    ['a missing key of the first', { PM_AGENT_MODEL: 'openai:gpt' }, ['OPENAI_API_KEY']],
    ['a missing key of another', { ...KEY, PM_AGENT_MODEL_FALLBACK: 'xai:grok' }, ['XAI_API_KEY']],
    ['a missing key of the triage', { ...KEY, PM_AGENT_TRIAGE_MODEL: 'groq:x' }, ['GROQ_API_KEY']],
    [
      'an address that is none',
      { PM_AGENT_MODEL: 'mistral:x', MISTRAL_BASE_URL: 'nowhere', MISTRAL_API_KEY: 'k' },
      ['MISTRAL_BASE_URL'],
    ],
  ])('%s is a fault of its variable', (_name, raw, names) => {
    expect(read(raw).faults).toEqual(names);
  });

  test('a price table that does not fit is a fault, however broken', () => {
    expect(read(KEY, 'prices: {').faults).toEqual(['PM_AGENT_MODELS']);
    expect(read(KEY, 'default: x\nprices: { x: { input: -1 } }').faults).toEqual([
      'PM_AGENT_MODELS',
    ]);
  });
});
