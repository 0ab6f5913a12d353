import { z } from 'zod';

const text = z.string().trim().min(1);
const address = z.url({ protocol: /^https?$/ });
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** The variables of the edge: limits, TLS of our own, who may send. The description is the fix of a wrong value. */
export const EDGE = {
  PM_AGENT_API_RATE: whole(1, 100_000)
    .default(10)
    .describe('how often one token may ask the API in a second, 1 to 100000'),
  PM_AGENT_CALL_LIMITS: z
    .enum(['outside', 'all', 'off'])
    .default('outside')
    .describe('outside (calls that leave this machine), all, or off'),
  PM_AGENT_CACHE_SECONDS: whole(0, 3600)
    .default(60)
    .describe('for how long lists that rarely change are not asked for again, 0 to 3600 seconds'),
  PM_AGENT_WORKER_CONCURRENCY: whole(1, 1000)
    .default(48)
    .describe('how many cycles one worker runs at once, 1 to 1000'),
  PM_AGENT_TLS_CERT: text
    .optional()
    .describe('the path of a PEM file: the certificate, then its chain'),
  PM_AGENT_TLS_KEY: text
    .optional()
    .describe('the path of a PEM file with the key, without a password'),
  PM_AGENT_TLS_HOST: text
    .optional()
    .describe('the address to serve TLS on; all addresses unless set'),
  PM_AGENT_TLS_PORT: whole(0, 65_535).default(8443).describe('a port from 0 to 65535'),
  PM_AGENT_TLS_SERVES: z
    .enum(['webhooks', 'all'])
    .default('webhooks')
    .describe('webhooks (with /health), or all'),
  PM_AGENT_ALLOW_LIST: z.enum(['on', 'off']).default('off').describe('on or off'),
  PM_AGENT_ALLOWED_NETWORKS: text
    .default('config/allowed-networks.yaml')
    .describe('the path of the file that pm-agent allow-list update writes'),
  ATLASSIAN_RANGES_URL: address
    .default('https://ip-ranges.atlassian.com/')
    .describe('the address of the list of networks that Atlassian publishes'),
  GITHUB_META_URL: address
    .default('https://api.github.com/meta')
    .describe('the address of the list of networks that GitHub publishes'),
} as const;

type Edge = z.infer<z.ZodObject<typeof EDGE>>;

/** Where the program ends TLS itself. */
interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  /** Null: every address of the machine. */
  readonly host: string | null;
  readonly port: number;
  readonly serves: 'webhooks' | 'all';
}

/** The settings of the edge. */
export interface EdgeConfig {
  /** Requests of one token in a second. */
  readonly apiRate: number;
  /** Which calls to the systems are counted against their limits. */
  readonly callLimits: Edge['PM_AGENT_CALL_LIMITS'];
  /** 0: every read is asked for anew. */
  readonly cacheSeconds: number;
  readonly workerConcurrency: number;
  /** Null: somebody else ends TLS. */
  readonly tls: TlsConfig | null;
  /** The file of the networks that may send; null: everybody may. */
  readonly allowedNetworks: string | null;
}

/** Takes the settings of the edge out of the environment. */
export function edgeOf(env: Edge): EdgeConfig {
  const { PM_AGENT_TLS_CERT: certFile, PM_AGENT_TLS_KEY: keyFile } = env;
  const tls =
    certFile === undefined || keyFile === undefined
      ? null
      : {
          certFile,
          keyFile,
          host: env.PM_AGENT_TLS_HOST ?? null,
          port: env.PM_AGENT_TLS_PORT,
          serves: env.PM_AGENT_TLS_SERVES,
        };
  return {
    apiRate: env.PM_AGENT_API_RATE,
    callLimits: env.PM_AGENT_CALL_LIMITS,
    cacheSeconds: env.PM_AGENT_CACHE_SECONDS,
    workerConcurrency: env.PM_AGENT_WORKER_CONCURRENCY,
    tls,
    allowedNetworks: env.PM_AGENT_ALLOW_LIST === 'on' ? env.PM_AGENT_ALLOWED_NETWORKS : null,
  };
}
