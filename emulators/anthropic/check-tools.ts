import type { Block, MessagesRequest } from './messages-request.ts';
import { contentBlocks } from './messages-request.ts';
import type { Refused } from './refused.ts';
import { invalid } from './refused.ts';

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;

/** Why the tools of a request are refused, or how it answers them: every use has its result, in the next message. */
export function checkTools({ tools = [], messages }: MessagesRequest): Refused | undefined {
  for (const [at, tool] of tools.entries()) {
    const { name, input_schema: schema } = tool;
    if (typeof name !== 'string' || !TOOL_NAME.test(name)) {
      return invalid(`tools.${at}.name: String should match pattern '${TOOL_NAME.source}'`);
    }
    if (typeof schema !== 'object' || schema === null || !('type' in schema)) {
      return invalid(`tools.${at}.input_schema.type: Field required`);
    }
  }
  const names = tools.map(({ name }) => name);
  if (new Set(names).size < names.length) return invalid('tools: Tool names must be unique.');
  return checkResults(messages);
}

function checkResults(messages: MessagesRequest['messages']): Refused | undefined {
  const blocks = messages.map(({ content }) => contentBlocks(content));
  for (const [at, said] of blocks.entries()) {
    const used = said.flatMap(({ type, id }) =>
      type === 'tool_use' && id !== undefined ? [id] : [],
    );
    const answered = resultsOf(blocks[at + 1] ?? []);
    const missing = used.filter((id) => !answered.includes(id));
    if (missing.length === 0) continue;
    const message = `messages.${at}: tool_use ids were found without tool_result blocks immediately after: ${missing.join(', ')}`;
    return invalid(message);
  }
  return undefined;
}

const resultsOf = (blocks: readonly Block[]) =>
  blocks.flatMap(({ type, tool_use_id: id }) =>
    type === 'tool_result' && id !== undefined ? [id] : [],
  );
