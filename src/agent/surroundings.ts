import { expiresAtFor } from '../actions/approvals/expires-at.ts';
import type { Ground } from '../actions/content/ground.ts';
import { matchesOperation } from '../actions/directives/operation-pattern.ts';
import type { Action } from '../domain/action.ts';
import type { Constitution } from '../domain/constitution.ts';
import type { Context } from '../domain/context.ts';
import type { Change, ProjectEvent } from '../domain/event.ts';
import { subjectParts } from '../domain/subject.ts';
import { workingTime } from '../lib/business-time.ts';
import type { Clock } from '../lib/clock.ts';
import type { Surroundings } from './cycle-parts.ts';
import { sortChanges, sortFacts } from './stated-facts.ts';

export interface SurroundingsParts {
  readonly constitution: () => Constitution;
  readonly clock: Clock;
  /** The person of an account; an account that nobody joined is a person of its own. */
  readonly personOf: (system: string, account: string) => string;
  /** The person who bears an account id in any system; `null` when nobody known does. */
  readonly personWith: (account: string) => string | null;
  /** Names of everybody who is known by now. */
  readonly names: () => readonly string[];
  readonly projects: () => ReadonlySet<string>;
  /** Hosts of the connected systems. */
  readonly hosts: readonly string[];
  /** Literal secrets of this process. */
  readonly secrets: readonly string[];
}

/** Wires what the directives and the directory say of people and words. */
export function surroundings(parts: SurroundingsParts): Surroundings {
  return {
    askerOf: (events) => askerOf(parts, events),
    groundOf: (context) => groundOf(parts, context),
    excludedFrom: (action) => excludedFrom(parts, action),
    expiresAt: (level, now) => {
      const { calendar, approvals } = parts.constitution();
      return expiresAtFor(level, now, { workingTime: workingTime(calendar), rules: approvals });
    },
    neededFor: (operation) => {
      const { twoPerson } = parts.constitution().approvals;
      return twoPerson.some((pattern) => matchesOperation(pattern, operation)) ? 2 : 1;
    },
  };
}

function askerOf(
  parts: SurroundingsParts,
  events: readonly ProjectEvent[],
): ReturnType<Surroundings['askerOf']> {
  const last = events.findLast(({ actor }) => actor?.kind === 'person');
  if (last === undefined || last.actor === null) return null;
  const person = parts.personOf(last.source, last.actor.id);
  const member = parts.constitution().members.find(({ id }) => id === person);
  return { person, role: member?.role ?? 'guest' };
}

function groundOf(parts: SurroundingsParts, context: Context): Ground {
  const constitution = parts.constitution();
  const { events, facts } = context;
  const told = sortFacts(facts);
  const changed = sortChanges(events.flatMap(changesOf));
  const about = facts.flatMap(({ author, at, url }) => [author ?? '', at ?? '', url ?? '']);
  const { id } = subjectParts(context.subject);
  return {
    texts: [
      ...events.flatMap(wordsOf),
      ...told.written,
      ...changed.written,
      ...about,
      ...context.sources.map(({ readAt }) => readAt),
    ],
    facts: [...told.stated, ...changed.stated],
    names: [
      ...constitution.members.map(({ name }) => name),
      ...parts.names(),
      ...events.flatMap(({ actor }) => actor?.name ?? []),
    ],
    projects: [...parts.projects()],
    ownNames: constitution.names,
    linkHosts: [...parts.hosts, ...constitution.linkHosts],
    secrets: parts.secrets,
    directives: constitution.prose,
    subject: [id],
    now: parts.clock.now(),
    zones: [
      ...new Set([
        constitution.calendar.tz,
        ...constitution.members.map(({ calendar }) => calendar.tz),
      ]),
    ],
  };
}

function wordsOf(event: ProjectEvent): string[] {
  const { title, text, at, actor, related = [] } = event;
  return [title, text ?? '', at, actor?.name ?? '', ...related.map((one) => subjectParts(one).id)];
}

/** What a press or our own mail carries is no change of anything. */
function changesOf({ changes, kind, source }: ProjectEvent): readonly Change[] {
  return kind.startsWith('button.') || source === 'pm' ? [] : changes;
}

/** Whoever asked for it, whom it reaches, and everybody whose account its input names. */
function excludedFrom(parts: SurroundingsParts, action: Action): string[] {
  const named = valuesIn(action.input).flatMap((value) => parts.personWith(value) ?? []);
  const reached =
    action.reaches?.audience === 'person' && action.reaches.id !== null
      ? [parts.personOf(action.reaches.system, action.reaches.id)]
      : [];
  return [...new Set([...(action.askedBy === null ? [] : [action.askedBy]), ...reached, ...named])];
}

function valuesIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(valuesIn);
}
