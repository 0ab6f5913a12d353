import type { LanguageModel } from 'ai';
import { Failure } from '../domain/failure.ts';
import type { ModelPrice } from './prices.ts';

/** One model that may be asked, and what opens it. */
export interface ModelChoice {
  /** As the settings and the price table name it, e.g. `claude-sonnet-5-5` or `mistral:mistral-large`. */
  readonly name: string;
  /** The last part of the AI SDK's package for it, e.g. `anthropic`. */
  readonly provider: string;
  /** As the provider names it. */
  readonly model: string;
  readonly apiKey: string | null;
  /** `null`: the provider's own address. */
  readonly baseUrl: string | null;
  readonly price: ModelPrice | undefined;
}

const PROVIDER = /^[a-z][a-z0-9-]*$/;

type Make = (settings: object) => (model: string) => LanguageModel;

function isMake(value: unknown): value is Make {
  return typeof value === 'function';
}

async function moduleOf(provider: string): Promise<unknown> {
  // Named in full for the one that comes with the program, so that it is seen to be needed.
  if (provider === 'anthropic') return await import('@ai-sdk/anthropic');
  const name = `@ai-sdk/${provider}`;
  if (!PROVIDER.test(provider)) {
    throw new Failure('invalid-settings', `${provider} is not the name of a provider`);
  }
  try {
    return await import(name);
  } catch (error) {
    const fix = `Install it: npm install ${name}`;
    throw new Failure('not-configured', `the package ${name} is not installed`, {
      cause: error,
      fix,
    });
  }
}

/** `createAnthropic`, `createGoogleGenerativeAI`, `createOpenAICompatible`: each package names its own. */
function makerIn(module: unknown, provider: string): Make {
  const wanted = `create${provider.replaceAll('-', '')}`;
  const makers = Object.entries(module ?? {})
    .filter(([name]) => name.toLowerCase().startsWith(wanted))
    .sort(([left], [right]) => left.length - right.length);
  const maker: unknown = makers[0]?.[1];
  if (isMake(maker)) return maker;
  throw new Failure('not-configured', `the package @ai-sdk/${provider} makes no model`);
}

/** The model itself. Its package is loaded only now; throws a `Failure` that names it when it is not installed. */
export async function loadModel(choice: ModelChoice): Promise<LanguageModel> {
  const { provider, apiKey, baseUrl, model } = choice;
  const make = makerIn(await moduleOf(provider), provider);
  return make({
    ...(apiKey === null ? {} : { apiKey }),
    ...(baseUrl === null ? {} : { baseURL: baseUrl }),
    // Servers that only speak another's language have no name of their own.
    ...(provider === 'openai-compatible' ? { name: provider } : {}),
  })(model);
}
