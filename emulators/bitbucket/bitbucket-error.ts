/** An answer in Bitbucket's error shape; thrown by a route, turned into the answer by the handler. */
export class BitbucketError extends Error {
  readonly status: number;
  /** Some errors come as bare text. */
  readonly plain: boolean;

  constructor(status: number, message: string, plain = false) {
    super(message);
    this.status = status;
    this.plain = plain;
  }

  get body(): object {
    return { type: 'error', error: { message: this.message } };
  }
}

/** Bitbucket does not tell what is missing from what may not be seen. */
export function notFound(what: string): BitbucketError {
  return new BitbucketError(404, `${what} not found`);
}
