import type { Call } from '../../domain/connector.ts';
import type { HookRow, Registration } from '../../domain/registration.ts';
import { projectClause } from './jql.ts';

/** Looks after the webhooks of Jira. */
export interface JiraRegistration extends Registration {
  /**
   * Puts off the end of dynamic webhooks, to 30 days from now; admin webhooks never end and give no rows. To be called
   * well before `expiresAt`, e.g. once a week. Throws a `Failure`.
   */
  refresh(call: Call): Promise<readonly HookRow[]>;
}

/** The name under which people see our webhooks. */
export const HOOK_NAME = 'pm-agent';

/** The events that both kinds of webhooks can carry and that we read. */
export const ISSUE_EVENTS: readonly string[] = [
  'jira:issue_created',
  'jira:issue_updated',
  'jira:issue_deleted',
  'comment_created',
  'comment_updated',
  'comment_deleted',
];

/** Whether two lists hold the same names, in any order. */
export function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return [...new Set(one)].toSorted().join() === [...new Set(other)].toSorted().join();
}

/** Which issues webhooks are wanted of; `null` for all of them. */
export function hookFilter(projects: readonly string[]): string | null {
  return projects.length === 0 ? null : projectClause(projects);
}
