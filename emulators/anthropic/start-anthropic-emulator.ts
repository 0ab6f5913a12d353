import type { EmulatorReply, EmulatorRequest, RequestRecord } from '../http/emulator-server.ts';
import { startEmulatorServer } from '../http/emulator-server.ts';
import type { FaultPlan } from '../http/fault-plan.ts';
import { faultPlan } from '../http/fault-plan.ts';
import { checkRequest } from './check-request.ts';
import type { MessagesRequest } from './messages-request.ts';
import { promptCache } from './prompt-cache.ts';
import type { ScriptedAnswer } from './scripted-answer.ts';
import { defaultAnswer, errorReply, replyOf } from './scripted-answer.ts';

export interface AnthropicEmulatorOptions {
  readonly apiKey: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** What the model says to a request; undefined leaves it to the default answer. */
  readonly script?: (request: MessagesRequest) => ScriptedAnswer | undefined;
  readonly models?: readonly string[];
  /** The shortest prefix that is cached, in tokens. */
  readonly cacheMinimum?: number;
  readonly now?: () => Date;
}

/** The Messages API on 127.0.0.1, with a model that says what it is told to. */
export interface AnthropicEmulator {
  readonly url: string;
  /** The bodies of all accepted requests, in their order. */
  readonly requests: readonly MessagesRequest[];
  /** How many requests came to `/v1/messages`, accepted or refused. */
  readonly calls: number;
  readonly log: readonly RequestRecord[];
  readonly faults: FaultPlan;
  /** Answers for the next accepted requests, each used once, before any script. */
  queue(...answers: readonly ScriptedAnswer[]): void;
  /** How many queued answers are left, to prove that a test's answers were asked for. */
  readonly queued: number;
  close(): Promise<void>;
}

const MODELS = ['claude-sonnet-5-5', 'claude-opus-5-5', 'claude-haiku-5-5'];

interface Serving {
  readonly options: AnthropicEmulatorOptions;
  readonly cache: ReturnType<typeof promptCache>;
  readonly requests: MessagesRequest[];
  readonly queue: ScriptedAnswer[];
  calls: number;
}

/** Starts the API. Throws when the port is taken. */
export async function startAnthropicEmulator(
  options: AnthropicEmulatorOptions,
): Promise<AnthropicEmulator> {
  const { cacheMinimum: minimumTokens = 1_024, now = () => new Date() } = options;
  const serving: Serving = {
    options,
    cache: promptCache({ minimumTokens, now: () => now().getTime() }),
    requests: [],
    queue: [],
    calls: 0,
  };
  const faults = faultPlan();
  const server = await startEmulatorServer({
    port: options.port ?? 0,
    faults,
    handle: (request) => handle(serving, request),
  });
  return {
    url: server.url,
    requests: serving.requests,
    log: server.requests,
    faults,
    get calls() {
      return serving.calls;
    },
    get queued() {
      return serving.queue.length;
    },
    queue: (...answers) => {
      serving.queue.push(...answers);
    },
    close: () => server.close(),
  };
}

function handle(serving: Serving, request: EmulatorRequest): EmulatorReply {
  switch (`${request.method} ${request.path}`) {
    case 'GET /_emulator/state':
      return { status: 200, json: { calls: serving.calls, requests: serving.requests } };
    case 'POST /_emulator/queue':
      serving.queue.push(...[JSON.parse(String(request.body)) as ScriptedAnswer[]].flat());
      return { status: 200, json: { queued: serving.queue.length } };
    case 'POST /v1/messages':
      return message(serving, request);
    default:
      return errorReply({ status: 404, type: 'not_found_error', message: 'Not found' }, 'req_none');
  }
}

function message(serving: Serving, { headers, body }: EmulatorRequest): EmulatorReply {
  serving.calls += 1;
  const id = `req_${String(serving.calls).padStart(24, '0')}`;
  const { apiKey, models = MODELS, script } = serving.options;
  const request = checkRequest({ apiKey, models }, headers, parsed(body));
  if ('status' in request) return errorReply(request, id);
  serving.requests.push(request);
  const answer = serving.queue.shift() ?? script?.(request) ?? defaultAnswer(request);
  // A failed call leaves nothing in the cache and costs nothing.
  if ('status' in answer) return replyOf(answer, { request, id, usage: NOTHING });
  return replyOf(answer, { request, id, usage: serving.cache.count(request) });
}

const NOTHING = {
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
};

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
