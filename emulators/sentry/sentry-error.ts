/** An answer in Sentry's error shape; thrown by a route, turned into the answer by the handler. */
export class SentryError extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: string | object) {
    super(typeof body === 'string' ? body : JSON.stringify(body));
    this.status = status;
    this.body = typeof body === 'string' ? { detail: body } : body;
  }
}

/** Sentry does not tell what is missing from what may not be seen. */
export function notFound(): SentryError {
  return new SentryError(404, 'The requested resource does not exist');
}
