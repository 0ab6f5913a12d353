import type { EmulatorReply } from '../http/emulator-server.ts';
import type { MessagesRequest } from './messages-request.ts';
import type { InputUsage } from './prompt-cache.ts';
import { tokensIn } from './prompt-cache.ts';
import { sampleOfSchema } from './sample-of-schema.ts';

interface Manner {
  readonly delayMs?: number;
  /** Over the counted figures, e.g. an answer that was dearer than it looks. */
  readonly usage?: Readonly<Record<string, number>>;
}

interface ToolUse {
  readonly name: string;
  readonly input: object;
}

/** What a test, or a script, has the model say or do. */
export type ScriptedAnswer = Manner &
  (
    | { readonly json: unknown; readonly thinking?: string }
    | { readonly text: string; readonly stopReason?: StopReason; readonly thinking?: string }
    | { readonly toolUse: ToolUse | readonly ToolUse[] }
    | { readonly refusal: true; readonly explanation?: string }
    | {
        readonly status: number;
        readonly type: string;
        readonly message?: string;
        readonly headers?: Readonly<Record<string, string>>;
        readonly details?: { readonly error_code?: string };
      }
    | { readonly hangUp: true }
    | { readonly neverAnswer: true }
    /** Bytes that are no message at all, with status 200. */
    | { readonly raw: string }
  );

type StopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded';

/** What the model says when nothing is scripted: the smallest JSON that fits the wanted format, or `OK`. */
export function defaultAnswer({ output_config: config }: MessagesRequest): ScriptedAnswer {
  if (!config?.format) return { text: 'OK' };
  return { json: sampleOfSchema(config.format.schema) };
}

/** What an answer needs to become a message. */
export interface MessageFrame {
  readonly request: MessagesRequest;
  /** Of the request; the message's own id is made from it. */
  readonly id: string;
  readonly usage: InputUsage;
}

/** The answer on the wire. */
export function replyOf(answer: ScriptedAnswer, frame: MessageFrame): EmulatorReply {
  const delay = answer.delayMs === undefined ? {} : { delayMs: answer.delayMs };
  if ('hangUp' in answer) return { ...delay, status: 0, connection: 'hang-up' };
  if ('neverAnswer' in answer) return { ...delay, status: 0, connection: 'never-answer' };
  const headers = { 'request-id': frame.id };
  if ('raw' in answer) return { ...delay, status: 200, headers, text: answer.raw };
  if ('status' in answer) {
    const { status, type, message = type, details } = answer;
    const reply = errorReply({ status, type, message, ...(details ? { details } : {}) }, frame.id);
    return { ...reply, ...delay, headers: { ...reply.headers, ...answer.headers } };
  }
  return { ...delay, status: 200, headers, json: messageOf(answer, frame) };
}

interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly details?: object;
}

/** An error in the shape of the API. */
export function errorReply({ status, ...error }: ApiError, id: string): EmulatorReply {
  return {
    status,
    headers: { 'request-id': id },
    json: { type: 'error', error, request_id: id },
  };
}

type Said = Exclude<
  ScriptedAnswer,
  { hangUp: true } | { neverAnswer: true } | { status: number } | { raw: string }
>;

function messageOf(answer: Said, { request, id, usage }: MessageFrame): object {
  const content = contentOf(answer, id);
  const stop = stopReasonOf(answer);
  const explanation = 'refusal' in answer ? (answer.explanation ?? null) : null;
  return {
    id: id.replace('req_', 'msg_'),
    type: 'message',
    role: 'assistant',
    model: request.model,
    content,
    stop_reason: stop,
    stop_sequence: null,
    ...(stop === 'refusal'
      ? { stop_details: { type: 'refusal', category: null, explanation } }
      : {}),
    usage: {
      ...usage,
      output_tokens: content.length === 0 ? 1 : tokensIn(JSON.stringify(content)),
      ...answer.usage,
      service_tier: 'standard',
    },
  };
}

function contentOf(answer: Said, id: string): object[] {
  if ('refusal' in answer) return [];
  if ('toolUse' in answer) {
    return [answer.toolUse].flat().map((use, at) => ({
      type: 'tool_use',
      id: `${id.replace('req_', 'toolu_')}_${at}`,
      ...use,
    }));
  }
  const { thinking } = answer;
  const text = 'json' in answer ? JSON.stringify(answer.json) : answer.text;
  return [
    ...(thinking === undefined ? [] : [{ type: 'thinking', thinking, signature: 'c2lnbmVk' }]),
    ...(text === '' ? [] : [{ type: 'text', text }]),
  ];
}

function stopReasonOf(answer: Said): StopReason {
  if ('refusal' in answer) return 'refusal';
  if ('toolUse' in answer) return 'tool_use';
  return 'text' in answer ? (answer.stopReason ?? 'end_turn') : 'end_turn';
}
