import type { Connector, PollAsk, PollPage } from '../../src/domain/connector.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { ProjectEvent } from '../../src/domain/event.ts';
import { rule, wakes } from '../../src/connectors/triage-rule.ts';

/** One fact of a made-up system: a comment on a pull request. */
export function fact(number: number, at: number, more: Partial<ProjectEvent> = {}): ProjectEvent {
  return {
    key: `github:comment:${number}:created`,
    kind: 'comment.created',
    source: 'github',
    subject: 'github:pull-request:acme/payments#1',
    actor: { id: 'mia-berg', name: 'Mia Berg', kind: 'person' },
    at: new Date(at).toISOString(),
    title: `Mia Berg commented (${number})`,
    text: `words ${number}`,
    message: `github:comment:${number}`,
    changes: [],
    scope: 'acme/payments',
    restricted: false,
    ...more,
  };
}

/** A system whose facts a test decides, page by page of `size`; the cursor is the number of facts read. */
export class PolledSystem {
  readonly facts = new Map<string, ProjectEvent[]>();
  readonly asked: PollAsk[] = [];
  readonly failures: Failure[] = [];
  everySeconds = 3600;
  mostPerMinute = Infinity;
  size = 100;
  /** Runs before a page is given. */
  before: () => Promise<void> | void = () => undefined;

  readonly connector = (): Connector => ({
    name: 'github',
    triage: [rule('any', () => wakes('a test'))],
    operations: [],
    abilities: [],
    poll: {
      everySeconds: this.everySeconds,
      mostPerMinute: this.mostPerMinute,
      sees: ['comment.created'],
      scopes: () => Promise.resolve([...this.facts.keys()]),
      fetch: (ask) => this.fetch(ask),
    },
  });

  private async fetch(ask: PollAsk): Promise<PollPage> {
    this.asked.push(ask);
    await this.before();
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const all = (this.facts.get(ask.scope) ?? []).filter(
      (one) => ask.cursor !== null || Date.parse(one.at) >= ask.since,
    );
    const from = Number(ask.cursor ?? 0);
    const events = all.slice(from, from + this.size);
    const next = from + events.length;
    return { events, cursor: String(next), more: next < all.length };
  }
}
