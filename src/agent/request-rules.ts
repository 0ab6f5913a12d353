import { z } from 'zod';
import { autonomyOf } from '../actions/directives/autonomy-of.ts';
import { isPersonOfTheTeam } from '../actions/policy/roles.ts';
import type { Operation } from '../domain/connector.ts';
import type { Constitution } from '../domain/constitution.ts';
import type { ProjectEvent } from '../domain/event.ts';
import { asFailure } from '../domain/failure.ts';
import type { Mode } from '../domain/mode.ts';
import type { ProposedAction } from '../domain/plan.ts';
import { subjectParts } from '../domain/subject.ts';
import { isAddressed } from './addressed.ts';
import type { Addressing } from './addressed.ts';
import type { EventRulesAnswer, Surroundings } from './cycle-parts.ts';
import { requestIn } from './requests.ts';
import type { Request } from './requests.ts';

export interface RequestParts {
  readonly constitution: () => Constitution;
  readonly addressing: Addressing;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly projects: () => ReadonlySet<string>;
  readonly askerOf: Surroundings['askerOf'];
  /** The Jira account of whoever bears this name; `me` is the asker. `null` when nobody or more than one does. */
  readonly accountNamed: (name: string, asker: string) => string | null;
  readonly modeOf: (operation: string) => Mode;
}

const NONE: EventRulesAnswer = { proposals: [], related: [], handled: new Set(), notes: [] };

/** A change that a person of the team asks the agent for: proposed as they said it, for others to agree to. */
export async function requestRules(
  parts: RequestParts,
  given: { readonly events: readonly ProjectEvent[]; readonly signal: AbortSignal },
): Promise<EventRulesAnswer> {
  const found = given.events.flatMap((event) => {
    const request = requestOf(parts, event);
    return request === null ? [] : [{ event, request }];
  });
  // The last word counts, as it does among people.
  const last = found.at(-1);
  if (last === undefined) return NONE;
  const change = await changeFor(parts, last, given.signal);
  const answer = replyTo(
    parts,
    last.event,
    wordsFor(last.request, outlookOf(parts, last.event, change)),
  );
  if (change.kind === 'unclear') return answered(last.event, answer, []);
  const subject = `jira:issue:${last.request.key}`;
  return { ...answered(last.event, answer, [change.proposal]), related: [subject] };
}

function requestOf(parts: RequestParts, event: ProjectEvent): Request | null {
  if (event.message === null || event.text === null) return null;
  if (!isAddressed(event, parts.addressing)) return null;
  if (!isPersonOfTheTeam(parts.askerOf([event]))) return null;
  const { system, kind, id } = subjectParts(event.subject);
  const here = system === 'jira' && kind === 'issue' ? id : null;
  return requestIn(event.text, { projects: parts.projects(), here });
}

function answered(
  event: ProjectEvent,
  answer: readonly ProposedAction[],
  changes: readonly ProposedAction[],
): EventRulesAnswer {
  const notes = ['a change was asked for in plain words; the rules have put it up for a decision'];
  return { ...NONE, proposals: [...changes, ...answer], handled: new Set([event.key]), notes };
}

function replyTo(parts: RequestParts, event: ProjectEvent, text: string): ProposedAction[] {
  const reply = parts.addressing.talk(event.source)?.reply(event, text) ?? null;
  if (reply === null) return [];
  const reason = 'Whoever asked should know what became of it.';
  return [{ ...reply, input: { ...reply.input }, reason, purpose: 'answer' }];
}

interface UnclearChange {
  readonly kind: 'unclear';
  readonly why: string;
}
type Change = { readonly kind: 'clear'; readonly proposal: ProposedAction } | UnclearChange;

const unclear = (why: string): Change => ({ kind: 'unclear', why });

/** What becomes of a request, as far as the directives and the mode tell before it is judged. */
type Outlook = { readonly kind: 'asked' | 'not-allowed' | 'simulated' } | UnclearChange;

function outlookOf(parts: RequestParts, event: ProjectEvent, change: Change): Outlook {
  if (change.kind === 'unclear') return change;
  const { operation, input } = change.proposal;
  const reply = parts.addressing.talk(event.source)?.reply(event, '')?.operation;
  const isSimulated = parts.modeOf(operation) === 'simulation';
  // Where the answer is simulated too, it is written down as it would be said.
  if (isSimulated && reply !== undefined && parts.modeOf(reply) !== 'simulation') {
    return { kind: 'simulated' };
  }
  const { to } = input;
  const { level } = autonomyOf(parts.constitution(), {
    operation,
    purpose: 'request',
    channelPurpose: null,
    askedByRole: parts.askerOf([event])?.role ?? null,
    to: typeof to === 'string' ? to : null,
  });
  return { kind: level === 'never' ? 'not-allowed' : 'asked' };
}

