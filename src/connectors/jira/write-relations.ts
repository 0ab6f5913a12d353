import { z } from 'zod';
import type { Call, Effect, Operation } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { expectShape } from '../rest-shape.ts';
import { boardsOf, readSprint } from './boards.ts';
import { IssueKey, projectOf, requireWatched } from './issue-key.ts';
import { LinkTypes } from './rest.ts';
import { sprintsOf } from './sprint-value.ts';
import type { WriteAccess } from './write-access.ts';
import { issueEffect, issueTarget, writing } from './write-access.ts';

const SprintInput = z.object({ issue: IssueKey, sprint: z.int().positive() });

/** `jira.move-to-sprint`: found again by the sprint field of the issue. */
export function moveToSprint(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.move-to-sprint',
      summary: 'Move an issue into an active or future sprint of a board of its project.',
      effect: 'write',
      input: SprintInput,
      preview: ({ issue, sprint }) => `Move ${issue} to sprint ${sprint}`,
      target: issueTarget,
    },
    access,
    (given) => ({
      run: async ({ issue, sprint }, call) => {
        const { key } = await given.site.fields(issue, 'summary', call);
        await requireOpenSprint(given, { sprint, project: projectOf(key) }, call);
        await given.writer.moveToSprint(sprint, issue, call);
        return issueEffect(given, issue);
      },
      find: (input, call) => findInSprint(given, input, call),
    }),
  );
}

interface SprintPlace {
  readonly sprint: number;
  readonly project: string;
}

async function requireOpenSprint(
  { site }: WriteAccess,
  { sprint, project }: SprintPlace,
  call: Call,
): Promise<void> {
  const { state, originBoardId } = await readSprint(site.reader, sprint, call);
  if (state === 'closed') throw new Failure('refused', `Sprint ${sprint} is closed.`);
  const boards = await boardsOf(site.reader, project, call);
  if (boards.some(({ id }) => id === originBoardId)) return;
  throw new Failure('denied', `Sprint ${sprint} is not on a board of ${project}.`);
}

async function findInSprint(
  access: WriteAccess,
  { issue, sprint }: z.infer<typeof SprintInput>,
  call: Call,
): Promise<Effect | null> {
  const { site } = access;
  requireWatched(issue, site.settings.projects);
  const field = await site.sprintField(call);
  if (field === null) {
    throw new Failure('unavailable', 'The field that holds the sprints cannot be read now.');
  }
  const read = await site.fields(issue, field, call);
  const isIn = sprintsOf(read.fields[field]).some(
    ({ id, state }) => id === String(sprint) && state !== 'closed',
  );
  return isIn ? issueEffect(access, issue) : null;
}

const LinkInput = z
  .object({
    issue: IssueKey,
    to: IssueKey,
    type: z.string().trim().min(1).max(100),
  })
  .refine(({ issue, to }) => issue !== to, 'an issue is not linked to itself');

/** `jira.link-issues`: found again by the links of the issue. */
export function linkIssues(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.link-issues',
      summary:
        'Link two issues by the name of a link type, in its outward direction: ECD-1 "Blocks" ECD-2.',
      effect: 'write',
      input: LinkInput,
      preview: ({ issue, to, type }) => `Link ${issue} to ${to} as "${titleOf(type)}"`,
      target: issueTarget,
    },
    access,
    (given) => ({
      run: async (input, call) => {
        await requireBoth(given, input, call);
        const type = await typeNamed(given, input.type, call);
        await given.writer.link({ type, from: input.issue, to: input.to }, call);
        return issueEffect(given, input.issue);
      },
      find: (input, call) => findLink(given, input, call),
    }),
  );
}

async function requireBoth(
  { site }: WriteAccess,
  { issue, to }: z.infer<typeof LinkInput>,
  call: Call,
): Promise<void> {
  requireWatched(issue, site.settings.projects);
  requireWatched(to, site.settings.projects);
  await site.fields(issue, 'summary', call);
  await site.fields(to, 'summary', call);
}

async function typeNamed({ site }: WriteAccess, wanted: string, call: Call): Promise<string> {
  const answer = await site.reader.get('/rest/api/3/issueLinkType', {}, call);
  const types = expectShape(LinkTypes, answer).issueLinkTypes;
  const found = types.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found.name;
  const names = titleOf(types.map(({ name }) => name).join(', '));
  throw new Failure('refused', `There is no such type of link. Available: ${names}.`);
}

async function findLink(
  access: WriteAccess,
  { issue, to, type }: z.infer<typeof LinkInput>,
  call: Call,
): Promise<Effect | null> {
  const { settings } = access.site;
  requireWatched(to, settings.projects);
  const { issuelinks } = (await access.site.fields(issue, 'issuelinks', call)).fields;
  const found = issuelinks.find((link) => {
    const isType = link.type?.name?.toLowerCase() === type.toLowerCase();
    return isType && link.outwardIssue?.key === to;
  });
  return found === undefined ? null : { ...issueEffect(access, issue), id: found.id };
}
