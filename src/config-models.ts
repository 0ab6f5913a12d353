import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { ModelChoice } from './agent/model-provider.ts';
import { ModelPrice } from './agent/prices.ts';
import type { Environment } from './config-environment.ts';

/** Which models think, and what opens them. */
export interface ModelConfig {
  /** The first that is asked, as the settings name it. */
  readonly model: string;
  /** That one, then those to turn to when it cannot be reached. */
  readonly models: readonly ModelChoice[];
  /** The cheap one in front, where there is one. */
  readonly triage: ModelChoice | null;
}

interface Fault {
  readonly name: string;
  readonly problem: string;
  readonly fix: string;
}

interface ModelSettings {
  readonly env: Environment;
  /** The whole environment: keys and addresses of providers are named after them. */
  readonly raw: Readonly<Record<string, string>>;
  /** `config/models.yaml`. */
  readonly text: string;
}

const ModelsFile = z.object({ default: z.string(), prices: z.record(z.string(), ModelPrice) });
type ModelsFile = z.infer<typeof ModelsFile>;

const USUAL = 'anthropic';
const NAMED = /^(?<provider>[a-z][a-z0-9-]*):(?<model>\S+)$/;

/** The models of the settings; `null` without a key for the first: then the rules think. Adds every fault to the list. */
export function modelsOf(settings: ModelSettings, faults: Fault[]): ModelConfig | null {
  const file = fileOf(settings.text, faults);
  if (file === null) return null;
  const { env, raw } = settings;
  const first = env.PM_AGENT_MODEL ?? file.default;
  if (partsOf(first).provider === USUAL && env.ANTHROPIC_API_KEY === undefined) return null;
  const choose = (variable: string, name: string): ModelChoice => {
    const choice = choiceOf(name, raw, file);
    faults.push(...faultsOf(choice, variable));
    return choice;
  };
  const { PM_AGENT_TRIAGE_MODEL: triage, PM_AGENT_MODEL_FALLBACK: others } = env;
  return {
    model: first,
    models: [
      choose('PM_AGENT_MODEL', first),
      ...others.map((name) => choose('PM_AGENT_MODEL_FALLBACK', name)),
    ],
    triage: triage === undefined ? null : choose('PM_AGENT_TRIAGE_MODEL', triage),
  };
}

function fileOf(text: string, faults: Fault[]): ModelsFile | null {
  // A file that could not be read has its own fault already.
  if (text === '') return null;
  const parsed = ModelsFile.safeParse(yamlOrNull(text));
  if (parsed.success) return parsed.data;
  const fix = 'Give it `default:` and `prices:` with input, output, cacheRead and cacheWrite';
  faults.push({ name: 'PM_AGENT_MODELS', problem: 'the file does not fit', fix });
  return null;
}

function yamlOrNull(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return null;
  }
}

/** `provider:model`; a name without a provider is one of Anthropic. */
function partsOf(name: string): { readonly provider: string; readonly model: string } {
  const groups = NAMED.exec(name)?.groups;
  return { provider: groups?.['provider'] ?? USUAL, model: groups?.['model'] ?? name };
}

/** How the variables of a provider begin: `OPENAI` in `OPENAI_API_KEY`. */
const prefixOf = (provider: string) => provider.toUpperCase().replaceAll('-', '_');

function choiceOf(
  name: string,
  raw: Readonly<Record<string, string>>,
  file: ModelsFile,
): ModelChoice {
  const { provider, model } = partsOf(name);
  const prefix = prefixOf(provider);
  const base = raw[`${prefix}_BASE_URL`]?.trim().replace(/\/+$/, '') ?? null;
  const isBare = provider === USUAL && base !== null && !base.endsWith('/v1');
  return {
    name,
    provider,
    model,
    apiKey: raw[`${prefix}_API_KEY`]?.trim() ?? null,
    baseUrl: isBare ? `${base}/v1` : base,
    price: file.prices[name],
  };
}

/** A server of one's own may need no key; every other provider does. */
function faultsOf({ name, provider, apiKey, baseUrl }: ModelChoice, variable: string): Fault[] {
  const prefix = prefixOf(provider);
  const faults: Fault[] = [];
  if (apiKey === null && baseUrl === null) {
    const problem = `it is missing, and ${variable} names ${name}`;
    faults.push({ name: `${prefix}_API_KEY`, problem, fix: `Set it, or change ${variable}` });
  }
  if (baseUrl !== null && !/^https?:\/\/[^\s/]/.test(baseUrl)) {
    const fix = 'Set it to an http(s) address';
    faults.push({ name: `${prefix}_BASE_URL`, problem: 'it is no address', fix });
  }
  return faults;
}
