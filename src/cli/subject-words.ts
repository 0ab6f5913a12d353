/** What people call a subject: the key of a ticket, the reminders of a person, a question to people. */
export function subjectWords(subject: string): string {
  const [system, kind, ...rest] = subject.split(':');
  const id = rest.join(':');
  if (system === 'jira') return id;
  if (system !== 'pm') return `${system} ${id}`;
  if (kind === 'person') return `reminders of ${plain(id).replace(/^member:/, '')}`;
  if (kind === 'operations') return `trouble ${id}`;
  return kind === 'approval' ? 'a question to people' : id;
}

function plain(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
