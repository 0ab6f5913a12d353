/** A content block, as far as the emulator reads it. */
export interface Block {
  readonly type?: string;
  readonly text?: string;
  /** Of a `tool_use`. */
  readonly id?: string;
  /** Of a `tool_result`. */
  readonly tool_use_id?: string;
  readonly content?: unknown;
  readonly is_error?: boolean;
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
    ...contentBlocks(system ?? []),
    ...messages.flatMap(({ role, content }) =>
      contentBlocks(content).map((block) => ({ ...block, role })),
    ),
  ];
}

/** Content as blocks, however it was written. */
export function contentBlocks(content: string | readonly Block[]): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
