import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const Id = z.string().regex(/^(?:[0-9a-f]{16}|[0-9a-f]{32})$/);
const Attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) });
const Span = z.object({
  traceId: Id,
  spanId: Id,
  parentSpanId: Id.optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: z.array(Attribute).default([]),
  links: z.array(z.object({ traceId: Id, spanId: Id })).default([]),
  status: z.object({ code: z.int().optional() }).optional(),
});
/** An OTLP request in JSON, as far as our spans need it. */
const Request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(Attribute) }),
      scopeSpans: z.array(z.object({ spans: z.array(Span) })),
    }),
  ),
});
export type ReceivedSpan = z.infer<typeof Span>;

/** A receiver of traces over OTLP/HTTP on a port of its own; it ends with the test. */
export interface OtlpReceiver {
  readonly url: string;
  /** Oldest first. */
  readonly spans: ReceivedSpan[];
  /** Every body as it came. */
  readonly bodies: string[];
  readonly headers: Record<string, unknown>[];
  /** From now on answers this status. */
  readonly answer: (status: number) => void;
}

/** Starts it. A body that is no OTLP is answered 400 and kept as a body alone. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const headers: Record<string, unknown>[] = [];
  let status = 200;
  const take = (text: string): number => {
    bodies.push(text);
    if (status !== 200) return status;
    const parsed = Request.safeParse(JSON.parse(text));
    if (!parsed.success) return 400;
    const scopes = parsed.data.resourceSpans.flatMap((one) => one.scopeSpans);
    spans.push(...scopes.flatMap((scope) => scope.spans));
    return 200;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      headers.push({ ...request.headers, path: request.url });
      const code = take(Buffer.concat(chunks).toString());
      response.writeHead(code, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    headers,
    answer: (code) => {
      status = code;
    },
  };
}
