/** An answer with `ok: false`, at HTTP 200; thrown by a method, turned into the answer by the handler. */
export class SlackError extends Error {
  readonly more: Readonly<Record<string, unknown>>;

  constructor(code: string, more: Readonly<Record<string, unknown>> = {}) {
    super(code);
    this.more = more;
  }

  get body(): object {
    return { ok: false, error: this.message, ...this.more };
  }
}
