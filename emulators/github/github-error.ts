/** An answer in GitHub's error shape; thrown by a route, turned into the answer by the handler. */
export class GithubError extends Error {
  readonly status: number;
  readonly errors: readonly object[] | null;

  constructor(status: number, message: string, errors: readonly object[] | null = null) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  get body(): object {
    return {
      message: this.message,
      ...(this.errors === null ? {} : { errors: this.errors }),
      documentation_url: 'https://docs.github.com/rest',
      status: String(this.status),
    };
  }
}

/** GitHub does not tell what is missing from what may not be seen. */
export function notFound(): GithubError {
  return new GithubError(404, 'Not Found');
}

/** What was given does not hold. */
export function invalid(resource: string, field: string): GithubError {
  return new GithubError(422, 'Validation Failed', [{ resource, field, code: 'invalid' }]);
}
