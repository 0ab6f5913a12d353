/**
 * Operations that no mode and no approval makes possible, whoever declares them: people delete, people close, people
 * touch code. A name here needs no operation of that name to exist.
 */
export const NEVER: readonly string[] = [
  'jira.delete-issue',
  'jira.delete-comment',
  'jira.close-issue',
  'jira.set-priority',
];
