import { z } from 'zod';
import type { Call, Effect, Operation } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import { IssueKey, requireWatched } from './issue-key.ts';
import { transitionsOf } from './read-issue.ts';
import type { History, RestIssue, Transition } from './rest.ts';
import { RestIssue as IssueShape } from './rest.ts';
import type { WriteAccess } from './write-access.ts';
import { issueEffect, issueTarget, writing } from './write-access.ts';

const Name = z.string().trim().min(1).max(100);
const MoveInput = z.object({ issue: IssueKey, to: Name });

/** `jira.transition-issue`: found again by the status of the issue. */
export function transition(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.transition-issue',
      summary:
        'Move an issue along its workflow: to a status or by a transition, named or by its id.',
      effect: 'write',
      input: MoveInput,
      preview: ({ issue, to }) => `Move ${issue} to ${titleOf(to)}`,
      target: issueTarget,
    },
    access,
    (given) => ({
      run: (input, call) => move(given, input, call),
      find: (input, call) => findMoved(given, input, call),
    }),
  );
}

async function move(
  access: WriteAccess,
  { issue, to }: z.infer<typeof MoveInput>,
  call: Call,
): Promise<Effect> {
  const { status } = (await access.site.fields(issue, 'status', call)).fields;
  if (isNamed(status, to)) return issueEffect(access, issue);
  // An id belongs to the workflow of this issue, so it is looked up each time.
  const open = await transitionsOf(access.site, issue, call);
  const chosen = open.find((one) => isNamed(one.to, to)) ?? open.find((one) => isNamed(one, to));
  if (chosen === undefined) throw noWay(issue, open);
  await access.writer.transition(issue, chosen.id, call);
  return issueEffect(access, issue);
}

async function findMoved(
  access: WriteAccess,
  { issue, to }: z.infer<typeof MoveInput>,
  call: Call,
): Promise<Effect | null> {
  const { site } = access;
  const read = await withHistory(access, issue, call);
  if (isNamed(read.fields.status, to)) return issueEffect(access, issue);
  const open = await transitionsOf(site, issue, call);
  if (open.some((one) => isNamed(one.to, to))) return null;
  // The name of a transition does not say which status it led to. Where the last move was ours, it may have been this.
  const last = newestMove(read.changelog?.histories ?? []);
  if (last === null || last.author?.accountId !== (await site.ourId(call))) return null;
  throw new Failure(
    'conflict',
    `The last move of ${issue} was ours; whether by this transition is not known.`,
  );
}

async function withHistory(access: WriteAccess, issue: string, call: Call): Promise<RestIssue> {
  const { settings, reader } = access.site;
  requireWatched(issue, settings.projects);
  const query = { fields: 'status', expand: 'changelog' };
  const read = expectShape(IssueShape, await reader.get(`/rest/api/3/issue/${issue}`, query, call));
  requireWatched(read.key, settings.projects);
  return read;
}

function newestMove(histories: readonly History[]): History | null {
  const moves = histories.filter(({ items }) => items.some(isStatusItem));
  const byTime = moves.toSorted((a, b) => (b.created ?? '').localeCompare(a.created ?? ''));
  return byTime[0] ?? null;
}

function isStatusItem(item: unknown): boolean {
  return typeof item === 'object' && item !== null && Reflect.get(item, 'fieldId') === 'status';
}

interface Named {
  readonly id: string | null;
  readonly name: string | null;
}

function isNamed(one: Named | null, wanted: string): boolean {
  if (one === null) return false;
  return one.id === wanted || one.name?.toLowerCase() === wanted.toLowerCase();
}

function noWay(issue: string, open: readonly Transition[]): Failure {
  const names = open.slice(0, 20).map(({ name, to }) => `${name} (to ${to?.name ?? 'unknown'})`);
  const list = names.length === 0 ? 'none' : titleOf(names.join(', '));
  return new Failure('refused', `${issue} cannot be moved there now. Available: ${list}.`, {
    fix: 'Name one of the available transitions, or the status that it leads to.',
  });
}

const CloseInput = z.object({
  issue: IssueKey,
  /** Where several transitions end an issue: the status or transition that is meant. */
  to: Name.optional(),
});

/** `jira.close-issue`: to a status whose category is done. */
export function closeIssue(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.close-issue',
      summary: 'Close an issue: move it to a status that counts as done.',
      effect: 'destroy',
      input: CloseInput,
      preview: ({ issue, to }) => `Close ${issue}${to === undefined ? '' : ` as ${titleOf(to)}`}`,
      target: issueTarget,
    },
    access,
    (given) => ({
      run: (input, call) => close(given, input, call),
      find: async ({ issue }, call) => {
        const { status } = (await given.site.fields(issue, 'status', call)).fields;
        return isDone(status) ? issueEffect(given, issue) : null;
      },
    }),
  );
}

async function close(
  access: WriteAccess,
  { issue, to }: z.infer<typeof CloseInput>,
  call: Call,
): Promise<Effect> {
  const { status } = (await access.site.fields(issue, 'status', call)).fields;
  if (isDone(status)) return issueEffect(access, issue);
  const open = await transitionsOf(access.site, issue, call);
  const ends = open.filter((one) => isDone(one.to));
  const chosen =
    to === undefined ? ends[0] : ends.find((one) => isNamed(one.to, to) || isNamed(one, to));
  if (chosen === undefined) throw noWay(issue, ends);
  await access.writer.transition(issue, chosen.id, call);
  return issueEffect(access, issue);
}

function isDone(status: RestIssue['fields']['status']): boolean {
  return status?.statusCategory?.key === 'done';
}
