import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Reach } from '../../src/domain/action.ts';
import type { Connector, Operation } from '../../src/domain/connector.ts';
import { ProjectEvent } from '../../src/domain/event.ts';
import { Subject } from '../../src/domain/subject.ts';

/** What the suite needs to know of a connector. */
export interface ConnectorUnderTest {
  /** With credentials and secrets, allowed to write. */
  readonly full: Connector;
  /** The same in simulation. */
  readonly simulation: Connector;
  /** Without any setting. */
  readonly bare: Connector;
  /** An input for every operation, by its name. */
  readonly samples: Readonly<Record<string, unknown>>;
  /** Bodies that its webhook turns into events. */
  readonly bodies: readonly unknown[];
}

/** What every connector promises. Sends nothing outside. */
export function connectorSuite(name: string, given: ConnectorUnderTest): void {
  describe(`${name} keeps the contract of a connector`, () => {
    operationTests(name, given);
    judgementTests(name, given);
    surveyTests(given);
    webhookTests(name, given);
    triageTests(given);
  });
}

function operationTests(
  name: string,
  { full, simulation, bare, samples }: ConnectorUnderTest,
): void {
  test('operations bear the name of the connector, each its own', () => {
    const names = full.operations.map((operation) => operation.name);

    expect(new Set(names).size).toBe(names.length);
    for (const one of names) expect(one).toMatch(new RegExp(`^${name}\\.[a-z]+(-[a-z]+)+$`));
  });

  test('every operation is described, takes its sample and says what it would do in one line', () => {
    for (const operation of full.operations) {
      const input = operation.input.parse(samples[operation.name]);
      const preview = operation.preview(input);

      expect(operation.summary).not.toBe('');
      expect(preview).toMatch(/^.{1,300}$/);
      if (operation.effect !== 'read') Subject.parse(operation.target(input));
    }
  });

  test('no operation takes something that is not an object', () => {
    for (const operation of full.operations) {
      for (const odd of [null, [], 'text', 7, {}]) {
        expect(operation.input.safeParse(odd).success).toBe(false);
      }
    }
  });

  test('simulation and missing credentials declare the same changes, without the ability to make them', () => {
    const changes = (connector: Connector): string[] =>
      connector.operations.filter(({ effect }) => effect !== 'read').map((one) => one.name);

    for (const connector of [simulation, bare]) {
      expect(changes(connector)).toEqual(changes(full));
      for (const operation of connector.operations) expect(operation).not.toHaveProperty('write');
    }
  });

  test('without credentials nothing is offered that would need them', () => {
    expect(bare).not.toHaveProperty('gather');
    expect(bare).not.toHaveProperty('check');
    expect(bare).not.toHaveProperty('webhook');
    expect(bare.abilities.every(({ on, note }) => !on && note !== '')).toBe(true);
  });
}

function judgementTests(name: string, { full, samples }: ConnectorUnderTest): void {
  const writes = full.operations.filter((one) => one.effect !== 'read');
  const reads = full.operations.filter((one) => one.effect === 'read');
  const sampleOf = (operation: Operation) => operation.input.parse(samples[operation.name]);

  test('what people would read of a change is told, whatever stands in it', () => {
    const speaking = writes.filter(({ input }) => freeTextOf(input).length > 0);

    expect(speaking.length).toBeGreaterThan(0);
    for (const operation of speaking) {
      const fields = freeTextOf(operation.input);
      expect([operation.name, operation.words]).toEqual([operation.name, expect.any(Function)]);
      for (const field of fields) {
        const words = `Canary ${field}`;
        const sample = Object.assign({}, samples[operation.name], { [field]: words });
        const input = operation.input.parse(sample);
        expect(operation.words?.(input)).toContain(words);
      }
    }
  });

  test('a change with words says whom it reaches, in this system', () => {
    for (const operation of writes.filter(({ words }) => words !== undefined)) {
      const reach = Reach.parse(operation.reaches?.(sampleOf(operation)));
      expect(reach.system).toBe(name);
      if (reach.audience === 'item') expect(reach.id).toBeNull();
      if (reach.audience === 'channel' || reach.audience === 'person') {
        expect(JSON.stringify(sampleOf(operation))).toContain(JSON.stringify(reach.id));
      }
    }
  });

  test('a read of one subject names it, and lists and searches name none', () => {
    for (const operation of reads) {
      if (operation.about === undefined) continue;
      const subject = Subject.parse(operation.about(sampleOf(operation)));
      expect(subject.startsWith(`${name}:`)).toBe(true);
      expect(operation.name).not.toContain('.search-');
    }
    expect(reads.some(({ about }) => about !== undefined)).toBe(reads.length > 0);
  });
}

