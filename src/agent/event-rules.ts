import { checkContent } from '../actions/content/check-content.ts';
import type { Ground } from '../actions/content/ground.ts';
import type { Context } from '../domain/context.ts';
import type { ProjectEvent } from '../domain/event.ts';
import type { ProposedAction } from '../domain/plan.ts';
import type { ErrorSituation, IssueSituation, Situation } from '../domain/situation.ts';
import { subjectParts } from '../domain/subject.ts';
import { ticketKeys } from '../domain/ticket-keys.ts';
import type { EventRules, EventRulesAnswer } from './cycle-parts.ts';
import { requestRules } from './request-rules.ts';
import type { RequestParts } from './request-rules.ts';

export interface EventRulesParts extends RequestParts {
  readonly groundOf: (context: Context) => Ground;
}

interface Seen {
  readonly events: readonly ProjectEvent[];
  readonly situation: Situation | null;
  readonly ground: Ground;
  readonly context: Context;
}

type Answer = Pick<EventRulesAnswer, 'proposals' | 'related' | 'notes'> & {
  readonly handled?: readonly ProjectEvent[];
};

const NOTHING: Answer = { proposals: [], related: [], notes: [] };

/** What happened to a pull request that its ticket should show. */
const TOLD: ReadonlyMap<string, string> = new Map([
  ['pull-request.created', 'opened'],
  ['pull-request.opened', 'opened'],
  ['pull-request.merged', 'merged'],
  ['pull-request.declined', 'declined'],
  ['pull-request.approved', 'approved'],
  ['review.approved', 'approved'],
]);

/**
 * What people expect without asking: a ticket shows what became of its pull requests and follows a merge, a blocked one
 * is asked why, an error that came back is told where its cause is worked on. All else is left to be silent.
 */
export function eventRules(parts: EventRulesParts): EventRules {
  return async ({ events, situation, context, signal }) => {
    const seen = { events, situation, context, ground: parts.groundOf(context) };
    const answers = [
      pullRequests(parts, seen),
      blocked(parts, seen),
      created(seen),
      regression(parts, seen),
    ];
    const asked = await requestRules(parts, { events, signal });
    const keys = answers.flatMap(({ handled }) => (handled ?? []).map(({ key }) => key));
    return {
      proposals: [...answers.flatMap(({ proposals }) => proposals), ...asked.proposals],
      related: [...answers.flatMap(({ related }) => related), ...asked.related],
      handled: new Set([...keys, ...asked.handled]),
      notes: [...answers.flatMap(({ notes }) => notes), ...asked.notes],
    };
  };
}

/** Outside words as they may be quoted; nothing where they hold what must not leave. */
function quoted(text: string, ground: Ground): string {
  const isFine = checkContent(text, ground).every(({ answer }) => answer !== 'deny');
  return isFine ? `: ${text}` : '';
}

function comment(key: string, text: string, reason: string): ProposedAction {
  const input = { issue: key, text };
  return { operation: 'jira.add-comment', input, reason, purpose: 'status-update' };
}

function pullRequests(parts: EventRulesParts, seen: Seen): Answer {
  const { system, id } = subjectParts(seen.context.subject);
  const told = seen.events.filter(({ kind, source }) => TOLD.has(kind) && source !== 'jira');
  if (system !== 'jira' || told.length === 0) return NOTHING;
  const lines = told.map((event) => toldLine(event, seen));
  const moved = merged(parts, seen, told);
  const reason = 'A ticket shows what became of its pull requests.';
  const proposals = [comment(id, [...new Set(lines)].join('\n'), reason), ...moved];
  return { proposals, related: [], notes: [], handled: told };
}

function toldLine(event: ProjectEvent, { ground, context }: Seen): string {
  const [pull] = event.related ?? [];
  const name = pull === undefined ? 'A pull request' : `Pull request ${subjectParts(pull).id}`;
  const by = event.actor === null ? '' : ` by ${event.actor.name}`;
  const url = context.facts.find(
    ({ id, url: at }) => at !== null && pull !== undefined && id.startsWith(pull),
  )?.url;
  const title = event.title.split(': ').slice(1).join(': ');
  const about = title === '' ? '' : quoted(title, ground);
  const link = url === undefined || url === null ? '' : ` ${url}`;
  return `${name} was ${TOLD.get(event.kind) ?? 'changed'}${by}${about}${link}`;
}

/** The ticket follows its merged pull request, where the directives say to which status. */
function merged(
  parts: EventRulesParts,
  seen: Seen,
  told: readonly ProjectEvent[],
): ProposedAction[] {
  const { situation } = seen;
  const to = parts.constitution().statuses.afterMerge;
  if (to === null || situation?.kind !== 'issue' || situation.category === 'done') return [];
  const isMerged = told.some(({ kind }) => kind === 'pull-request.merged');
  if (!isMerged || situation.status.toLowerCase() === to.toLowerCase()) return [];
  const input = { issue: subjectParts(situation.subject).id, to };
  const reason = 'Its pull request was merged, and the directives say where it goes then.';
  return [{ operation: 'jira.transition-issue', input, reason, purpose: 'merged' }];
}

