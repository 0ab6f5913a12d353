import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Attributes, Context, SpanContext } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { TracingConfig } from './config.ts';
import { unobserved } from './domain/observer.ts';
import type { PassId, SendingObserver, Step } from './domain/observer.ts';
import type { ProgramPart } from './domain/program-part.ts';
import { subjectParts } from './domain/subject.ts';
import { sha256 } from './lib/digest.ts';
import type { Logger } from './lib/logger.ts';
import { VERSION } from './version.ts';

interface OtlpSettings extends TracingConfig {
  readonly parts: readonly ProgramPart[];
  readonly log: Logger;
}

const EXPORT_MS = 5_000;
const LAST_EXPORT_MS = 2_000;
const MOST_LINKS = 32;
const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;

/**
 * Sends each step as a span over OTLP/HTTP. All ids are made from those of deliveries, cycles and actions, so that a trace
 * goes on in another process and after a restart without anything being kept for it.
 */
export function otlpTracing(settings: OtlpSettings): SendingObserver {
  let next = { traceId: '', spanId: '' };
  const headers = Object.fromEntries(settings.headers.map(({ name, secret }) => [name, secret]));
  const url = `${settings.endpoint}/v1/traces`;
  const otlp = new OTLPTraceExporter({ url, headers, timeoutMillis: EXPORT_MS });
  const exporter = telling(otlp, settings.log);
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
    resource: resourceFromAttributes({
      'service.name': settings.serviceName,
      'service.version': VERSION,
      'pm_agent.parts': [...settings.parts],
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_MS })],
  });
  const tracer = provider.getTracer('pm-agent', VERSION);
  const step = (told: Step): void => {
    const { own, parent, links } = placeOf(told);
    next = own;
    const options = {
      kind: KINDS[told.name] ?? SpanKind.INTERNAL,
      attributes: attributesOf(told),
      links: links.map((context) => ({ context })),
      startTime: told.from,
    };
    const span = tracer.startSpan(told.name, options, under(parent));
    const error = errorOf(told);
    if (error !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    span.end(Math.max(told.from, told.to));
  };
  return { observer: { ...unobserved, step }, stop: () => stopped(provider) };
}

const KINDS: Readonly<Partial<Record<Step['name'], SpanKind>>> = {
  receive: SpanKind.SERVER,
  action: SpanKind.CLIENT,
};

const UNSOUND: ReadonlySet<string> = new Set(['failed', 'unknown']);

function errorOf(step: Step): string | null {
  if (step.name === 'action') return UNSOUND.has(step.state) ? step.state : null;
  return 'failure' in step ? (step.failure ?? null) : null;
}

function attributesOf(step: Step): Attributes {
  if ('delivery' in step) {
    const { delivery, source, way } = step;
    return { 'pm_agent.delivery': delivery, 'pm_agent.source': source, 'pm_agent.way': way };
  }
  const { cycle, fence, subject } = step.pass;
  const ofPass = {
    'pm_agent.cycle': cycle,
    'pm_agent.fence': fence,
    'pm_agent.subject': shownSubject(subject),
  };
  if (step.name !== 'action') return ofPass;
  const { action, operation, attempt, state } = step;
  return {
    ...ofPass,
    'pm_agent.action': action,
    'pm_agent.operation': operation,
    'pm_agent.attempt': attempt,
    'pm_agent.state': state,
  };
}

/** Our own mailboxes may be named after a person: their kind has to do. */
function shownSubject(subject: string): string {
  const { system, kind } = subjectParts(subject);
  return system === 'pm' ? `${system}:${kind}` : subject;
}

interface Place {
  readonly own: SpanContext;
  readonly parent: SpanContext | null;
  readonly links: readonly SpanContext[];
}

/** Where a step stands: receive, read, wait, cycle one under the other, and the steps of a cycle under it. */
function placeOf(step: Step): Place {
  if ('delivery' in step) {
    const { delivery, name } = step;
    const own = ofDelivery(name, delivery);
    return { own, parent: name === 'read' ? ofDelivery('receive', delivery) : null, links: [] };
  }
  const { pass, name } = step;
  const [first, ...others] = pass.deliveries;
  if (name === 'wait') {
    const parent = first === undefined ? null : ofDelivery('read', first);
    return { own: waitOf(pass), parent, links: [] };
  }
  if (name === 'cycle') {
    const links = others.slice(0, MOST_LINKS).map((delivery) => ofDelivery('receive', delivery));
    return { own: cycleOf(pass), parent: waitOf(pass), links };
  }
  const about = name === 'action' ? `${step.action} ${step.from}` : String(step.from);
  const own = { ...cycleOf(pass), spanId: digits(`${name} ${keyOf(pass)} ${about}`, SPAN_DIGITS) };
  return { own, parent: cycleOf(pass), links: [] };
}

function ofDelivery(name: string, delivery: string): SpanContext {
  return contextOf(`delivery ${delivery}`, `${name} ${delivery}`);
}

const waitOf = (pass: PassId) => contextOf(traceKey(pass), `wait ${pass.cycle}`);
const cycleOf = (pass: PassId) => contextOf(traceKey(pass), `cycle ${keyOf(pass)}`);
const keyOf = ({ cycle, fence }: PassId) => `${cycle} ${fence}`;

/** A cycle belongs to the trace of its oldest delivery; without one it begins a trace of its own. */
function traceKey({ deliveries, cycle }: PassId): string {
  const [first] = deliveries;
  return first === undefined ? `cycle ${cycle}` : `delivery ${first}`;
}

function contextOf(traceKeyed: string, spanKeyed: string): SpanContext {
  return {
    traceId: digits(traceKeyed, TRACE_DIGITS),
    spanId: digits(spanKeyed, SPAN_DIGITS),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  };
}

function digits(text: string, count: number): string {
  return sha256(`pm-agent trace ${text}`).slice(0, count);
}

function under(parent: SpanContext | null): Context {
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** The same exporter, which says once when its receiver is lost and once when it is back. */
function telling(exporter: SpanExporter, log: Logger): SpanExporter {
  let isLost = false;
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        const lost = result.error !== undefined;
        if (lost !== isLost) log.warn({ lost }, 'traces are sent, or not any more');
        isLost = lost;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => await exporter.forceFlush?.(),
  };
}

/** What cannot be sent in the time is lost: traces must not hold up the end of the program. */
async function stopped(provider: TracerProvider): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LAST_EXPORT_MS);
  });
  const sent = provider.shutdown().catch(() => undefined);
  await Promise.race([sent, late]);
  clearTimeout(timer);
}
