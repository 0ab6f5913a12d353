import type { Talk } from '../domain/connector.ts';
import type { ProjectEvent } from '../domain/event.ts';

/** How people speak to the agent. */
export interface Addressing {
  /** Names by which people address the agent, e.g. `pm-agent`. */
  readonly names: () => readonly string[];
  /** Our accounts in a system, once known: a mention of one is a direct question. */
  readonly ours: (system: string) => readonly string[];
  /** How people of a system mention and are answered; absent where they cannot be. */
  readonly talk: (system: string) => Talk | undefined;
}

/** Whether an event speaks to the agent: by the system's own mention, or by name. */
export function isAddressed(event: ProjectEvent, addressing: Addressing): boolean {
  const talk = addressing.talk(event.source);
  if (talk?.addresses(event, addressing.ours(event.source)) === true) return true;
  const text = event.text?.toLowerCase() ?? '';
  return addressing.names().some((name) => text.includes(`@${name.toLowerCase()}`));
}
