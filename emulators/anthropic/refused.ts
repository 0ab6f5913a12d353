/** Why the API refuses a request. */
export interface Refused {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

/** A request that is not as the API wants it. */
export function invalid(message: string): Refused {
  return { status: 400, type: 'invalid_request_error', message };
}
