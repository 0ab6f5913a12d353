/** An answer in Jira's error shape; thrown by a route, turned into the answer by the router. */
export class JiraError extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>>;

  constructor(status: number, message: string, errors: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  /** `errorMessages` is empty where the fault is pinned to a field. */
  get body(): { errorMessages: string[]; errors: Readonly<Record<string, string>> } {
    return { errorMessages: this.message === '' ? [] : [this.message], errors: this.errors };
  }
}

/** Jira does not tell a missing issue from one that may not be seen. */
export function issueNotFound(): JiraError {
  return new JiraError(404, 'Issue does not exist or you do not have permission to see it.');
}