function wordsFor(request: Request, outlook: Outlook): string {
  const nothing = `I did nothing about ${request.key}`;
  switch (outlook.kind) {
    case 'unclear':
      return `${nothing}: ${outlook.why}.`;
    case 'not-allowed':
      return `${nothing}: the directives do not let me do this at your request. It takes somebody in another role to ask.`;
    case 'simulated':
      return `I have written this down: ${said(request)}. Changes of this kind are only simulated here, so nothing changes.`;
    case 'asked':
      return `I put this up for a decision: ${said(request)}. It is done as soon as somebody who may decide agrees; until then nothing changes.`;
  }
}

function said(request: Request): string {
  const { key } = request;
  switch (request.kind) {
    case 'sprint':
      return /^\d/.test(request.sprint)
        ? `move ${key} to sprint ${request.sprint}`
        : `move ${key} to the ${request.sprint} sprint`;
    case 'status':
      return `move ${key} to ${request.to}`;
    case 'assignee':
      return `assign ${key} to ${request.who}`;
    case 'priority':
      return `set the priority of ${key} to ${request.priority}`;
    case 'close':
      // Not "close" and the key side by side: that is a command to some trackers, and is held back.
      return `close the ticket ${key}`;
  }
}

interface Asked {
  readonly event: ProjectEvent;
  readonly request: Request;
}

async function changeFor(
  parts: RequestParts,
  { event, request }: Asked,
  signal: AbortSignal,
): Promise<Change> {
  const name = nameOf(parts, event);
  const clear = (operation: string, input: Record<string, unknown>): Change => ({
    kind: 'clear',
    proposal: {
      operation,
      input: { issue: request.key, ...input },
      reason: `${name} asked for it: ${said(request)}.`,
      purpose: 'request',
    },
  });
  if (request.kind === 'status') return clear('jira.transition-issue', { to: request.to });
  if (request.kind === 'priority')
    return clear('jira.set-priority', { priority: request.priority });
  if (request.kind === 'close') return clear('jira.close-issue', {});
  if (request.kind === 'assignee') {
    const asker = parts.askerOf([event])?.person ?? '';
    const accountId = parts.accountNamed(request.who.replace(/^@/, ''), asker);
    if (accountId === null)
      return unclear(`I do not know exactly one person called ${request.who}`);
    return clear('jira.assign-issue', { accountId });
  }
  const sprint = await sprintFor(parts, request, signal);
  return typeof sprint === 'number'
    ? clear('jira.move-to-sprint', { sprint })
    : unclear(sprint.why);
}

/** As the directives call them: some systems tell of their people by an id alone. */
function nameOf(parts: RequestParts, event: ProjectEvent): string {
  const person = parts.askerOf([event])?.person;
  const member = parts.constitution().members.find(({ id }) => id === person);
  return member?.name ?? event.actor?.name ?? 'Somebody';
}

const Boards = z.object({ boards: z.array(z.object({ id: z.number() })) });
const Sprints = z.object({
  sprints: z.array(
    z.object({
      id: z.number(),
      name: z.string(),
      state: z.string(),
      startDate: z.string().nullable(),
    }),
  ),
});

/** The number of the sprint that is meant, on a board of the ticket's project; or why there is not exactly one. */
async function sprintFor(
  parts: RequestParts,
  request: Extract<Request, { kind: 'sprint' }>,
  signal: AbortSignal,
): Promise<number | { readonly why: string }> {
  const project = request.key.slice(0, request.key.lastIndexOf('-'));
  try {
    const { boards } = Boards.parse(await read(parts, 'jira.list-boards', { project }, signal));
    const found: z.infer<typeof Sprints>['sprints'] = [];
    for (const { id } of boards.slice(0, MOST_BOARDS)) {
      const answer = await read(parts, 'jira.list-sprints', { board: id }, signal);
      found.push(...Sprints.parse(answer).sprints);
    }
    return pick(found, request.sprint) ?? { why: `I found no ${request.sprint} sprint for it` };
  } catch (error) {
    return { why: `its sprints could not be read (${asFailure(error).kind})` };
  }
}

const MOST_BOARDS = 5;

function pick(sprints: z.infer<typeof Sprints>['sprints'], wanted: string): number | null {
  const open = sprints.filter(({ state }) => state !== 'closed');
  const number = new RegExp(String.raw`(?:^|\D)${wanted}(?:\D|$)`);
  if (/^\d/.test(wanted)) return open.find(({ name }) => number.test(name))?.id ?? null;
  const isNext = wanted === 'next' || wanted === 'upcoming';
  const fitting = open.filter(({ state }) => state === (isNext ? 'future' : 'active'));
  const byStart = fitting.toSorted(
    (left, right) =>
      (left.startDate ?? '9').localeCompare(right.startDate ?? '9') || left.id - right.id,
  );
  return byStart[0]?.id ?? null;
}

async function read(
  parts: RequestParts,
  ...[name, input, signal]: readonly [string, Readonly<Record<string, unknown>>, AbortSignal]
): Promise<unknown> {
  const operation = parts.operations.get(name);
  if (operation?.effect !== 'read') return null;
  return await operation.run(operation.input.parse(input), { signal });
}
