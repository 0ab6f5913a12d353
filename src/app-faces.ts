import { readDesk } from './actions/read-desk.ts';
import { dataBlock } from './agent/inert.ts';
import type { Core } from './app-inbox.ts';
import type { ProgramPart } from './domain/program-part.ts';
import type { HttpParts, McpFace } from './http/parts.ts';
import { McpServers } from './mcp/mcp-face.ts';
import type { ToolParts } from './mcp/tool-server.ts';
import { VERSION } from './version.ts';

// As much of one reading as a model of our own is shown.
const LONGEST_RESULT = 20_000;

/** Chooses the faces by the parts; a process for some systems alone serves no API, which would tell half the truth. */
export function facesOf({
  config,
  operations,
  clock,
  log,
}: Core): Pick<HttpParts, 'faces' | 'services' | 'mcp'> {
  const serves = (part: ProgramPart) => config.parts.includes(part);
  const desk = readDesk({ operations: [...operations.values()], clock, log });
  const looking = serves('dashboard') ? 'looking' : 'none';
  const api = serves('api') ? 'all' : looking;
  return {
    faces: {
      webhooks: serves('gateway'),
      api: config.systems === null ? api : 'none',
      docs: serves('api') || serves('dashboard'),
    },
    ...(serves('api') ? { services: desk } : {}),
    ...(serves('mcp') ? { mcp: mcpOf(config, { version: VERSION, desk, log, block }) } : {}),
  };
}

function mcpOf(config: Core['config'], parts: ToolParts): McpFace {
  const servers = new McpServers(parts);
  return {
    systems: servers.systems,
    hosts: hostsOf(config),
    handle: (system, exchange) => servers.handle(system, exchange),
  };
}

function hostsOf(config: Core['config']): string[] {
  const { publicUrl, host, mcpHosts } = config;
  return [...mcpHosts, host, ...(publicUrl === null ? [] : [new URL(publicUrl).hostname])];
}

/** As in a thought of our own: fenced, without what cannot be seen, cut where it is too long. */
const block: ToolParts['block'] = (operation, input, found) => {
  const subject = operation.effect === 'read' ? operation.about?.(input) : undefined;
  const about = subject === undefined ? 'read just now' : `${subject}, read just now`;
  return dataBlock({ id: operation.name, about, text: JSON.stringify(found) }, LONGEST_RESULT);
};
