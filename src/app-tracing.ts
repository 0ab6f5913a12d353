import type { Config } from './config.ts';
import { unobserved } from './domain/observer.ts';
import type { SendingObserver } from './domain/observer.ts';
import type { Logger } from './lib/logger.ts';

const OFF: SendingObserver = { observer: unobserved, stop: () => Promise.resolve() };

/** Sends traces where the settings name a receiver; otherwise nothing of the machinery is loaded. */
export async function tracingOf(
  config: Pick<Config, 'tracing' | 'parts'>,
  log: Logger,
): Promise<SendingObserver> {
  if (config.tracing === null) return OFF;
  const { otlpTracing } = await import('./app-tracing-otlp.ts');
  return otlpTracing({ ...config.tracing, parts: config.parts, log });
}
