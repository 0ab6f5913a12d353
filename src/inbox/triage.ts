import type { Connector } from '../domain/connector.ts';
import type { ProjectEvent, Significance, TriageRule } from '../domain/event.ts';

/** Who we are per system, as far as we know by now: the account first, then other ids we act under. */
export type OwnAccounts = ReadonlyMap<string, readonly string[]>;

/** Whose doings never start a cycle. */
export interface Known {
  readonly accounts: OwnAccounts;
  /** Accounts of other automations, as `system:account`. */
  readonly bots: ReadonlySet<string>;
}

/** The agent itself caused it: never a reason for a cycle. */
function ownEcho(accounts: OwnAccounts): TriageRule {
  return {
    name: 'own-echo',
    judge: (event) => {
      const own = accounts.get(event.source) ?? [];
      if (event.actor === null || !own.includes(event.actor.id)) return null;
      return { wakes: false, rule: 'own-echo', reason: 'the agent did this itself' };
    },
  };
}

/** Other automations never start an exchange. */
const otherBot: TriageRule = {
  name: 'other-bot',
  judge: (event) => {
    if (event.actor?.kind !== 'bot') return null;
    return { wakes: false, rule: 'other-bot', reason: `${event.actor.name} is an automation` };
  },
};

/** An automation that its system shows as a person; the settings name it. */
function configuredBot(bots: ReadonlySet<string>): TriageRule {
  return {
    name: 'configured-bot',
    judge: ({ source, actor }) => {
      if (actor === null || !bots.has(`${source}:${actor.id}`)) return null;
      const reason = `${actor.name} is an automation by the settings`;
      return { wakes: false, rule: 'configured-bot', reason };
    },
  };
}

/** The first rule that decides wins; an event that no rule knows starts nothing. */
export function triage(event: ProjectEvent, rules: readonly TriageRule[]): Significance {
  for (const rule of rules) {
    const significance = rule.judge(event);
    if (significance !== null) return significance;
  }
  return { wakes: false, rule: 'no-rule', reason: `no rule says what ${event.kind} means` };
}

/** All rules for the events of one system, in order. */
export function triageRules(connector: Connector, known: Known): readonly TriageRule[] {
  return [ownEcho(known.accounts), configuredBot(known.bots), otherBot, ...connector.triage];
}