/** Fields in which anything can be said: strings without a pattern, longer than a name. */
function freeTextOf(input: z.ZodType): string[] {
  const schema = z.toJSONSchema(input, { unrepresentable: 'any', io: 'input' });
  return Object.entries(schema.properties ?? {}).flatMap(([field, one]) => {
    if (typeof one !== 'object' || one.type !== 'string') return [];
    const isName = one.pattern !== undefined || one.enum !== undefined;
    const isOpaque = OPAQUE.has(field);
    return isName || isOpaque || (one.maxLength ?? Infinity) <= 255 ? [] : [field];
  });
}

/** Comes back to code and is shown to nobody. */
const OPAQUE: ReadonlySet<string> = new Set(['meta', 'trigger']);

const ELSEWHERE = ['other:issue:ABC-1', 'jira:sprint:1', 'slack:channel:C0', 'sentry:alert:1'];

function surveyTests({ full, simulation, bare }: ConnectorUnderTest): void {
  test('a survey needs no right to write, and credentials', () => {
    expect(typeof simulation.survey).toBe(typeof full.survey);
    expect(bare).not.toHaveProperty('survey');
  });

  test('of a subject that is not its own a survey knows nothing, and asks nobody', async () => {
    const { survey } = full;
    if (survey === undefined) return;
    const call = { signal: new AbortController().signal };
    for (const subject of ELSEWHERE) expect(await survey(subject, call)).toBeNull();
  });
}

function webhookTests(name: string, { full, bodies }: ConnectorUnderTest): void {
  const webhook = full.webhook;
  if (webhook === undefined) return;

  test('the webhook has a secret and names its headers in lower case', () => {
    expect(webhook.proofs.length).toBeGreaterThan(0);
    for (const { scheme, secrets } of webhook.proofs) {
      expect(secrets.length).toBeGreaterThan(0);
      expect(secrets).not.toContain('');
      expect(scheme.header).toBe(scheme.header.toLowerCase());
    }
    expect(webhook.deliveryHeader).toBe(webhook.deliveryHeader?.toLowerCase() ?? null);
  });

  test('a body becomes valid events of this source, the same each time', () => {
    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies) {
      const { events } = webhook.normalise(body, {});

      expect(events.length).toBeGreaterThan(0);
      for (const event of events) expect(ProjectEvent.parse(event).source).toBe(name);
      expect(webhook.normalise(structuredClone(body), {}).events).toEqual(events);
    }
  });

  test('any JSON value becomes valid events or a reason', () => {
    const keys = bodies.flatMap((body) => Object.keys(Object(body) as object));
    const mutant = fc
      .tuple(fc.constantFrom(...bodies), fc.constantFrom(...keys), fc.jsonValue())
      .map(([body, key, value]): unknown => ({ ...Object(body), [key]: value }));

    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), mutant), (body) => {
        const { events, reason } = webhook.normalise(body, {});
        for (const event of events) ProjectEvent.parse(event);
        expect(events.length === 0).toBe(reason !== undefined && reason !== '');
      }),
    );
  });
}

function triageTests({ full, bodies }: ConnectorUnderTest): void {
  test('rules of triage have names of their own and give them with their answer', () => {
    const names = full.triage.map((rule) => rule.name);

    expect(new Set(names).size).toBe(names.length);
    for (const event of bodies.flatMap((body) => full.webhook?.normalise(body, {}).events ?? [])) {
      const answers = full.triage.map((rule) => rule.judge(event)?.rule ?? rule.name);
      expect(answers).toEqual(names);
    }
  });

  test('the key of an event begins with the message that it is about', () => {
    for (const event of bodies.flatMap((body) => full.webhook?.normalise(body, {}).events ?? [])) {
      if (event.message !== null) expect(event.key.startsWith(`${event.message}:`)).toBe(true);
    }
  });

  test('every event of a sample is decided by some rule', () => {
    for (const event of bodies.flatMap((body) => full.webhook?.normalise(body, {}).events ?? [])) {
      expect(full.triage.some((rule) => rule.judge(event) !== null)).toBe(true);
    }
  });
}
