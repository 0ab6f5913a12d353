/** A time as Jira writes it: milliseconds, and an offset without a colon. */
export function jiraDate(time: Date): string {
  return time.toISOString().replace('Z', '+0000');
}
