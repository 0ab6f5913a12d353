import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { NodeMcpRequestHandler } from '@modelcontextprotocol/node';
import type { Asker } from '../actions/read-desk.ts';
import type { ToolParts } from './tool-server.ts';

/** One request of an MCP client. Whose token it carries was checked before. */
export interface McpExchange {
  readonly asker: Asker;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The parsed body. */
  readonly body: unknown;
}

// The one right that a token may carry here, as the protocol's word for it.
const DECIDES = 'decide';

/** The MCP servers of this process, one for each system. */
export class McpServers {
  readonly systems: readonly string[];
  private readonly parts: ToolParts;
  private readonly handlers = new Map<string, Promise<NodeMcpRequestHandler>>();

  constructor(parts: ToolParts) {
    this.parts = parts;
    this.systems = parts.desk.systems;
  }

  /** Answers one request. Never throws: what goes wrong is an answer of the protocol, or the end of the connection. */
  async handle(system: string, exchange: McpExchange): Promise<void> {
    try {
      await this.answer(system, exchange);
    } catch (error) {
      this.parts.log.error({ err: error, system }, 'an MCP request could not be answered');
      exchange.response.destroy();
    }
  }

  private async answer(system: string, exchange: McpExchange): Promise<void> {
    const { asker, request, response, body } = exchange;
    const known = this.handlers.get(system) ?? this.load(system);
    this.handlers.set(system, known);
    const handle = await known;
    const scopes = asker.mayDecide ? [DECIDES] : [];
    const passed = {
      method: request.method ?? 'POST',
      url: request.url ?? '/',
      // The token itself goes no further than the guard.
      headers: { ...request.headers, authorization: undefined },
      auth: { token: '', clientId: asker.name, scopes },
      // The body was read before.
      [Symbol.asyncIterator]: () => Readable.from([])[Symbol.asyncIterator](),
    };
    await handle(passed, response, body ?? null);
  }

  /** The protocol's packages cost memory: they are loaded with the first request. */
  private async load(system: string): Promise<NodeMcpRequestHandler> {
    const [{ createMcpHandler }, { toNodeHandler }, { toolServer }] = await Promise.all([
      import('@modelcontextprotocol/server'),
      import('@modelcontextprotocol/node'),
      import('./tool-server.ts'),
    ]);
    const onerror = (error: Error) => {
      this.parts.log.warn({ system, error: error.name }, 'an MCP request was refused');
    };
    const handler = createMcpHandler(
      ({ authInfo }) =>
        toolServer(this.parts, system, {
          name: authInfo?.clientId ?? '',
          mayDecide: authInfo?.scopes.includes(DECIDES) === true,
        }),
      { onerror },
    );
    return toNodeHandler(handler, { onerror });
  }
}
