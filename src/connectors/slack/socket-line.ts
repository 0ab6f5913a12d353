import type { SocketModeClient } from '@slack/socket-mode';
import { z } from 'zod';
import type { SocketHands } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { guardedFetch } from './client-fetch.ts';
import { asSlackFailure, silentLogger } from './client.ts';
import type { SlackAccess } from './settings.ts';

/** Why a line is left: Slack asks for a new one, it was lost, or Socket Mode was turned off. */
export type Leaving = 'refresh' | 'lost' | 'disabled';

/** One open line. */
export interface Line {
  /** Resolves when another line should be opened. After `refresh` this one still works until it is closed. */
  readonly leaving: Promise<Leaving>;
  /** Closes the line; resolves soon, whatever the other side does. */
  close(): Promise<void>;
}

const CONNECT_MS = 30_000;
const CLOSE_MS = 1_000;
const METHOD = 'apps.connections.open';

const Frame = z.object({
  type: z.string(),
  reason: z.string().optional(),
  // Only events have one inside.
  payload: z
    .object({ event: z.object({ type: z.string() }) })
    .optional()
    .catch(undefined),
});

/** What `slack_event` brings. */
const Envelope = z.object({
  ack: z.custom<() => Promise<void>>((value) => typeof value === 'function'),
  envelope_id: z.string().min(1).max(200),
  type: z.enum(['events_api', 'interactive', 'slash_commands']),
  body: z.looseObject({ event_id: z.string().min(1).max(200).optional().catch(undefined) }),
});
type Envelope = z.infer<typeof Envelope>;

/** Opens a line with Slack's own client and hands every envelope on. Throws a `Failure` when it does not open. */
export async function openLine(
  access: SlackAccess,
  hands: SocketHands,
  signal: AbortSignal,
): Promise<Line> {
  const { SocketModeClient, LogLevel } = await import('@slack/socket-mode');
  const client = new SocketModeClient({
    appToken: access.token,
    autoReconnectEnabled: false,
    logger: silentLogger(LogLevel.ERROR),
    clientOptions: clientOptions(access, signal),
  });
  const leaving = watchLine(client);
  client.on('slack_event', (given: unknown) => {
    const envelope = Envelope.safeParse(given);
    // An envelope of another type is not acknowledged: whoever knows it may take it.
    if (envelope.success) void pass(envelope.data, hands);
  });
  try {
    await connected(client, signal);
  } catch (error) {
    await closeClient(client);
    throw asSlackFailure(error, METHOD);
  }
  return { leaving, close: () => closeClient(client) };
}

function clientOptions({ baseUrl, fetch: given }: SlackAccess, signal: AbortSignal) {
  const base = baseUrl.replace(/\/*$/, '/');
  return {
    slackApiUrl: base,
    fetch: guardedFetch({
      baseUrl: base,
      methods: new Set([METHOD]),
      fetch: given ?? fetch,
      signal,
      now: () => Date.now(),
      sawDate: () => undefined,
    }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 10_000,
    allowAbsoluteUrls: false,
  };
}

/**
 * Stands before the client's own reader of frames. The client closes a line as soon as Slack asks for a new one; held
 * back, that frame lets the new line open first. And a frame that the client cannot read would be an error nobody
 * catches.
 */
function watchLine(client: SocketModeClient): Promise<Leaving> {
  const [read] = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  return new Promise((resolve) => {
    client.on('close', () => resolve('lost'));
    client.on('ws_message', (data: unknown, isBinary: unknown) => {
      const frame = isBinary === true ? null : frameOf(data);
      if (frame === null) return;
      if (frame.type !== 'disconnect') read?.call(client, data, isBinary);
      else resolve(frame.reason === 'link_disabled' ? 'disabled' : 'refresh');
    });
  });
}

function frameOf(data: unknown): z.infer<typeof Frame> | null {
  if (typeof data !== 'string') return null;
  try {
    const frame = Frame.parse(JSON.parse(data));
    return frame.type === 'events_api' && frame.payload === undefined ? null : frame;
  } catch {
    return null;
  }
}

async function connected(client: SocketModeClient, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]);
  const given = new Promise<never>((_resolve, reject) => {
    const stop = (): void => {
      reject(new Failure('timeout', 'The line did not open in time.'));
    };
    if (limit.aborted) stop();
    limit.addEventListener('abort', stop, { once: true });
  });
  const started = client.start().catch((error: unknown) => {
    if (error === undefined) throw new Failure('broken-line', 'The line was lost at once.');
    throw error;
  });
  await Promise.race([started, given]);
}

async function closeClient(client: SocketModeClient): Promise<void> {
  client.removeAllListeners('slack_event');
  const soon = new Promise<void>((resolve) => {
    setTimeout(resolve, CLOSE_MS).unref();
  });
  await Promise.race([client.disconnect(), soon]).catch(() => undefined);
}

/** Kept first, acknowledged second: what was not kept is sent again by Slack, and so is what is acknowledged too late. */
async function pass(envelope: Envelope, hands: SocketHands): Promise<void> {
  const { ack, body, envelope_id: id, type } = envelope;
  // Commands have no type of their own, as in a form.
  const told = type === 'slash_commands' ? { ...body, type: 'slash_command' } : body;
  try {
    await hands.keep({
      name: body.event_id ?? id,
      headers: {},
      body: Buffer.from(JSON.stringify(told)),
    });
    await ack();
  } catch {
    // Not kept, or the line is gone: in both cases it comes again, under the same name.
  }
}
