import type { Connector } from '../domain/connector.ts';
import type { ProjectEvent, Significance, TriageRule } from '../domain/event.ts';

/** Who we are per system, as far as we know by now. */
export type OwnAccounts = ReadonlyMap<string, string>;

/** The agent itself caused it: never a reason for a cycle. */
function ownEcho(accounts: OwnAccounts): TriageRule {
  return {
    name: 'own-echo',
    judge: (event) => {
      const own = accounts.get(event.source);
      if (own === undefined || event.actor?.id !== own) return null;
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

/** The first rule that decides wins; an event that no rule knows starts nothing. */
export function triage(event: ProjectEvent, rules: readonly TriageRule[]): Significance {
  for (const rule of rules) {
    const significance = rule.judge(event);
    if (significance !== null) return significance;
  }
  return { wakes: false, rule: 'no-rule', reason: `no rule says what ${event.kind} means` };
}

/** All rules for the events of one system, in order. */
export function triageRules(connector: Connector, accounts: OwnAccounts): readonly TriageRule[] {
  return [ownEcho(accounts), otherBot, ...connector.triage];
}
