import type { TeamMember } from '../../domain/constitution.ts';
import type { DirectiveEntry } from './entries.ts';
import type { DirectivesFile } from './schema.ts';

const HEADINGS: Readonly<Record<string, string>> = {
  'objectives.primary': 'What matters most',
  'objectives.secondary': 'What matters next',
  'constraints.communication': 'How to speak',
  'constraints.escalation': 'When to escalate',
  'constraints.autonomy.can_do_automatically': 'Done without asking',
  'constraints.autonomy.needs_confirmation': 'Done with a word of a person',
  'constraints.autonomy.never_do': 'Never done',
  'decision_making.when_uncertain': 'When uncertain',
  'decision_making.learning': 'How to learn',
  'escalation_ladder.steps': 'The steps of a reminder',
};

/**
 * What the model reads of the directives: every sentence under its heading, and who is on the team. Addresses, account
 * ids and figures of money stay inside.
 */
export function proseOf(
  file: DirectivesFile,
  entries: readonly DirectiveEntry[],
  members: readonly TeamMember[],
): string {
  const { agent, urgency } = file;
  const about = [agent?.role, agent?.personality].filter((one) => one !== undefined);
  const levels = Object.entries(urgency?.levels ?? {}).flatMap(([level, told]) =>
    told?.meaning === undefined ? [] : [`${level}: ${told.meaning}`],
  );
  const sections = [...Map.groupBy(entries, ({ section }) => section)].map(
    ([section, group]) => [HEADINGS[section] ?? section, group.map(({ text }) => text)] as const,
  );
  const blocks = [
    ['You are', about] as const,
    ...sections,
    ['Levels of urgency', levels] as const,
    [
      'Channels',
      Object.entries(file.channels ?? {}).map(([what, name]) => `${what}: ${name}`),
    ] as const,
    ['The team', members.map(memberLine)] as const,
  ];
  return blocks
    .filter(([, lines]) => lines.length > 0)
    .map(([heading, lines]) => `${heading}:\n${lines.map((line) => `- ${line}`).join('\n')}`)
    .join('\n\n');
}

function memberLine({ name, role, calendar, notes }: TeamMember): string {
  return `${name}, ${role}, ${calendar.tz}${notes === null ? '' : `. ${notes}`}`;
}
