import type { Ability } from '../domain/connector.ts';

/** One line about an ability of a system. */
interface AbilityRow {
  readonly system: string;
  readonly ability: string;
  readonly on: boolean;
  readonly note: string;
}

interface Watched {
  readonly name: string;
  readonly abilities: readonly Ability[];
}

/** What is on and what is off and why; a system of which nothing is configured takes one line. */
export function abilityRows(systems: readonly Watched[]): AbilityRow[] {
  return systems.flatMap(({ name, abilities }): AbilityRow[] => {
    if (abilities.some(({ on }) => on)) {
      return abilities.map((one) => ({ ...one, system: name, ability: one.name }));
    }
    const note = `not configured: see ${name.toUpperCase()}_... in .env.example`;
    return [{ system: name, ability: '', on: false, note }];
  });
}
