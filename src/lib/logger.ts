import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export interface LoggerSettings {
  readonly level: string;
  /** Readable lines for a terminal instead of JSON. */
  readonly pretty: boolean;
}

const SECRET_PATHS = ['headers.authorization', 'token', 'secret', 'apiKey', '*.token', '*.secret'];

/** Objects first, constant messages; what looks like a secret is blacked out in any case. */
export async function createLogger(settings: LoggerSettings): Promise<Logger> {
  const options = {
    level: settings.level,
    base: null,
    redact: { paths: SECRET_PATHS, censor: '[hidden]' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  if (!settings.pretty) return pino(options, pino.destination({ dest: 1, sync: true }));
  const { PinoPretty } = await import('pino-pretty');
  const stream: DestinationStream = PinoPretty({
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
  });
  return pino(options, stream);
}

/** For tests and one-shot commands. */
export const silentLogger: Logger = pino({ level: 'silent' });
