/** A content block, as far as the emulator reads it. */
export interface Block {
  readonly type?: string;
  readonly text?: string;
  readonly cache_control?: { readonly type?: string; readonly ttl?: '5m' | '1h' } | null;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The body of `POST /v1/messages`, after its checks; `body` keeps all that was sent. */
export interface MessagesRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly {
    readonly role: 'user' | 'assistant';
    readonly content: string | readonly Block[];
  }[];
  readonly system?: string | readonly Block[];
  readonly tools?: readonly (Block & Readonly<Record<string, unknown>>)[];
  readonly tool_choice?: { readonly type: string };
  readonly thinking?: { readonly type: string; readonly budget_tokens?: number };
  readonly output_config?: {
    readonly effort?: string;
    readonly format?: { readonly type: string; readonly schema: JsonSchema };
  };
  readonly cache_control?: Block['cache_control'];
  readonly stream?: boolean;
}

/** All blocks in the order of the cached prefix: tools, system, messages. */
export function blocksOf({ tools, system, messages }: MessagesRequest): Block[] {
  return [
    ...(tools ?? []),
    ...blocks(system ?? []),
    ...messages.flatMap(({ role, content }) =>
      blocks(content).map((block) => ({ ...block, role })),
    ),
  ];
}

function blocks(content: string | readonly Block[]): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
