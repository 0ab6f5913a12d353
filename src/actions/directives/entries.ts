import type { Autonomy } from '../../domain/constitution.ts';
import type { Path } from './fault.ts';
import type { Place } from './read-file.ts';
import type { AutonomyRule } from './rules.ts';
import type { DirectivesFile } from './schema.ts';

/** A sentence of the directives, with the rule behind it where there is one. */
export interface DirectiveEntry {
  readonly section: string;
  readonly path: Path;
  readonly place: Place;
  readonly text: string;
  readonly rule: AutonomyRule | null;
  /** Set in the autonomy lists. */
  readonly level: Autonomy | null;
}

interface Written {
  readonly text: string;
  readonly rule?: AutonomyRule | undefined;
}

interface Section {
  readonly path: readonly string[];
  readonly entries: readonly Written[] | undefined;
  readonly level?: Autonomy;
}

function sectionsOf(file: DirectivesFile): Section[] {
  const { objectives, constraints, decision_making: deciding, escalation_ladder: ladder } = file;
  const autonomy = constraints?.autonomy;
  const lists = ['constraints', 'autonomy'];
  return [
    { path: ['objectives', 'primary'], entries: objectives?.primary },
    { path: ['objectives', 'secondary'], entries: objectives?.secondary },
    { path: ['constraints', 'communication'], entries: constraints?.communication },
    { path: ['constraints', 'escalation'], entries: constraints?.escalation },
    {
      path: [...lists, 'can_do_automatically'],
      entries: autonomy?.can_do_automatically,
      level: 'automatic',
    },
    {
      path: [...lists, 'needs_confirmation'],
      entries: autonomy?.needs_confirmation,
      level: 'confirm',
    },
    { path: [...lists, 'never_do'], entries: autonomy?.never_do, level: 'never' },
    { path: ['decision_making', 'when_uncertain'], entries: deciding?.when_uncertain },
    { path: ['decision_making', 'learning'], entries: deciding?.learning },
    { path: ['escalation_ladder', 'steps'], entries: ladder?.steps },
  ];
}

/** All sentences in the order in which they stand in the file. */
export function entriesOf(file: DirectivesFile, placeOf: (path: Path) => Place): DirectiveEntry[] {
  const entries = sectionsOf(file).flatMap(({ path, entries: written, level }) =>
    (written ?? []).map((one, at): DirectiveEntry => {
      const own: Path = [...path, at];
      return {
        section: path.join('.'),
        path: own,
        place: placeOf(own),
        text: one.text,
        rule: one.rule ?? null,
        level: level ?? null,
      };
    }),
  );
  return entries.sort((left, right) => left.place.line - right.place.line);
}