const FLAGS: ReadonlySet<string> = new Set(['flagged', 'impediment']);

function blocked(parts: EventRulesParts, seen: Seen): Answer {
  const { situation } = seen;
  if (situation?.kind !== 'issue') return NOTHING;
  const { statuses, limits } = parts.constitution();
  const isStuck = (status: string | null) => statuses.blocked.includes(status?.toLowerCase() ?? '');
  const changes = seen.events
    .filter(({ kind }) => kind === 'issue.updated')
    .flatMap((event) =>
      event.changes.map((change) => ({ ...change, field: change.field.toLowerCase(), event })),
    );
  const last = changes.findLast(
    ({ field, from, to }) =>
      FLAGS.has(field) || (field === 'status' && isStuck(from) !== isStuck(to)),
  );
  if (last === undefined) return NOTHING;
  const isIn = FLAGS.has(last.field) ? (last.to ?? '') !== '' : isStuck(last.to);
  if (!isIn) {
    const notes = [`${situation.name} is not blocked any more; nothing needs to be said`];
    return { ...NOTHING, notes, handled: [last.event] };
  }
  return { ...NOTHING, ...askWhy(situation, limits.blockedDays), handled: [last.event] };
}

/** Asked only where nothing says what it waits for. */
function askWhy(issue: IssueSituation, days: number): Pick<Answer, 'proposals' | 'notes'> {
  const open = issue.blockedBy.filter(({ done }) => !done);
  if (open.length > 0) {
    const names = open.map(({ subject }) => subjectParts(subject).id).join(', ');
    return {
      proposals: [],
      notes: [`${issue.name} is blocked by ${names}: nothing needs to be asked`],
    };
  }
  const owner = issue.assignee?.name ?? 'whoever takes it';
  const span = days === 1 ? 'one business day' : `${days} business days`;
  const text = `${issue.name} is blocked now. What does it wait for, and who can help? Unless it moves, I remind ${owner} after ${span}.`;
  const reason = 'It is blocked, and nothing on the ticket says by what.';
  return { proposals: [comment(issue.name, text, reason)], notes: [] };
}

const HIGHEST = /^(?:highest|blocker|p0|critical)$/i;

function created({ events, situation }: Seen): Answer {
  const event = events.find(({ kind }) => kind === 'issue.created');
  if (event === undefined || situation?.kind !== 'issue') return NOTHING;
  const notes = [`${situation.name} is new: it is watched from now on`];
  const isOpen = situation.assignee === null && HIGHEST.test(situation.priority ?? '');
  if (!isOpen) return { ...NOTHING, notes };
  const text = `${situation.name} has priority ${situation.priority ?? ''} and nobody is assigned. Who takes it?`;
  const reason = 'A new ticket of the highest priority that nobody has.';
  return { ...NOTHING, notes, proposals: [comment(situation.name, text, reason)] };
}

function regression(parts: EventRulesParts, seen: Seen): Answer {
  const { situation } = seen;
  const isBack = seen.events.some(
    ({ kind, actor }) => kind === 'error.unresolved' && actor === null,
  );
  if (!isBack || situation?.kind !== 'error') return NOTHING;
  const release = situation.release === null ? '' : ` in release ${situation.release}`;
  const [suspect] = situation.suspects;
  const by = suspect?.author ? ` by ${suspect.author.name}` : '';
  const cause =
    suspect === undefined
      ? 'No suspect commit is known.'
      : `Suspect commit: ${suspect.commit.slice(0, 12)}${by}${quoted(firstLine(suspect.message), seen.ground)}`;
  const words = situation.suspects.map(({ message }) => message).join('\n');
  const tickets = ticketKeys(words, parts.projects());
  return {
    proposals: [
      onError(situation, [
        `It came back${release}.`,
        cause,
        ...tickets.map((key) => `Ticket: ${key}`),
      ]),
      ...tickets.map((key) =>
        comment(
          key,
          [`${situation.name} came back${release}. ${situation.url ?? ''}`.trim(), cause].join(
            '\n',
          ),
          'The suspect commit names this ticket.',
        ),
      ),
    ].filter((one) => one !== null),
    related: tickets.map((key) => `jira:issue:${key}`),
    notes: [],
    handled: seen.events.filter(({ kind }) => kind === 'error.unresolved'),
  };
}

function onError(error: ErrorSituation, lines: readonly string[]): ProposedAction | null {
  const { system, id } = subjectParts(error.subject);
  if (system !== 'sentry') return null;
  const reason = 'An error that was resolved came back.';
  const input = { issue: id, text: lines.join('\n') };
  return { operation: 'sentry.add-comment', input, reason, purpose: 'status-update' };
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
