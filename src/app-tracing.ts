import type { Config } from './config.ts';
import { unobserved } from './domain/observer.ts';
import type { Observer } from './domain/observer.ts';
import type { Logger } from './lib/logger.ts';

/** Traces of this process, while they are on. */
export interface Tracing {
  readonly observer: Observer;
  /** Sends what is left, for a short while. Never rejects. */
  readonly stop: () => Promise<void>;
}

const OFF: Tracing = { observer: unobserved, stop: () => Promise.resolve() };

/** Sends traces where the settings name a receiver; otherwise nothing of the machinery is loaded. */
export async function tracingOf(
  config: Pick<Config, 'tracing' | 'parts'>,
  log: Logger,
): Promise<Tracing> {
  if (config.tracing === null) return OFF;
  const { otlpTracing } = await import('./app-tracing-otlp.ts');
  return otlpTracing({ ...config.tracing, parts: config.parts, log });
}
