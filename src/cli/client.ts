import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { loadClientConfig } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import type { FailureKind } from '../domain/failure.ts';
import { storeFile } from '../store/store-file.ts';
import type { Given } from './given.ts';

// Beside the store where that is a file; beside the place of the usual one otherwise.
const LOCAL = 'data/store';

/** Where the server leaves an admin token for commands on the same machine; only its owner can read it. */
export function localTokenFile(databaseUrl: string): string {
  return join(dirname(storeFile(databaseUrl) ?? LOCAL), 'cli-token');
}

const Problem = z.object({ detail: z.string().optional(), title: z.string().optional() });
const DEADLINE_MS = 10_000;

const KINDS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid-input',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'gone',
  429: 'rate-limited',
};

/** Talks to a running server. Every answer is checked against its schema. */
export interface ApiClient {
  readonly url: string;
  readonly get: <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
  ) => Promise<z.infer<Schema>>;
  readonly post: <Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
  ) => Promise<z.infer<Schema>>;
  readonly delete: <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
  ) => Promise<z.infer<Schema>>;
}

function readToken(given: Given, environment: Readonly<TokenSources>): string | null {
  if (given.tokenStdin) return readFileSync(0, 'utf8').trim();
  if (environment.token !== null) return environment.token;
  try {
    return readFileSync(environment.file, 'utf8').trim();
  } catch {
    return null;
  }
}

interface TokenSources {
  readonly token: string | null;
  readonly file: string;
}

function refusalOf(status: number, body: unknown): Failure {
  const problem = Problem.safeParse(body);
  const told = problem.success ? (problem.data.detail ?? problem.data.title) : undefined;
  const fix = 'Set PM_AGENT_TOKEN, or run this where the server keeps its data.';
  const details = status === 401 ? { fix } : {};
  return new Failure(KINDS[status] ?? 'internal', told ?? `the server said ${status}`, details);
}

/** A client for `--url`, or for the server that this folder's settings describe. */
export function apiClient(given: Given): ApiClient {
  const config = loadClientConfig();
  const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host;
  const url = (given.url ?? `http://${host}:${config.port}`).replace(/\/+$/, '');
  const file = localTokenFile(config.databaseUrl);
  const token = readToken(given, { token: config.token, file });

  const ask = async (path: string, init: RequestInit): Promise<unknown> => {
    const headers = {
      // Without a body there is nothing to name the type of, and the server says so.
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const answer = await fetch(`${url}${path}`, { ...init, headers, signal }).catch(
      (cause: unknown) => {
        throw new Failure('unavailable', `no server answers at ${url}`, {
          cause,
          fix: 'Start it with pm-agent start, or name it with --url.',
        });
      },
    );
    const body: unknown = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    throw refusalOf(answer.status, body);
  };

  return {
    url,
    get: async (path, schema) => schema.parse(await ask(path, { method: 'GET' })),
    post: async (path, body, schema) =>
      schema.parse(await ask(path, { method: 'POST', body: JSON.stringify(body) })),
    delete: async (path, schema) => schema.parse(await ask(path, { method: 'DELETE' })),
  };
}
